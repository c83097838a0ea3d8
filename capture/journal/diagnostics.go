package journal

import (
	"cmp"
	"slices"
)

// maxDiagnostics is how many of the newest diagnostics can be listed.
const maxDiagnostics = 1000

// AskDiagnostics asks for a part of the list of diagnostics. The answer is
// [Diagnostics]. The anchor of the window is the index of an entry.
type AskDiagnostics struct{ Window }

// Diagnostics are a part of the list of the newest diagnostics.
type Diagnostics struct {
	Rows []Entry // newest last
	From int     // row number of the first of Rows
	All  int     // rows of the whole list
}

func (a AskDiagnostics) answer(j *Journal) Diagnostics {
	rows := make([]Entry, min(max(a.Limit, 0), maxDiagnostics)) // nothing is allocated under the lock
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	listed := j.listed()
	from, to := a.around(slices.BinarySearch(listed, a.Anchor)).clip(len(listed))
	list := Diagnostics{Rows: rows[:to-from], From: from, All: len(listed)}
	for i := range list.Rows {
		c := j.ring.cursor(listed[from+i])
		c.entry(&list.Rows[i])
	}
	return list
}

func (a AskDiagnostics) asOf(s *Snapshot) Diagnostics {
	all := s.diagnostics
	row, found := slices.BinarySearchFunc(all, a.Anchor, func(e Entry, index uint64) int { return cmp.Compare(e.Index, index) })
	from, to := a.around(row, found).clip(len(all))
	return Diagnostics{Rows: slices.Clone(all[from:to]), From: from, All: len(all)}
}

// listed returns the indices of the diagnostics that can be listed, oldest first.
// j.ringMu is held.
func (j *Journal) listed() []uint64 {
	newest := j.diagnostics[max(0, len(j.diagnostics)-maxDiagnostics):]
	held, _ := slices.BinarySearch(newest, j.ring.oldest())
	return newest[held:]
}

// diagnosed notes the index of a diagnostic's entry. j.ringMu is held.
func (j *Journal) diagnosed(index uint64) {
	if len(j.diagnostics) >= 2*maxDiagnostics {
		j.diagnostics = append(j.diagnostics[:0], j.diagnostics[len(j.diagnostics)-maxDiagnostics:]...)
	}
	j.diagnostics = append(j.diagnostics, index)
}
