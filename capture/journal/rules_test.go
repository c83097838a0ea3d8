package journal_test

import (
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// apply records what a rule does to a frame.
func (s *source) apply(id capture.SessionID, dir protocol.Direction, a capture.Application) {
	s.Record(&capture.Event{Kind: capture.Applied, Session: id, At: s.now, Dir: dir, Application: &a})
}

var synack = protocol.Header{Command: protocol.SYNACK, Stream: 1}

// TestApplications: each application is an entry and is counted once, though what waits is
// told of twice, and what more
// comes of it is told, too; and the answers of a snapshot stay.
func TestApplications(t *testing.T) {
	s := newSource(journal.Limits{})
	s.ExpectRule(1, "drop where false")
	s.ExpectRule(2, "delay 4s where cmd == \"SYNACK\"\x1b")
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	s.apply(1, s2c, capture.Application{Rule: 2, Action: "delay", Header: synack, Waits: true, Text: "for 4s"})
	past := journal.Take(s.Journal)
	s.wait(4 * time.Second)
	s.data(1, s2c, frame(protocol.SYNACK, 1, ""), session.Fate{Kind: session.Held, Rule: 2, Held: 4 * time.Second})
	s.apply(1, s2c, capture.Application{Rule: 2, Action: "delay", Header: synack, Ended: true, Held: 4 * time.Second})
	s.apply(1, c2s, capture.Application{Rule: 7, Action: "split", Header: protocol.Header{Command: protocol.PSH, Stream: 1, Length: 9}})
	s.apply(1, c2s, capture.Application{Rule: 7, Action: "insert", Header: synack, Again: true, Undone: true, Text: "not done"})
	s.Record(&capture.Event{Kind: capture.Applied, Session: 1, At: s.now}) // a source that says nothing

	entries, _ := read(t, s.Journal)
	var got []session.Application
	for _, e := range entries {
		if a, ok := e.Notice.(session.Application); ok {
			got = append(got, a)
		}
	}
	want := []session.Application{
		{Rule: 2, Action: "delay", Dir: s2c, Header: synack, Waits: true, Text: "for 4s"},
		{Rule: 2, Action: "delay", Dir: s2c, Header: synack, Ended: true, Held: 4 * time.Second},
		{Rule: 7, Action: "split", Header: protocol.Header{Command: protocol.PSH, Stream: 1, Length: 9}},
		{Rule: 7, Action: "insert", Header: synack, Again: true, Undone: true, Text: "not done"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("applications (-want +got):\n%s", diff)
	}
	rules := []journal.RuleTotal{
		{Rule: 1, Source: "drop where false"},
		{Rule: 2, Source: `delay 4s where cmd == "SYNACK"` + protocol.Printable("\x1b"), Applied: 1},
		{Rule: 7, Applied: 1},
	}
	if got := journal.Look(s.Journal, journal.AskRules{}); !slices.Equal(got, rules) {
		t.Errorf("the rules are %+v, want %+v", got, rules)
	}
	if got := s.Totals().Rules; !slices.Equal(got, rules) {
		t.Errorf("the totals have the rules %+v, want %+v", got, rules)
	}
	if got := journal.Look(past, journal.AskRules{}); !slices.Equal(got, rules[:2]) {
		t.Errorf("a snapshot has the rules %+v, want %+v", got, rules[:2])
	}
	if sum := journal.Look(s.Journal, journal.AskSummary{}); sum.Rules != 3 || sum.Applied != 2 {
		t.Errorf("%d rules were applied %d times, want 3 and 2", sum.Rules, sum.Applied)
	}
}

// TestHeldFramesStandAmongFrames: a frame that a rule lets wait stands among the frames where it
// came, until it is one of them; among those of another stream it does not, unless all wait.
func TestHeldFramesStandAmongFrames(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	s.apply(1, s2c, capture.Application{Rule: 2, Action: "hold", Header: synack, Waits: true})
	s.apply(1, c2s, capture.Application{Rule: 3, Action: "split", Header: synack})
	s.client(1, protocol.SYN, 2, "")
	s.apply(1, s2c, capture.Application{Rule: 4, Action: "delay", All: true, Header: protocol.Header{Command: protocol.SYNACK, Stream: 2}, Waits: true})
	for stream, want := range map[uint32]string{0: "preamble Settings ServerSettings SYN rule 2 SYN rule 4", 1: "SYN rule 2 rule 4", 2: "SYN rule 4"} {
		f := journal.Look(s.Journal, journal.AskFrames{Session: 1, Stream: stream, Lacks: true, Before: 50})
		got := ""
		for i := range f.Rows {
			e := &f.Rows[i]
			name := e.Name()
			if a, ok := e.Notice.(session.Application); ok {
				name = "rule " + string(rune('0'+a.Rule))
			}
			got += " " + name
		}
		if got != " "+want {
			t.Errorf("stream %d has%s, want %s", stream, got, want)
		}
	}
}

// TestKeptFramesInTotals: what a rule kept from its receiver counts for the totals as it does for
// its session: as a frame, and as no stream and no heartbeat.
func TestKeptFramesInTotals(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.client(1, protocol.SYN, 1, "")
	for _, fate := range []session.Fate{{Kind: session.Dropped, Rule: 1}, {Kind: session.Replaced, Rule: 1}, {Kind: session.Repeated, Rule: 2}} {
		s.data(1, c2s, frame(protocol.SYN, 2, ""), fate)
		s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), fate)
	}
	totals, state := s.Totals(), journal.Look(s.Journal, journal.AskSession{ID: 1}).State
	toward := totals.Heartbeats[protocol.Server]
	if totals.Streams != state.Streams || totals.Streams != 2 || totals.Frames != state.Frames[c2s]+state.Frames[s2c] {
		t.Errorf("%d streams and %d frames, and the session has %d and %v", totals.Streams, totals.Frames, state.Streams, state.Frames)
	}
	if toward[session.OriginRelay].Sent != 1 || toward[session.OriginPeer].Sent != 0 {
		t.Errorf("%+v heartbeats were sent", toward)
	}
}
