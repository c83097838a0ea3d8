package journal

import (
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// AskSessions asks for a part of the list of sessions. The answer is [Sessions].
type AskSessions struct{ Window }

// Sessions are a part of the list of sessions, in the order of their ids.
type Sessions struct {
	Rows []SessionRow
	From int // row number of the first of Rows
	All  int // rows of the whole list
}

// A SessionRow is a session in a list.
type SessionRow struct {
	ID                 capture.SessionID
	Route              string // the name of the route that it came by, where there are several
	Client, Server     string
	Leg                capture.Leg  // the relay's leg that a replayed session was recorded on
	TLS                *capture.TLS // nil before the handshakes are done; not to be changed
	OpenedAt, ClosedAt time.Time
	Closed             bool
	Reason             string // why it closed, and was not decoded, printable
	Undecoded          string // the part of Reason that says why not all of it was decoded
	State              session.State
	StreamsOpen        int
	Evidence           Evidence // what was not seen of it
	// The heartbeats toward each peer: how many wait for an answer, the newest
	// round-trip, and how many are lost.
	Waiting protocol.ByPeer[uint64]
	Last    protocol.ByPeer[time.Duration]
	Lost    protocol.ByPeer[uint64]
	Owed    []session.Obligation // what the peers owe, or owed when it closed, oldest first; not to be changed
}

func (a AskSessions) answer(j *Journal) Sessions {
	l := &j.sessions
	l.mu.RLock()
	n := len(l.order)
	from, to := a.around(l.row(a.Anchor)).clip(n)
	shown := slices.Clone(l.order[from:to])
	l.mu.RUnlock()
	rows := make([]SessionRow, len(shown))
	for i, s := range shown {
		s.mu.Lock()
		rows[i] = s.row()
		s.mu.Unlock()
	}
	return Sessions{Rows: rows, From: from, All: n}
}

func (a AskSessions) asOf(s *Snapshot) Sessions {
	from, to := a.around(s.row(a.Anchor)).clip(len(s.sessions))
	list := Sessions{Rows: make([]SessionRow, to-from), From: from, All: len(s.sessions)}
	for i := range list.Rows {
		list.Rows[i] = s.sessions[from+i].row()
	}
	return list
}

// row returns the session as a list shows it. s.mu is held, or the session closed.
func (s *trackedSession) row() SessionRow {
	_, open, _ := s.tracker.StreamCount()
	row := SessionRow{
		ID: s.id, Route: s.route, Client: s.client, Server: s.server, Leg: s.leg, TLS: s.tls,
		OpenedAt: s.openedAt, ClosedAt: s.closedAt, Closed: s.closed, Reason: s.reason, Undecoded: s.undecoded,
		State: *s.tracker.State(), StreamsOpen: open, Owed: s.owes(), Evidence: s.evidence,
	}
	for p := range row.Last {
		for _, o := range [...]session.Origin{session.OriginRelay, session.OriginPeer} {
			h := s.tracker.Heartbeats(protocol.Peer(p), o)
			row.Waiting[p] += h.Waiting()
			row.Lost[p] += h.Lost
			if h.Last != 0 {
				row.Last[p] = h.Last
			}
		}
	}
	return row
}

// owes returns what the peers owe, or owed when the session closed. s.mu is held, or the
// session closed.
func (s *trackedSession) owes() []session.Obligation {
	if s.closed {
		return s.owed
	}
	return s.tracker.AppendOwed(nil)
}

// leaves takes note of what is owed when the first peer leaves: nobody owes answers from then on.
// s.mu is held, as below.
func (s *trackedSession) leaves(e *capture.Event) {
	if s.tracker.State().Gone == (session.State{}).Gone {
		s.owed = s.tracker.AppendOwed(nil)
	}
}

// owedAtEnd returns what the peers owe when the session closes by one of them. Nearly all sessions
// close by both, one a little before the other: then that is what was owed when the first left,
// unless the other was heard of since. One that was kept open has outlived that.
func (s *trackedSession) owedAtEnd(by session.Closer) []session.Obligation {
	st := s.tracker.State()
	owed := s.tracker.AppendOwed(nil)
	if s.tracker.Diagnostics()[session.CodeSessionKeptOpen] == 0 {
		for _, o := range s.owed {
			gone, other := st.Gone[o.By], st.Gone[o.By.Other()]
			heard := gone.IsZero() && st.LastAt[o.By.Toward().Reverse()].After(other)
			if o.What != session.OwesReading && !heard {
				owed = append(owed, o)
			}
		}
		slices.SortStableFunc(owed, func(a, b session.Obligation) int { return a.Since.Compare(b.Since) })
	}
	return slices.DeleteFunc(owed, func(o session.Obligation) bool {
		return o.What == session.OwesEnd && (session.Closer(o.By) == by || !st.Gone[o.By].IsZero()) // that is the end
	})
}
