package tui

import (
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestUntracked: a session tells that some of its streams are not followed, and one whose
// streams were forgotten for those of others does not look as if it had none.
func TestUntracked(t *testing.T) {
	const many = journal.StreamFactor
	s := newScript(t, journal.Limits{Streams: 1})
	s.open(1, "192.0.2.1:51234").greet(1, "ended/1", "www.example.org")
	s.close(1, session.ClosedByClient, "")
	for id := capture.SessionID(2); id < 2+many/8; id++ {
		s.open(id, "192.0.2.2:51234").greet(id, "ended/1", "www.example.org").close(id, session.ClosedByClient, "")
	}
	const flooding = 2 + many/8
	s.open(flooding, "192.0.2.3:51234").greet(flooding, "flood/1", "www.example.org")
	for n := range uint32(many) {
		s.up(flooding, s.frame(protocol.SYN, n+2, ""))
	}
	x := newScreen(t, s, 220, 40)
	shows := func(text string) {
		t.Helper()
		if len(x.lines(text)) == 0 {
			t.Errorf("%q is not on the screen:\n%s", text, x.text())
		}
	}
	detail := journal.Look(s.j, journal.AskSession{ID: flooding})
	if st := detail.State; st.Streams != many+1 || st.Untracked == 0 || detail.StreamsOpen+int(st.Untracked) != many+1 {
		t.Fatalf("%d streams, %d open, %d not followed", st.Streams, detail.StreamsOpen, st.Untracked)
	}
	x.press("1", "end", "2")
	shows(" not followed ")
	x.press("i")
	shows("of 513 not followed: too many were open")
	x.press("esc", "1", "home", "down", "2")
	shows("1 stream, not remembered any more:")
	shows("(--history-streams)")
}
