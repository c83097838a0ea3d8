package journal

import (
	"sort"
	"time"
)

// IndexAt returns the index of the newest entry that is not after at, or of the
// oldest that is held where all are after it. It returns 0 for an empty journal. The
// answer may be a little off, since entries of several sessions may stand a little
// out of the order of their times.
func (j *Journal) IndexAt(at time.Time) uint64 {
	j.mu.Lock()
	defer j.mu.Unlock()
	oldest := j.ring.oldest()
	held := int(j.ring.last - oldest + 1)
	if held == 0 {
		return 0
	}
	later := sort.Search(held, func(i int) bool { return j.ring.at(oldest + uint64(i)).At.After(at) })
	return oldest + uint64(max(later-1, 0))
}
