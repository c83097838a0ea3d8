//go:build !linux

package leg

// await returns at once: only on Linux can it tell an end while nobody reads.
func (in *intake) await(func(reset bool)) {}

// wasReset returns false: only on Linux can it tell.
func (in *intake) wasReset() bool { return false }

// unacked returns nothing: it is known on Linux only.
func (in *intake) unacked() (Unacked, bool) { return Unacked{}, false }
