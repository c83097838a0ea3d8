//go:build !linux

package process

// listening can't tell here whether somebody listens.
func listening(int, string) (yes, known bool) { return false, false }
