package journal

import (
	"maps"

	"anytls-inspect/capture"
	"anytls-inspect/protocol/session"
)

// A pastSession is a session as it was when a snapshot copied it.
type pastSession struct {
	facts
	id capture.SessionID
	// As of then: see trackedSession.
	newest, lastFrame uint64
}

// facts are what is known of a session, for the answers that are about one.
type facts interface {
	row() SessionRow
	detail() *SessionDetail
	heartbeats() Heartbeats
	streams(w Window) Streams
}

// newPastSession returns a session as it is. One that is closed changes no more, and is not
// copied.
func newPastSession(s *trackedSession) pastSession {
	// There may be thousands of streams. Room for them is made ready before the lock, since
	// that takes longer than to fill it.
	room := make([]session.Stream, s.listed())
	clear(room)
	s.mu.Lock()
	defer s.mu.Unlock()
	p := pastSession{facts: s, id: s.id, newest: s.newest, lastFrame: s.lastFrame}
	if !s.closed {
		p.facts = &factsCopy{s.detail(), s.heartbeats(), s.allStreams(room[:0])}
	}
	return p
}

// A factsCopy holds the facts of a session that was live.
type factsCopy struct {
	known  *SessionDetail
	beats  Heartbeats
	listed Streams // all of them
}

func (c *factsCopy) row() SessionRow { return c.known.SessionRow }

func (c *factsCopy) detail() *SessionDetail {
	d := *c.known
	d.Codes, d.Worst = maps.Clone(d.Codes), maps.Clone(d.Worst)
	return &d
}

func (c *factsCopy) heartbeats() Heartbeats { return copyHeartbeats(c.beats) }

func (c *factsCopy) streams(w Window) Streams {
	rows := c.listed.Rows
	list := w.streams(len(rows), func(i int) *session.Stream { return &rows[i] }, c.listed.Forgotten)
	list.Owed = c.listed.Owed
	return list
}
