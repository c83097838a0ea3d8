//go:build !linux

package legtest

// ofTCP returns nothing: what TCP shows is promised on Linux only.
func ofTCP() []promise { return nil }
