package journal

import (
	"cmp"
	"slices"
	"sync"
	"sync/atomic"

	"anytls-inspect/capture"
)

// The sessions that a journal holds.
type sessions struct {
	keep int // how many closed ones to remember
	// recent has the newest sessions, each in the place that the low bits of its id say:
	// to look them up takes no lock. It is written with mu held.
	recent [256]atomic.Pointer[trackedSession]

	mu     sync.RWMutex // guards what follows
	live   map[capture.SessionID]*trackedSession
	order  []*trackedSession // live ones, and closed ones that are remembered, by id
	closed int               // how many of order are closed
	// forgotten is the highest id of a closed session that was taken out of order.
	forgotten capture.SessionID
	opened    uint64 // how many there ever were
	evicted   uint64 // how many closed ones are no longer held
}

// tracked returns the session that an event is about, which may be its first. It
// returns nil where the event comes after its session was closed.
func (j *Journal) tracked(e *capture.Event) *trackedSession {
	l := &j.sessions
	if s := l.place(e.Session).Load(); s != nil && s.id == e.Session {
		return s
	}
	l.mu.RLock()
	s := l.live[e.Session]
	l.mu.RUnlock()
	if s != nil {
		return s
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if s := l.live[e.Session]; s != nil {
		return s
	}
	if l.over(e) {
		return nil
	}
	s = newTrackedSession(j, e)
	l.live[s.id] = s
	l.place(s.id).Store(s)
	l.order = append(l.order, s)
	// Sources record sessions from several goroutines, so the newest id may not come
	// last.
	for i := len(l.order) - 1; i > 0 && l.order[i].id < l.order[i-1].id; i-- {
		l.order[i], l.order[i-1] = l.order[i-1], l.order[i]
	}
	l.opened++
	return s
}

// place returns where in recent a session belongs.
func (l *sessions) place(id capture.SessionID) *atomic.Pointer[trackedSession] {
	return &l.recent[id%capture.SessionID(len(l.recent))]
}

// over tells whether an event comes after its session was closed. l.mu is held.
func (l *sessions) over(e *capture.Event) bool {
	if e.Session <= l.forgotten && e.Kind != capture.Opened {
		return true
	}
	_, remembered := l.row(uint64(e.Session))
	return remembered
}

// row returns the row of a session in the list. l.mu is held.
func (l *sessions) row(id uint64) (row int, found bool) {
	return slices.BinarySearchFunc(l.order, id, func(s *trackedSession, id uint64) int {
		return cmp.Compare(uint64(s.id), id)
	})
}

// find returns the session with this id, nil where it is not held.
func (l *sessions) find(id capture.SessionID) *trackedSession {
	l.mu.RLock()
	defer l.mu.RUnlock()
	if row, found := l.row(uint64(id)); found {
		return l.order[row]
	}
	return nil
}

// counts returns how many sessions there ever were, and how many closed ones are no
// longer held.
func (l *sessions) counts() (opened, evicted uint64) {
	l.mu.RLock()
	defer l.mu.RUnlock()
	return l.opened, l.evicted
}

// alive returns the sessions that are not closed, in the order of their ids.
func (l *sessions) alive() []*trackedSession {
	l.mu.RLock()
	defer l.mu.RUnlock()
	alive := make([]*trackedSession, 0, len(l.live))
	for _, s := range l.order {
		if l.live[s.id] == s {
			alive = append(alive, s)
		}
	}
	return alive
}

// close takes note that a session ended. It forgets the oldest closed sessions once
// clearly too many are remembered: dropping several at once shares the cost of moving
// the list.
func (l *sessions) close(s *trackedSession) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.live[s.id] != s {
		return
	}
	delete(l.live, s.id)
	l.place(s.id).CompareAndSwap(s, nil)
	l.closed++
	excess := l.closed - l.keep
	if excess <= l.keep/4 {
		return
	}
	kept := l.order[:0]
	for _, s := range l.order {
		if excess > 0 && l.live[s.id] != s {
			excess--
			l.closed--
			l.evicted++
			l.forgotten = max(l.forgotten, s.id)
			s.tracker.Release()
			continue
		}
		kept = append(kept, s)
	}
	clear(l.order[len(kept):])
	l.order = kept
}
