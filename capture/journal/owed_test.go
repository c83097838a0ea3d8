package journal_test

import (
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestOwed: what a peer owes is in the session's row and in detail, and on the stream that
// it is about, until it is paid. A closed session keeps what was owed when it ended, and so
// does its notice.
func TestOwed(t *testing.T) {
	s := newSource(journal.Limits{})
	for id := capture.SessionID(1); id <= 2; id++ {
		s.open(id)
		s.server(id, protocol.ServerSettings, 0, "v=2")
	}
	since := s.now
	s.client(1, protocol.SYN, 1, "")
	s.client(1, protocol.SYN, 2, "")
	s.client(2, protocol.SYN, 1, "")
	frozen := journal.Take(s.Journal)
	s.wait(2 * time.Second)
	s.server(1, protocol.SYNACK, 1, "")
	check := func(when string, at journal.Moment, id capture.SessionID, streams ...uint32) {
		t.Helper()
		rows := journal.Look(at, journal.AskSessions{Window: journal.Window{Limit: 9}}).Rows
		detail := journal.Look(at, journal.AskSession{ID: id})
		list := journal.Look(at, journal.AskStreams{Session: id, Window: journal.Window{Limit: 9}})
		for what, owed := range map[string][]session.Obligation{"row": rows[id-1].Owed, "detail": detail.Owed, "streams": list.Owed} {
			var of []uint32
			for _, o := range owed {
				if of = append(of, o.Stream); o.What != session.OwesSYNACK || o.By != protocol.Server || o.Since.Before(since) {
					t.Errorf("%s, %s: %+v", when, what, o)
				}
			}
			if !slices.Equal(of, streams) {
				t.Errorf("%s, %s: SYNACKs of %v are owed, want %v", when, what, of, streams)
			}
		}
		for stream := uint32(1); stream <= 2; stream++ {
			if owed := list.OwedOn(stream); (len(owed) == 1) != slices.Contains(streams, stream) {
				t.Errorf("%s: on stream %d %+v", when, stream, owed)
			}
		}
	}
	check("one is paid", s.Journal, 1, 2)
	check("frozen before", frozen, 1, 1, 2)
	s.server(2, protocol.SYNACK, 1, "")
	check("all is paid", s.Journal, 2)
	s.close(1)
	s.close(2)
	check("closed", s.Journal, 1, 2)
	check("closed, all paid", s.Journal, 2)

	entries, _ := read(t, s.Journal)
	for _, e := range entries {
		if n, ok := e.Notice.(journal.SessionClose); ok && (len(n.Owed) == 1) != (e.Session == 1) {
			t.Errorf("session %d: %+v", e.Session, n)
		}
	}
}

// TestOwedEnd: who ends a session behind an Alert does not owe its end any more. The other
// one does, and both do where neither has.
func TestOwedEnd(t *testing.T) {
	for by, want := range map[session.Closer][]protocol.Peer{
		session.ClosedByServer: {protocol.Client}, session.ClosedByClient: {protocol.Server},
		session.ClosedByRelay: {protocol.Client, protocol.Server},
	} {
		s := newSource(journal.Limits{})
		s.open(1)
		s.server(1, protocol.ServerSettings, 0, "v=2")
		s.server(1, protocol.Alert, 0, "no more")
		s.closeBy(1, by)
		var of []protocol.Peer
		for _, o := range journal.Look(s.Journal, journal.AskSession{ID: 1}).Owed {
			if of = append(of, o.By); o.What != session.OwesEnd {
				t.Errorf("closed by %v: %+v", by, o)
			}
		}
		if !slices.Equal(of, want) {
			t.Errorf("closed by %v: an end is owed by %v, want %v", by, of, want)
		}
	}
}

// TestOwedWhenLeft: what was owed when the first peer left is what was owed when the session
// closed, unless the other was heard of since, or kept the session.
func TestOwedWhenLeft(t *testing.T) {
	for _, tt := range []struct {
		name  string
		gone  protocol.Direction
		then  func(s *source)
		names []string
	}{
		{"the client", c2s, func(s *source) { s.close(1) }, []string{"SYNACK"}},
		{"the server", s2c, func(s *source) { s.closeBy(1, session.ClosedByServer) }, []string{"SYNACK"}},
		{"both", c2s, func(s *source) { s.gone(1, s2c); s.close(1) }, []string{"SYNACK"}},
		{"the server answers yet", c2s, func(s *source) {
			s.wait(time.Millisecond)
			s.server(1, protocol.SYNACK, 1, "")
			s.close(1)
		}, nil},
		{"the server keeps it", c2s, func(s *source) {
			s.wait(6 * time.Second)
			s.Tick(s.now)
			s.close(1)
		}, nil},
		{"the server, behind an Alert", s2c, func(s *source) { s.closeBy(1, session.ClosedByServer) }, []string{"end", "SYNACK"}},
	} {
		s := newSource(journal.Limits{})
		s.open(1)
		s.client(1, protocol.SYN, 1, "")
		if slices.Contains(tt.names, "end") {
			s.server(1, protocol.Alert, 0, "no")
		}
		s.gone(1, tt.gone)
		tt.then(s)
		var names []string
		for _, o := range journal.Look(s.Journal, journal.AskSession{ID: 1}).Owed {
			names = append(names, o.What.String())
		}
		if !slices.Equal(names, tt.names) {
			t.Errorf("%s: %v are owed, want %v", tt.name, names, tt.names)
		}
	}
}
