package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// gone records that a peer is gone.
func (s *script) gone(id capture.SessionID, p protocol.Peer) *script {
	s.j.Record(&capture.Event{Kind: capture.Gone, Session: id, At: s.at, Dir: p.Toward().Reverse()})
	return s
}

// TestGone: a session that one peer keeps is told from one that is ready, in the list and
// in detail, with how long nothing has come. So is one that is only idle.
func TestGone(t *testing.T) {
	s := newScript(t, journal.Limits{})
	for id := capture.SessionID(1); id <= 3; id++ {
		s.open(id, fmt.Sprintf("192.0.2.%d:51234", id)).greet(id, "rusty/1", "www.example.org")
	}
	x := newScreen(t, s, 300, 40)
	row := func(session string, want ...string) {
		t.Helper()
		line := x.settle().lines(" 192.0.2." + session + ":51234 ")[0] // the list stands above the detail
		for _, text := range want {
			if !strings.Contains(line, text) {
				t.Errorf("%s is not in the row of session %s: %q", text, session, line)
			}
		}
	}
	detail := func(want ...string) {
		t.Helper()
		for _, text := range want {
			if len(x.lines(text)) == 0 {
				t.Errorf("%q is not in the detail:\n%s", text, x.text())
			}
		}
	}
	s.wait(2*time.Second).gone(1, protocol.Client).gone(2, protocol.Server)
	row("1", "◑ gone", "client gone, server keeps the session ")
	row("2", "◑ gone", "server gone, client keeps the session ")
	row("3", "● serving", "example.com, TLS 1.3")
	s.wait(59 * time.Second)
	s.down(1, s.frame(protocol.PSH, 1, "is anybody there?"))
	s.wait(61 * time.Second)
	row("1", "◑ gone", "client gone, server keeps the session; 1m01s silent")
	row("2", "server gone, client keeps the session; 2m02s silent")
	row("3", "● serving", "2m02s silent")
	x.press("home", "down", "i")
	detail("gone since 15:04:07", "client since 15:04:07, server keeps the session", "for 1m01s")

	s.close(1, session.ClosedByClient, "").wait(time.Minute)
	row("1", "○ ended", "by client ")
	detail("ended after 2m02s, by client", "client since 15:04:07, server kept the session")
}

// TestGoneFits: who is gone can be read at each size of screen that people have, and who keeps
// the session where there is room. No word is cut.
func TestGoneFits(t *testing.T) {
	for _, size := range [...]struct {
		w, h int
		note string
	}{
		{80, 24, "client gone "},
		{120, 40, "client gone "},
		{160, 50, "client gone "},
		{200, 50, "client gone, server keeps the session "},
	} {
		s := newScript(t, journal.Limits{})
		for id := capture.SessionID(1); id <= 3; id++ {
			s.open(id, fmt.Sprintf("192.0.2.%d:51234", id)).greet(id, "rusty/1", "www.example.org")
		}
		s.wait(2*time.Second).gone(1, protocol.Client)
		x := newScreen(t, s, size.w, size.h)
		if line := strings.Join(x.settle().lines("192.0.2.1:51234"), ""); !strings.Contains(line, size.note) {
			t.Errorf("%d×%d: the row of a client that is gone: %q", size.w, size.h, line)
		}
	}
}
