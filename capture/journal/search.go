package journal

import (
	"slices"
	"sort"
)

// A Search remembers which frames matched, for a reader that asks the same again and
// again, around anchors that move: each frame is matched once, and a search whose budget
// was spent goes on with the next ask. It belongs to one Session, Stream and Match of an
// [AskFrames]: with another, the reader begins a new one. The zero value has looked at
// nothing. Its memory is bounded by what the journal holds.
type Search struct {
	// The entries [from, to) were looked at; none where both are 0. The indices of those
	// that matched lie from some place in between outward: up toward older ones, down
	// toward newer ones.
	from, to uint64
	up, down []uint64
	// moreOlder and moreNewer say that the last ask stopped before the list's end.
	moreOlder, moreNewer bool
	copies               []Entry // reused
}

// maxSteps bounds how many entries one ask looks at on either side.
const maxSteps = 10_000

// find looks for want frames on either side of the anchor. Entries before oldest are
// evicted. Newest is as in [Journal.nearest]. It returns false where there is no frame of
// the session to begin with.
func (s *Search) find(j *Journal, a *AskFrames, newest *uint64, anchor, oldest uint64, want int) bool {
	s.trim(oldest)
	if a.Until != 0 && s.to > a.Until+1 {
		s.begin(0)
	}
	w := walk{j: j, ask: a, s: s}
	if a.Match == nil && a.Stream == 0 {
		s.begin(0) // what needs no matching is found as fast as it is remembered
	}
	if !w.reaches(anchor) {
		start := j.nearest(a.Session, newest, anchor)
		if start == 0 {
			return false
		}
		s.begin(start + 1)
		w.steps = 0
	}
	w.newer(func() int { return want - (s.len() - s.upTo(anchor)) })
	w.steps = 0
	w.older(func() int { return want - s.upTo(anchor) })
	return true
}

// begin begins between the entry with this index and the one before it; with 0,
// nowhere yet.
func (s *Search) begin(index uint64) {
	*s = Search{from: index, to: index, up: s.up[:0], down: s.down[:0], copies: s.copies}
}

// len returns how many frames were found.
func (s *Search) len() int { return len(s.up) + len(s.down) }

// at returns the index of the ith frame that was found, oldest first.
func (s *Search) at(i int) uint64 {
	if i < len(s.up) {
		return s.up[len(s.up)-1-i]
	}
	return s.down[i-len(s.up)]
}

// upTo returns how many of the frames that were found are not newer than the anchor.
func (s *Search) upTo(anchor uint64) int {
	return sort.Search(s.len(), func(i int) bool { return s.at(i) > anchor })
}

// trim forgets what was evicted: the entries before oldest.
func (s *Search) trim(oldest uint64) {
	if s.to <= oldest {
		s.begin(0)
		return
	}
	s.from = max(s.from, oldest)
	n := len(s.up)
	for n > 0 && s.up[n-1] < oldest {
		n--
	}
	s.up = s.up[:n]
	gone, _ := slices.BinarySearch(s.down, oldest)
	s.down = slices.Delete(s.down, 0, gone)
}
