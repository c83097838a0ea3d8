package session

import (
	"slices"
	"time"
)

// maxOpenStreams bounds what a tracker holds of one session. The frames of
// streams beyond it are shown and counted, but not followed.
const maxOpenStreams = 1 << 14

// A streamTable holds the streams of a session: the open ones by id, and all that
// are remembered in the order of their SYNs. The zero value is empty.
type streamTable struct {
	open map[uint32]*Stream
	past map[uint32]*Stream // closed and remembered; of one id the newest
	list []*Stream          // open and remembered
	keep int                // how many closed ones to remember
	gone uint64             // how many closed ones were forgotten

	busy    int       // open ones that no side has ended
	closed  int       // closed streams in list
	half    []*Stream // half-closed, waiting to be silent for long enough
	nextEnd time.Time // no sooner than this is one of half silent for long enough
	waiting []*Stream // without SYNACK when last looked at, oldest first
}

// waits reports whether a stream waits for its SYNACK.
func (s *Stream) waits() bool { return s.State == Opening && !s.HasACK && !s.noACK }

// lingers reports whether a stream closes once it is silent.
func (s *Stream) lingers() bool { return s.State == HalfClosed }

// add enters a stream. It reports false where too many are open.
func (l *streamTable) add(s *Stream) bool {
	if len(l.open) >= maxOpenStreams {
		return false
	}
	if l.open == nil {
		l.open = make(map[uint32]*Stream)
	}
	l.open[s.ID] = s
	l.busy++
	l.list = append(l.list, s)
	l.waiting = append(l.compact(l.waiting, (*Stream).waits), s)
	return true
}

// compact drops the streams that need not be looked at any more, where they are
// the most: a queue is bounded by the number of open streams.
func (l *streamTable) compact(queue []*Stream, keep func(*Stream) bool) []*Stream {
	if len(queue) < 64+2*len(l.open) {
		return queue
	}
	return slices.DeleteFunc(queue, func(s *Stream) bool { return !keep(s) })
}

// live returns the streams that are not closed.
func (l *streamTable) live() []*Stream {
	open := make([]*Stream, 0, len(l.open))
	for _, s := range l.list {
		if s.State != Closed {
			open = append(open, s)
		}
	}
	return open
}

// close marks a stream as closed, and forgets the oldest closed ones where more
// than are to be kept, by some, are remembered.
func (l *streamTable) close(s *Stream) {
	if s.State < HalfClosed {
		l.busy--
	}
	s.State = Closed
	s.head = nil
	if l.open[s.ID] == s {
		delete(l.open, s.ID)
	}
	if l.past == nil {
		l.past = make(map[uint32]*Stream)
	}
	l.past[s.ID] = s
	l.closed++
	// Forget by batches, so that the cost of going through the list is shared.
	excess := l.closed - l.keep
	if excess <= max(l.keep, len(l.open))/4 {
		return
	}
	l.closed -= excess
	l.gone += uint64(excess)
	l.list = slices.DeleteFunc(l.list, func(s *Stream) bool {
		forget := s.State == Closed && excess > 0
		if forget {
			excess--
			if l.past[s.ID] == s {
				delete(l.past, s.ID)
			}
		}
		return forget
	})
}

// linger enters a stream that became half-closed.
func (l *streamTable) linger(s *Stream) {
	l.busy--
	if len(l.half) == 0 {
		l.nextEnd = s.LastAt.Add(lingerTime)
	}
	l.half = append(l.compact(l.half, (*Stream).lingers), s)
}

// silent removes and returns the half-closed streams that count as closed at
// this time. It returns nil at once where none can be.
func (l *streamTable) silent(at time.Time) (ended []*Stream) {
	if len(l.half) == 0 || at.Before(l.nextEnd) {
		return nil
	}
	l.nextEnd = at.Add(lingerTime)
	kept := l.half[:0]
	for _, s := range l.half {
		end := s.LastAt.Add(lingerTime)
		switch {
		case !s.lingers(): // closed meanwhile
		case !at.Before(end):
			ended = append(ended, s)
		default:
			kept = append(kept, s)
			if end.Before(l.nextEnd) {
				l.nextEnd = end
			}
		}
	}
	clear(l.half[len(kept):])
	l.half = kept
	return ended
}

// overdue removes and returns a stream that has waited too long for its SYNACK,
// or returns nil.
func (l *streamTable) overdue(at time.Time) *Stream {
	for len(l.waiting) > 0 {
		s := l.waiting[0]
		if s.waits() && at.Sub(s.OpenedAt) <= SYNACKTimeout {
			return nil
		}
		l.waiting[0] = nil
		l.waiting = l.waiting[1:]
		if s.waits() {
			return s
		}
	}
	return nil
}
