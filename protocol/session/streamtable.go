package session

import "time"

// maxOpenStreams bounds what a tracker holds of one session. The frames of
// streams beyond it are shown and counted, but not followed.
const maxOpenStreams = 1 << 14

// A streamTable holds the streams of a session: the open ones by id, and all that
// are remembered in the order of their SYNs. The zero value is empty.
type streamTable struct {
	open map[uint32]*Stream
	list []*Stream // open and remembered
	keep int       // how many closed ones to remember
	gone uint64    // how many closed ones were forgotten

	closed  int       // closed streams in list
	half    []*Stream // half-closed, waiting to be silent for long enough
	nextEnd time.Time // no sooner than this is one of half silent for long enough
	opening []*Stream // without SYNACK when last looked at, oldest first
}

// add enters a stream. It reports false where too many are open.
func (l *streamTable) add(s *Stream) bool {
	if len(l.open) >= maxOpenStreams {
		return false
	}
	if l.open == nil {
		l.open = make(map[uint32]*Stream)
	}
	l.open[s.ID] = s
	l.list = append(l.list, s)
	l.opening = append(l.opening, s)
	return true
}

// close marks a stream as closed, and forgets the oldest closed ones where too
// many are remembered.
func (l *streamTable) close(s *Stream) {
	s.State = Closed
	s.head = nil
	if l.open[s.ID] == s {
		delete(l.open, s.ID)
	}
	l.closed++
	// Forget by batches, so that the cost of moving the list is shared.
	if excess := l.closed - l.keep; excess > l.keep/4 {
		kept := l.list[:0]
		for _, s := range l.list {
			if s.State == Closed && excess > 0 {
				excess--
				l.closed--
				l.gone++
				continue
			}
			kept = append(kept, s)
		}
		clear(l.list[len(kept):])
		l.list = kept
	}
}

// linger enters a stream that became half-closed.
func (l *streamTable) linger(s *Stream) {
	if len(l.half) == 0 {
		l.nextEnd = s.LastAt.Add(lingerTime)
	}
	l.half = append(l.half, s)
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
		case s.State != HalfClosed: // closed meanwhile
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
	for len(l.opening) > 0 {
		s := l.opening[0]
		waits := s.State == Opening && !s.HasACK
		if waits && at.Sub(s.OpenedAt) <= maxSynack {
			return nil
		}
		l.opening[0] = nil
		l.opening = l.opening[1:]
		if waits {
			return s
		}
	}
	return nil
}
