package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestFates: the list of frames marks each frame that was not just forwarded, and its
// detail says all that is known of what became of it.
func TestFates(t *testing.T) {
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").greet(1, "sing-box/1.12.8", "www.example.org")
	syn := s.frame(protocol.SYN, 2, "")
	psh := s.frame(protocol.PSH, 2, s.target("held.example", 443))
	fates := []struct {
		fate  session.Fate
		dir   protocol.Direction
		frame []byte
		flags string // what the detail says
	}{
		{session.Fate{Kind: session.Dropped, Rule: 1}, protocol.ClientToServer, syn, "↯ dropped by the relay, rule 1"},
		{session.Fate{Kind: session.Forwarded, Rule: 2}, protocol.ClientToServer, syn, "↯ forwarded by the relay, rule 2"},
		{
			session.Fate{Kind: session.Held, Rule: 3, Held: 2500 * time.Millisecond},
			protocol.ClientToServer, psh,
			"↯ held by the relay for 2.5s, rule 3",
		},
		{session.Fate{Kind: session.Held, Held: time.Millisecond}, protocol.ServerToClient, s.frame(protocol.SYNACK, 2, ""), "↯ held by the relay for 1ms"},
		{
			session.Fate{Kind: session.Replaced, Rule: 65535},
			protocol.ServerToClient, s.frame(protocol.PSH, 2, "was"),
			"↯ replaced by the relay, rule 65535",
		},
		{
			session.Fate{Kind: session.Injected, Rule: 65535},
			protocol.ServerToClient, s.frame(protocol.PSH, 2, "is"),
			"↯ injected by the relay, rule 65535",
		},
		{session.Fate{Kind: session.Repeated, Rule: 5}, protocol.ServerToClient, s.frame(protocol.PSH, 2, "is"), "↯ repeated by the relay, rule 5"},
		{session.Fate{Kind: session.Injected}, protocol.ClientToServer, s.frame(protocol.HeartRequest, 0, ""), "↯ injected by the relay"},
		{
			session.Fate{Kind: session.Absorbed},
			protocol.ServerToClient, s.frame(protocol.HeartResponse, 0, ""),
			"↯ answer to the relay, not forwarded",
		},
	}
	for _, f := range fates {
		s.send(1, f.dir, f.fate, f.frame)
	}
	x := newScreen(t, s, 80, 24).press("3", "end")
	golden.RequireEqual(t, trimmed(x.text()))
	x.press("enter")
	for i := len(fates) - 1; i >= 0; i-- {
		var flags []string
		for _, line := range x.lines("flags") {
			_, after, _ := strings.Cut(line, "flags")
			flags = append(flags, strings.Trim(after, " │┃"))
		}
		if len(flags) != 1 || flags[0] != fates[i].flags {
			t.Errorf("a frame that was %v has the flags %q, want %q\n%s", fates[i].fate, flags, fates[i].flags, x.text())
		}
		x.press("esc", "up", "enter")
	}
}
