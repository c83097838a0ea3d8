package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// apply records what a rule does to a frame.
func (s *script) apply(dir protocol.Direction, a capture.Application) {
	s.j.Record(&capture.Event{Kind: capture.Applied, Session: 1, At: s.at, Dir: dir, Application: &a})
	s.wait(time.Millisecond)
}

// underRules is a session whose SYNACK a rule holds for too long.
func underRules(t *testing.T) *script {
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").greet(1, "sing-box/1.12.8", "www.example.org")
	s.j.ExpectRule(1, `drop where cmd == "Waste"`)
	s.j.ExpectRule(2, `delay 4s where cmd == "SYNACK"`)
	s.up(1, s.frame(protocol.SYN, 2, ""), s.frame(protocol.PSH, 2, s.target("held.example", 443)))
	s.apply(protocol.ServerToClient, capture.Application{
		Rule: 2, Action: "delay", Header: protocol.Header{Command: protocol.SYNACK, Stream: 2}, Waits: true, Text: "for 4s",
	})
	s.apply(protocol.ClientToServer, capture.Application{Rule: 1, Action: "drop", Header: protocol.Header{Command: protocol.Waste, Length: 9}})
	s.send(1, protocol.ClientToServer, session.Fate{Kind: session.Dropped, Rule: 1}, s.frame(protocol.Waste, 0, "123456789"))
	return s.wait(3500 * time.Millisecond)
}

// TestRulesOnScreen: the header says that rules are on, a frame that waits has a row, its stream
// and its session say that the rule holds it, and the incident names the rule.
func TestRulesOnScreen(t *testing.T) {
	s := underRules(t)
	x := newScreen(t, s, 80, 24, func(o *Options) { o.Rules = func() int { return 2 } }).press("3", "end", "up")
	t.Run("frames", func(t *testing.T) { golden.RequireEqual(t, trimmed(x.text())) })
	x.press("enter")
	t.Run("detail", func(t *testing.T) { golden.RequireEqual(t, trimmed(x.text())) })
	x.press("esc", "2")
	t.Run("streams", func(t *testing.T) { golden.RequireEqual(t, trimmed(x.text())) })
	x.press("5")
	t.Run("incidents", func(t *testing.T) { golden.RequireEqual(t, trimmed(x.text())) })
}

// TestStallOnScreen: a stall has a row, which is no frame, and its detail says what does not go on.
func TestStallOnScreen(t *testing.T) {
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").greet(1, "sing-box/1.12.8", "www.example.org")
	stall := capture.Application{Rule: 5, Action: "stall", Header: protocol.Header{Command: protocol.PSH, Stream: 1, Length: 9}, All: true, Text: "nothing is read for 4s"}
	s.apply(protocol.ServerToClient, stall)
	s.send(1, protocol.ServerToClient, session.Fate{Rule: 5}, s.frame(protocol.PSH, 1, "123456789"))
	s.wait(4 * time.Second)
	stall.Ended, stall.Held, stall.Text = true, 4*time.Second, ""
	s.apply(protocol.ServerToClient, stall)
	x := newScreen(t, s, 100, 24).press("3", "end", "up")
	if rows := x.lines("rule 5"); len(rows) != 2 || !strings.Contains(rows[0], "… rule 5: stall nothing is read for 4s") || !strings.Contains(rows[1], "↯ touched by rule 5") {
		t.Errorf("the rows are %q\n%s", rows, x.text())
	}
	x.press("enter")
	if so := x.lines("nothing more is read of the server for that time, though this frame goes"); len(so) != 1 {
		t.Errorf("the detail is\n%s", x.text())
	}
}

// TestRulesInHeader: the header has room for the rules on the smallest usual screen, also while it
// is frozen, says nothing where none is on, and what a replay's were.
func TestRulesInHeader(t *testing.T) {
	on := 2
	rules := func() int { return on }
	for _, tc := range []struct {
		name   string
		rules  func() int
		on     int
		events bool
		want   string
	}{
		{"on", rules, 2, true, "rules 2 · 2 applied"},
		{"off", rules, 0, true, ""},
		{"a replay", nil, 0, true, "rules 2 · 2 applied"},
		{"none", nil, 0, false, ""},
	} {
		on = tc.on
		s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234")
		if tc.events {
			s = underRules(t)
		}
		x := newScreen(t, s, 80, 24, func(o *Options) { o.Rules = tc.rules })
		for _, frozen := range []bool{false, true} {
			if frozen {
				x.press("space")
			}
			header, _, _ := strings.Cut(x.text(), "\n")
			if said := strings.Contains(header, "rules"); said != (tc.want != "") || !strings.Contains(header, tc.want) || strings.Contains(header, "FROZEN") != frozen {
				t.Errorf("%s, frozen %v: the header is %q, want %q in it", tc.name, frozen, header, tc.want)
			}
		}
	}
}
