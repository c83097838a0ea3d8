package journal

import (
	"sort"
	"time"
)

// AskIndex asks for the index of the newest entry that is not after a time, or of the
// oldest that is held where all are after it. The answer is 0 for an empty journal. It
// may be a little off, since entries of several sessions may stand a little out of the
// order of their times.
type AskIndex struct{ At time.Time }

func (a AskIndex) answer(j *Journal) uint64 {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	if r.last == 0 {
		return 0
	}
	from := r.seek(r.oldest())
	later := sort.Search(int(r.next-from), func(i int) bool { return r.slot(from + uint64(i)).at.After(a.At) })
	if later == 0 {
		return r.oldest()
	}
	return r.slot(from + uint64(later) - 1).lastEntry()
}
