package journal_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestTimeTold holds that a session has the same entries however often the journal is
// told the time. So a replay, where only events tell the time, shows what was seen
// live.
func TestTimeTold(t *testing.T) {
	play := func(tick time.Duration) []journal.Entry {
		s := newSource(journal.Limits{})
		wait := func(d time.Duration) {
			for end := s.now.Add(d); s.now.Before(end); {
				step := end.Sub(s.now)
				if tick > 0 {
					step = min(step, tick)
				}
				s.wait(step)
				if tick > 0 {
					s.Tick(s.now)
				}
			}
		}
		s.open(1)
		s.open(2)
		s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
		wait(time.Second)
		s.client(1, protocol.SYN, 1, "")
		s.client(1, protocol.FIN, 1, "")
		s.client(1, protocol.SYN, 2, "")
		wait(50 * time.Second)
		s.client(2, protocol.SYN, 1, "")
		wait(10 * time.Second)
		s.close(1)
		s.close(2)
		entries, _ := read(t, s.Journal)
		return slices.DeleteFunc(entries, func(e journal.Entry) bool { return e.Session != 1 })
	}
	want := play(0)
	wantNames := []string{
		"session-open", "preamble", "auth", "Settings", "ServerSettings", "HeartRequest", "SYN", "FIN", "SYN",
		"stream-close", "heartbeat", "diagnostic", "diagnostic", "diagnostic", "diagnostic", "diagnostic", "stream-close", "session-close",
	}
	if diff := cmp.Diff(wantNames, names(want)); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
	for _, tick := range []time.Duration{10 * time.Millisecond, 333 * time.Millisecond, time.Minute} {
		// Where they stand among the other session's may differ.
		got := play(tick)
		if diff := cmp.Diff(want, got, unexported, cmpopts.IgnoreFields(journal.Entry{}, "Index")); diff != "" {
			t.Errorf("told every %v (-never +so):\n%s", tick, diff)
		}
	}
}

// TestTimePassesForAllSessions holds that the events of one session make time
// pass for the others, as a replay needs it.
func TestTimePassesForAllSessions(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.open(2)
	s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{})
	lost := func() uint64 { return s.Totals().Heartbeats[protocol.Server][session.OriginPeer].Lost }
	s.wait(2900 * time.Millisecond)
	s.client(2, protocol.SYN, 1, "")
	if n := lost(); n != 0 {
		t.Errorf("%d lost before the timeout", n)
	}
	s.wait(500 * time.Millisecond)
	s.client(2, protocol.FIN, 1, "")
	if n := lost(); n != 1 {
		t.Errorf("%d lost after the timeout, want 1", n)
	}
	entries, _ := read(t, s.Journal)
	i := slices.IndexFunc(entries, func(e journal.Entry) bool { _, ok := e.Notice.(session.HeartbeatResult); return ok })
	if e := entries[i]; !e.At.Equal(start.Add(3*time.Second)) || e.Session != 1 {
		t.Errorf("lost at %v in session %d", e.At.Sub(start), e.Session)
	}
}

// TestLateEvents holds that an answer that was read in time counts as in time,
// also where another session's later event was recorded first.
func TestLateEvents(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.open(2)
	s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{})
	s.wait(3050 * time.Millisecond)
	s.client(2, protocol.SYN, 1, "")
	s.wait(-60 * time.Millisecond)
	s.data(1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{})
	if h := s.Totals().Heartbeats[protocol.Server][session.OriginPeer]; h.Answered != 1 || h.Lost != 0 {
		t.Errorf("heartbeats: %+v", h)
	}
}

// TestVersion holds that the version moves with what there is to see, and only
// then.
func TestVersion(t *testing.T) {
	s := newSource(journal.Limits{})
	last := s.Version()
	moved := func() bool {
		now := s.Version()
		defer func() { last = now }()
		return now != last
	}
	s.open(1)
	if !moved() {
		t.Error("a session opened, and the version did not move")
	}
	s.data(1, c2s, []byte{2}, session.Fate{})
	if !moved() {
		t.Error("a byte came, and the version did not move")
	}
	s.Tick(s.now.Add(time.Hour))
	if moved() {
		t.Error("nothing happened, and the version moved")
	}
	s.data(1, s2c, frame(protocol.HeartRequest, 0, ""), session.Fate{})
	_ = moved()
	s.Tick(s.now.Add(2 * time.Hour))
	if !moved() {
		t.Error("a heartbeat was lost, and the version did not move")
	}
	if v := look(s.Journal, query{}).Totals; v.Version != s.Version() {
		t.Errorf("a view of version %d, the journal's is %d", v.Version, s.Version())
	}
}
