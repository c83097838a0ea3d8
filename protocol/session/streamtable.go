package session

import (
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// maxOpenStreams bounds how many open streams of a session are followed. The frames
// of more are handed out and counted, but belong to no stream.
const maxOpenStreams = 1 << 14

// shrinkFrom is how many streams must have been open at once for their room to be given
// back: that of fewer is not worth it.
const shrinkFrom = 1 << 10

// How many streams stand near in a streamTable, at first and at most: powers of two.
const (
	minNear = 8
	maxNear = 256
)

// A streamTable holds the streams of a session. The zero value is empty.
type streamTable struct {
	open map[uint32]*Stream // by id
	near []*Stream          // some of the open ones, each at its place; see find
	past map[uint32]*Stream // closed ones that are remembered; the newest of each id
	list []*Stream          // open ones and remembered ones, in the order of their SYNs
	keep int                // how many closed ones to remember
	gone uint64             // how many closed ones were forgotten

	budget *StreamBudget // of all sessions; nil where there is no bound
	peak   int           // how many were open at once since the memory was last shrunk

	busy    int                          // open ones that no side has ended
	closed  int                          // closed streams in list
	half    []*Stream                    // half-closed ones, which close when they are silent for lingerTime
	nextEnd time.Time                    // none of half closes sooner than this
	waiting []*Stream                    // ones that had no SYNACK when last looked at, oldest first
	asked   []*Stream                    // ones that had no answer from their target when last looked at
	misses  protocol.ByDirection[uint32] // how often frames of a direction may be missing
	slack   time.Duration                // by how much the times of the directions may be off
	// nextAsked is when the first of asked may have waited for too long.
	nextAsked time.Time
}

// waits tells whether a stream waits for its SYNACK.
func (s *Stream) waits() bool { return s.State == Opening && !s.HasACK && !s.noACK }

// awaits tells whether a stream waits for its SYNACK, and neither that nor the stream's end can
// be among missing bytes.
func (l *streamTable) awaits(s *Stream) bool { return s.waits() && s.misses == l.misses }

// lingers tells whether a stream closes once it is silent.
func (s *Stream) lingers() bool { return s.State == HalfClosed }

// queues tells whether there are streams of which something may be due.
func (l *streamTable) queues() bool { return len(l.half)+len(l.waiting)+len(l.asked) > 0 }

// add enters a stream. It returns false where too many are open, in the session or in all.
func (l *streamTable) add(s *Stream) bool {
	if len(l.open) >= maxOpenStreams || !l.room() {
		return false
	}
	if l.open == nil {
		l.open = make(map[uint32]*Stream)
	}
	s.misses = l.misses
	l.open[s.ID] = s
	l.peak = max(l.peak, len(l.open))
	if len(l.near) < min(len(l.open), maxNear) {
		l.near = make([]*Stream, max(minNear, 2*len(l.near)))
	}
	l.busy++
	l.list = append(l.list, s)
	l.waiting = append(l.compact(l.waiting, (*Stream).waits), s)
	return true
}

// room takes room for an open stream. It forgets closed ones where there is none else.
func (l *streamTable) room() bool {
	if l.budget.take() {
		return true
	}
	if l.closed == 0 {
		return false
	}
	l.forget(l.closed)
	return l.budget.take()
}

// find returns the open stream with this id, nil where there is none. Each PSH asks:
// the streams that were asked for last stand near, where a look costs less than in a
// map.
func (l *streamTable) find(id uint32) *Stream {
	if i := l.place(id); i < uint(len(l.near)) {
		if s := l.near[i]; s != nil && s.ID == id {
			return s
		}
	}
	return l.fetch(id)
}

// fetch is find for a stream that does not stand near. Then it does.
func (l *streamTable) fetch(id uint32) *Stream {
	s := l.open[id]
	if s != nil {
		l.near[l.place(id)] = s
	}
	return s
}

// place returns where the stream with this id stands, if it stands near.
func (l *streamTable) place(id uint32) uint { return uint(id) & uint(len(l.near)-1) }

// compact drops streams from a queue that keep does not want, once these are the
// most. So the number of open streams bounds a queue.
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

// close marks a stream as closed. It forgets the oldest closed ones once clearly more
// than keep are remembered.
func (l *streamTable) close(s *Stream) {
	if s.State < HalfClosed {
		l.busy--
	}
	s.State = Closed
	s.head = nil
	if l.open[s.ID] == s {
		delete(l.open, s.ID)
		if i := l.place(s.ID); l.near[i] == s {
			l.near[i] = nil
		}
	}
	if l.past == nil {
		l.past = make(map[uint32]*Stream)
	}
	l.past[s.ID] = s
	l.closed++
	l.budget.close()
	// Forgetting several at once shares the cost of going through the list.
	if excess := l.closed - l.keep; excess > max(l.keep, len(l.open))/4 {
		l.forget(excess)
	}
	if l.peak > shrinkFrom && len(l.open) < l.peak/4 {
		l.shrink()
	}
}

// forget forgets the n oldest closed streams. The queues let go of closed ones, too.
func (l *streamTable) forget(n int) {
	l.closed -= n
	l.gone += uint64(n)
	l.budget.forget(n)
	l.waiting = slices.DeleteFunc(l.waiting, func(s *Stream) bool { return s.State == Closed })
	l.half = slices.DeleteFunc(l.half, func(s *Stream) bool { return s.State == Closed })
	l.asked = slices.DeleteFunc(l.asked, func(s *Stream) bool { return s.State == Closed })
	l.list = slices.DeleteFunc(l.list, func(s *Stream) bool {
		forget := s.State == Closed && n > 0
		if forget {
			n--
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
		l.nextEnd = s.LastAt.Add(lingerTime + l.slack)
	}
	l.half = append(l.compact(l.half, (*Stream).lingers), s)
}

// silent removes and returns the half-closed streams that count as closed at this
// time. It costs nothing where there can be none.
func (l *streamTable) silent(at time.Time) (ended []*Stream) {
	if len(l.half) == 0 || at.Before(l.nextEnd) {
		return nil
	}
	l.nextEnd = at.Add(lingerTime + l.slack)
	kept := l.half[:0]
	for _, s := range l.half {
		end := s.LastAt.Add(lingerTime + l.slack)
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

// overdue removes and returns a stream that has waited too long for its SYNACK. It
// returns nil where there is none.
func (l *streamTable) overdue(at time.Time) *Stream {
	for len(l.waiting) > 0 {
		s := l.waiting[0]
		if l.awaits(s) && at.Sub(s.OpenedAt) < SYNACKTimeout+l.slack {
			return nil
		}
		l.waiting[0] = nil
		l.waiting = l.waiting[1:]
		if l.awaits(s) {
			return s
		}
	}
	return nil
}
