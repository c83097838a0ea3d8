package journal_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// blocked records that bytes of a direction have not moved for a time.
func (s *source) blocked(id capture.SessionID, dir protocol.Direction, d time.Duration, n uint64) {
	s.Record(&capture.Event{Kind: capture.Blocked, Session: id, At: s.now, Dir: dir, Since: s.now.Add(-d), Bytes: n})
}

// unblocked records that they move again.
func (s *source) unblocked(id capture.SessionID, dir protocol.Direction) {
	s.Record(&capture.Event{Kind: capture.Unblocked, Session: id, At: s.now, Dir: dir})
}

// waits records that heartbeats in a direction have waited for a time.
func (s *source) waits(id capture.SessionID, dir protocol.Direction, d time.Duration, why string) {
	s.Record(&capture.Event{Kind: capture.HeartbeatsWait, Session: id, At: s.now, Dir: dir, Since: s.now.Add(-d), Why: why})
}

// goes records that they wait no more.
func (s *source) goes(id capture.SessionID, dir protocol.Direction) {
	s.Record(&capture.Event{Kind: capture.HeartbeatsGo, Session: id, At: s.now, Dir: dir})
}

// TestBlocked: bytes that do not move stand in the session's state until they do, and how
// long that took is in the totals, once, whether they moved again or the session ended.
func TestBlocked(t *testing.T) {
	s := newSource(journal.Limits{})
	for id := capture.SessionID(1); id <= 3; id++ {
		s.open(id)
	}
	check := func(when string, want protocol.ByDirection[journal.Standstill]) {
		t.Helper()
		if got := s.Totals().Blocked; got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	state := func(id capture.SessionID) session.Blocked {
		return journal.Look(s.Journal, journal.AskSession{ID: id}).State.Blocked[c2s]
	}
	s.unblocked(1, c2s) // it was not blocked
	check("nothing", protocol.ByDirection[journal.Standstill]{})
	since := s.now
	s.wait(time.Second)
	s.blocked(1, c2s, time.Second, 1000)
	s.wait(time.Second)
	s.blocked(1, c2s, 2*time.Second, 5000) // it has become more
	if got := state(1); got.Since != since || got.Bytes != 5000 || got.Ended {
		t.Errorf("state: %+v", got)
	}
	check("not over", protocol.ByDirection[journal.Standstill]{})
	s.wait(time.Second)
	s.unblocked(1, c2s)
	if got := state(1); got != (session.Blocked{}) {
		t.Errorf("state after it: %+v", got)
	}
	once := journal.Standstill{Times: 1, All: 3 * time.Second, Longest: 3 * time.Second}
	check("moves again", protocol.ByDirection[journal.Standstill]{c2s: once})
	s.close(1)
	check("closed after it", protocol.ByDirection[journal.Standstill]{c2s: once})

	s.blocked(2, c2s, time.Second, 1)
	s.blocked(2, s2c, 2*time.Second, 1)
	s.blocked(3, c2s, time.Second, 1) // not over at the end
	s.wait(4 * time.Second)
	s.close(2)
	s.wait(time.Hour)
	s.unblocked(2, c2s) // after its end
	check("closed meanwhile", protocol.ByDirection[journal.Standstill]{
		c2s: {Times: 2, All: 8 * time.Second, Longest: 5 * time.Second},
		s2c: {Times: 1, All: 6 * time.Second, Longest: 6 * time.Second},
	})
}

// TestWithheld: the totals say for how long heartbeats could not be sent, by reason: also
// where the reason changes, the source says it again, or the session ends.
func TestWithheld(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.goes(1, c2s) // they did not wait
	s.wait(time.Second)
	s.waits(1, c2s, time.Second, "inside a frame")
	s.waits(1, s2c, 0, "padded")
	s.wait(time.Second)
	s.waits(1, c2s, time.Second, "inside a frame")
	if got := journal.Look(s.Journal, journal.AskSession{ID: 1}).State.Waits; got[protocol.Server].Why != "inside a frame" || got[protocol.Client].Why != "padded" {
		t.Errorf("state: %+v", got)
	}
	s.wait(time.Second)
	s.waits(1, c2s, 3*time.Second, "unread") // since they began to wait
	s.wait(4 * time.Second)
	s.waits(1, c2s, time.Second, "unanswered") // since they wait for this
	s.wait(time.Second)
	s.goes(1, c2s)
	s.wait(time.Second)
	s.waits(1, c2s, 0, "unread")
	s.wait(10 * time.Second)
	s.close(1)
	still := func(times uint64, all, longest int) journal.Standstill {
		return journal.Standstill{Times: times, All: time.Duration(all) * time.Second, Longest: time.Duration(longest) * time.Second}
	}
	want := protocol.ByPeer[[]journal.Withholding]{
		protocol.Server: {{"inside a frame", still(1, 3, 3)}, {"unread", still(2, 13, 10)}, {"unanswered", still(1, 2, 2)}},
		protocol.Client: {{"padded", still(1, 18, 18)}},
	}
	got := s.Totals().Withheld
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("withheld (-want +got):\n%s", diff)
	}
	got[protocol.Client][0].Times = 99
	if s.Totals().Withheld[protocol.Client][0].Times != 1 {
		t.Error("the totals are not a copy")
	}
}

// TestWithheldIsBounded: however many reasons there are, the totals name few, and count all.
func TestWithheldIsBounded(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	for n := range 1000 {
		s.waits(1, c2s, 0, fmt.Sprint("reason ", n))
		s.wait(time.Second)
		s.goes(1, c2s)
	}
	list := s.Totals().Withheld[protocol.Server]
	var times uint64
	for _, w := range list {
		times += w.Times
	}
	if last := list[len(list)-1]; len(list) != 9 || times != 1000 || last.Why != "" || last.Times != 992 {
		t.Errorf("%d reasons, %d times: %+v", len(list), times, list)
	}
}

// TestStandsInTheEntries: what stands still has an entry each, of its own time, and a
// snapshot keeps what stood still when it was taken.
func TestStandsInTheEntries(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.wait(2 * time.Second)
	s.blocked(1, s2c, time.Second, 70)
	s.waits(1, c2s, time.Second, "unread")
	at := s.now
	frozen := journal.Take(s.Journal)
	s.wait(time.Second)
	s.unblocked(1, s2c)
	s.goes(1, c2s)
	row := journal.Look(frozen, journal.AskSessions{Window: journal.Window{Limit: 1}}).Rows[0]
	if row.State.Blocked[s2c].Bytes != 70 || row.State.Waits[protocol.Server].Why != "unread" {
		t.Errorf("frozen: %+v", row.State)
	}
	entries, _ := read(t, s.Journal)
	var got []string
	for _, e := range entries {
		switch n := e.Notice.(type) {
		case session.Blocked:
			got = append(got, fmt.Sprint("blocked ", n.Ended, e.At.Sub(at)))
		case session.HeartbeatWaiting:
			got = append(got, fmt.Sprint("waits ", n.Ended, e.At.Sub(at)))
		}
	}
	if diff := cmp.Diff([]string{"blocked false 0s", "waits false 0s", "blocked true 1s", "waits true 1s"}, got); diff != "" {
		t.Errorf("entries (-want +got):\n%s", diff)
	}
}

// TestProbes: a probe is an entry and is counted, and is no session.
func TestProbes(t *testing.T) {
	s := newSource(journal.Limits{})
	for range 3 {
		s.Record(&capture.Event{Kind: capture.Probed, At: s.now, Client: "192.0.2.1:40000"})
	}
	entries, _ := read(t, s.Journal)
	totals, summary := s.Totals(), journal.Look(s.Journal, journal.AskSummary{})
	if totals.Probes != 3 || summary.Probes != 3 || totals.Sessions != 0 || summary.Live != 0 || len(entries) != 3 {
		t.Errorf("totals %+v, summary %+v, %d entries", totals, summary, len(entries))
	}
	if p, ok := entries[0].Notice.(journal.Probe); !ok || p.Client != "192.0.2.1:40000" || entries[0].Session != 0 {
		t.Errorf("entry: %+v", entries[0])
	}
}

// TestTLSFailed: TLS that failed is a diagnostic of a session that had no frame.
func TestTLSFailed(t *testing.T) {
	s := newSource(journal.Limits{})
	s.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: s.now, Client: "192.0.2.1:1", Server: "192.0.2.2:2"})
	s.Record(&capture.Event{
		Kind: capture.Closed, Session: 1, At: s.now, By: session.ClosedByServer, TLSFailed: true, Reason: "TLS with the server: no SNI",
	})
	row := journal.Look(s.Journal, journal.AskSessions{Window: journal.Window{Limit: 1}}).Rows[0]
	totals := s.Totals()
	if totals.Diagnostics[session.CodeTLSFailed] != 1 || totals.Worst[session.CodeTLSFailed] != session.Error || row.Reason != "TLS with the server: no SNI" || totals.Frames != 0 {
		t.Errorf("totals %+v, row %+v", totals, row)
	}
}

// TestStill: the summary counts the sessions in which something stands still now, each once,
// until it moves or the session ends.
func TestStill(t *testing.T) {
	s := newSource(journal.Limits{})
	check := func(when string, want journal.Still) {
		t.Helper()
		if got := journal.Look(s.Journal, journal.AskSummary{}).Still; got != want {
			t.Errorf("%s: %+v, want %+v", when, got, want)
		}
	}
	for id := capture.SessionID(1); id <= 3; id++ {
		s.open(id)
		s.blocked(id, c2s, 0, 1)
	}
	s.blocked(1, s2c, 0, 1)
	s.waits(1, c2s, 0, "unread")
	s.waits(1, c2s, 0, "unanswered")
	s.waits(2, s2c, 0, "padded")
	check("three", journal.Still{Blocked: 3, Waits: protocol.ByPeer[int]{1, 1}})
	s.unblocked(1, s2c)
	check("one direction of two", journal.Still{Blocked: 3, Waits: protocol.ByPeer[int]{1, 1}})
	frozen := journal.Take(s.Journal)
	s.unblocked(1, c2s)
	s.goes(1, c2s)
	check("two", journal.Still{Blocked: 2, Waits: protocol.ByPeer[int]{protocol.Client: 1}})
	s.close(1)
	s.close(2)
	check("one ends", journal.Still{Blocked: 1})
	s.close(3)
	check("all end", journal.Still{})
	if got := journal.Look(frozen, journal.AskSummary{}).Still; got.Blocked != 3 {
		t.Errorf("frozen: %+v", got)
	}
}

// TestManyProbes: what checks a port for ever is counted, and pushes nothing out.
func TestManyProbes(t *testing.T) {
	s := newSource(journal.Limits{})
	for range 600 {
		s.Record(&capture.Event{Kind: capture.Probed, At: s.now, Client: "192.0.2.1:40000"})
		s.now = s.now.Add(time.Second)
	}
	entries, _ := read(t, s.Journal)
	if n := s.Totals().Probes; n != 600 || len(entries) != 64+(600-64)/60 {
		t.Errorf("%d probes are counted, %d have entries", n, len(entries))
	}
}

// TestStandsWithinItsSession: a recording may say that bytes and heartbeats wait since any time.
// What is told is not since before their session, nor since later than it is told.
func TestStandsWithinItsSession(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	since := s.now
	s.wait(time.Second)
	for _, test := range []struct {
		age  time.Duration
		want time.Time
	}{{50 * 365 * 24 * time.Hour, since}, {-time.Hour, s.now}} {
		s.blocked(1, c2s, test.age, 1000)
		s.waits(1, c2s, test.age, "")
		got := journal.Look(s.Journal, journal.AskSession{ID: 1}).State
		if b, w := got.Blocked[c2s].Since, got.Waits[protocol.Server].Since; !b.Equal(test.want) || !w.Equal(test.want) {
			t.Errorf("%v ago: bytes wait since %v, heartbeats since %v; want %v", test.age, b, w, test.want)
		}
		s.unblocked(1, c2s)
		s.goes(1, c2s)
	}
}
