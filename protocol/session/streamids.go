package session

import (
	"fmt"
	"slices"

	"anytls-inspect/protocol"
)

// streamIDs knows which stream ids a session has used (section cmdSYN: they rise
// within a session). These are all up to the last one, except for the holes.
type streamIDs struct {
	last    uint32
	holes   []hole
	blurred bool // there were more holes than are remembered
	// unseen are runs of ids that may have been used among missing bytes. Where open, the last
	// of them has no end yet.
	unseen []hole
	open   bool
}

// A hole is a run of ids that were passed over.
type hole struct{ from, to uint32 }

// maxHoles bounds how many holes are remembered.
const maxHoles = 64

// gap takes note that SYNs may be missing here.
func (s *streamIDs) gap() {
	if s.open {
		return
	}
	s.open = true
	if n := len(s.unseen); n == maxHoles {
		return // the last run goes on
	}
	s.unseen = append(s.unseen, hole{from: s.last + 1})
}

// mayBe tells whether an id may have been used where nobody saw it.
func (s *streamIDs) mayBe(id uint32) bool {
	for i, u := range s.unseen {
		if id >= u.from && (id <= u.to || s.open && i == len(s.unseen)-1) {
			return true
		}
	}
	return false
}

// use enters an id. lower says that the id is not above the last one, used that it
// was surely used before.
func (s *streamIDs) use(id uint32) (lower, used bool) {
	if id > s.last {
		if s.open {
			s.unseen[len(s.unseen)-1].to, s.open = id-1, false
		} else if id > s.last+1 {
			if len(s.holes) < maxHoles {
				s.holes = append(s.holes, hole{s.last + 1, id - 1})
			} else {
				s.blurred = true
			}
		}
		s.last = id
		return false, false
	}
	if s.mayBe(id) {
		return true, false
	}
	i := slices.IndexFunc(s.holes, func(h hole) bool { return h.from <= id && id <= h.to })
	if i < 0 {
		return true, id != 0 && !s.blurred
	}
	h := s.holes[i]
	s.holes = slices.Delete(s.holes, i, i+1)
	for _, part := range []hole{{h.from, id - 1}, {id + 1, h.to}} {
		if part.from > part.to {
			continue
		}
		if len(s.holes) < maxHoles {
			s.holes = append(s.holes, part)
		} else {
			s.blurred = true
		}
	}
	return true, false
}

// opened tells whether an id may have been used: it was, or it is not known any more.
func (s *streamIDs) opened(id uint32) bool {
	if s.mayBe(id) {
		return true
	}
	if id == 0 || id > s.last {
		return false
	}
	passedOver := slices.ContainsFunc(s.holes, func(h hole) bool { return h.from <= id && id <= h.to })
	return !passedOver
}

// checkID diagnoses a SYN whose id does not rise.
func (t *Tracker) checkID(id uint32) {
	lower, used := t.ids.use(id)
	switch {
	case used && t.missedOf(t.find(id)):
		t.diagnose(CodeStreamReused, id, protocol.ClientToServer, fmt.Sprintf("stream %d opened again", id))
	case used && t.streams.open[id] != nil:
		t.diagnose(CodeStreamReused, id, protocol.ClientToServer, fmt.Sprintf("stream %d opened again while it is open", id))
	case used:
		t.diagnose(CodeStreamReused, id, protocol.ClientToServer, fmt.Sprintf("stream %d opened again after it was closed", id))
	case lower:
		t.diagnose(CodeStreamIDNotIncreasing, id, protocol.ClientToServer,
			fmt.Sprintf("stream %d opened after stream %d", id, t.st.LastStream))
	}
}
