package journal

import (
	"math"
	"sort"
	"time"
)

// AskIndex asks for the index of the newest entry that is not after a time, or of the
// oldest that is held where all are after it. The answer is 0 for an empty journal. It
// may be a little off, since entries of several sessions may stand a little out of the
// order of their times.
type AskIndex struct{ At time.Time }

func (a AskIndex) answer(j *Journal) uint64 { return a.upTo(j, math.MaxUint64) }

func (a AskIndex) asOf(s *Snapshot) uint64 { return a.upTo(s.journal, s.summary.Newest) }

// upTo answers as if the entry with this index were the newest. It is itself the answer
// where all up to it are evicted.
func (a AskIndex) upTo(j *Journal, newest uint64) uint64 {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	oldest, newest := r.oldest(), min(newest, r.last)
	if newest < oldest {
		return newest
	}
	from := r.seek(oldest)
	n := int(r.seek(newest) + 1 - from)
	later := sort.Search(n, func(i int) bool { return r.slot(from + uint64(i)).at.After(a.At) })
	if later == 0 {
		return oldest
	}
	return r.slot(from + uint64(later) - 1).lastEntry()
}
