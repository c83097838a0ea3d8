package journal_test

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// gone records that the sender of dir is gone.
func (s *source) gone(id capture.SessionID, dir protocol.Direction) {
	s.Record(&capture.Event{Kind: capture.Gone, Session: id, At: s.now, Dir: dir})
}

// TestGone: a client is gone, and the server keeps the session. No heartbeat toward the
// client is lost, the totals agree while the session is open, and it is listed as what it
// is until it ends.
func TestGone(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	injected := session.Fate{Kind: session.Injected}
	s.data(1, s2c, frame(protocol.HeartRequest, 0, ""), injected)
	s.wait(time.Second)
	s.gone(1, c2s)
	since := s.now
	s.server(1, protocol.HeartRequest, 0, "")
	cut := func(when string) {
		t.Helper()
		for o, h := range s.Totals().Heartbeats[protocol.Client] {
			if h.Sent != 1 || h.Cut != 1 || h.Waiting() != 0 {
				t.Errorf("%s: totals toward the client, origin %d: %+v", when, o, h)
			}
		}
	}
	cut("gone")
	s.wait(6 * time.Second)
	s.Tick(s.now)

	row := journal.Look(s.Journal, journal.AskSessions{Window: journal.Window{Limit: 1}}).Rows[0]
	if got := row.State.Gone; got[protocol.Client] != since || !got[protocol.Server].IsZero() || row.Closed || row.Waiting[protocol.Client] != 0 || row.Lost[protocol.Client] != 0 {
		t.Errorf("listed as %+v", row)
	}
	s.server(1, protocol.Waste, 0, "still here")
	s.close(1)
	cut("closed")
	detail := journal.Look(s.Journal, journal.AskSession{ID: 1})
	if got := detail.State.Gone[protocol.Client]; got != since || len(detail.Codes) != 1 || detail.Codes[session.CodeSessionKeptOpen] != 1 {
		t.Errorf("closed: gone since %v, diagnostics %v", got, detail.Codes)
	}
	diagnostics := journal.Look(s.Journal, journal.AskDiagnostics{Window: journal.Window{Limit: 9}}).Rows
	if len(diagnostics) != 1 || diagnostics[0].At != since.Add(5*time.Second) {
		t.Errorf("diagnostics: %+v", diagnostics)
	}
}

// TestGoneAndClosed: a session whose peers close one right after the other looks as if
// nobody had told who was gone first.
func TestGoneAndClosed(t *testing.T) {
	for _, test := range []struct {
		name string
		gone []protocol.Direction
	}{{"nobody", nil}, {"the client", []protocol.Direction{c2s}}, {"both", []protocol.Direction{s2c, c2s}}} {
		s := newSource(journal.Limits{})
		s.open(1)
		s.server(1, protocol.HeartRequest, 0, "")
		for _, dir := range test.gone {
			s.gone(1, dir)
			s.wait(20 * time.Millisecond)
		}
		s.close(1)
		s.wait(time.Minute)
		s.Tick(s.now)
		st := look(s.Journal, query{Session: 1}).Session.State
		if st.Gone != (protocol.ByPeer[time.Time]{}) || len(s.Totals().Diagnostics) != 0 || s.Totals().Heartbeats[protocol.Client][session.OriginPeer].Cut != 1 {
			t.Errorf("%s: gone %v, totals %+v", test.name, st.Gone, s.Totals())
		}
	}
}
