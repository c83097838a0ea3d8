//go:build !linux

package leg

// await returns at once: only on Linux can it tell an end while nobody reads.
func (in *intake) await(func(reset bool)) {}

// wasReset returns false: only on Linux can it tell.
func (in *intake) wasReset() bool { return false }

// acked returns nothing: it is known on Linux only.
func (in *intake) acked() (n uint64, outstanding, known bool) { return 0, false, false }

// begin does nothing: only acked needs it.
func (in *intake) begin() {}
