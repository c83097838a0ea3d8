package journal

import "slices"

// maxDiagnostics is how many of the newest diagnostics a View can list.
const maxDiagnostics = 1000

// diagnosed notes the index of a diagnostic's entry. j.mu is held, as for the function
// below.
func (j *Journal) diagnosed(index uint64) {
	if len(j.diagnostics) >= 2*maxDiagnostics {
		j.diagnostics = append(j.diagnostics[:0], j.diagnostics[len(j.diagnostics)-maxDiagnostics:]...)
	}
	j.diagnostics = append(j.diagnostics, index)
}

// heldDiagnostics returns the indices of the diagnostics that a View can list.
func (j *Journal) heldDiagnostics() []uint64 {
	newest := j.diagnostics[max(0, len(j.diagnostics)-maxDiagnostics):]
	held, _ := slices.BinarySearch(newest, j.ring.oldest())
	return newest[held:]
}
