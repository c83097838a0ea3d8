package tui

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const (
	refusedBy   = "a first try of the server 203.0.113.7:443 failed: server leg: dial tcp 203.0.113.7:443: connect: connection refused: is the server running there? check its address"
	untrustedBy = "client leg: remote error: tls: unknown certificate authority: the client does not trust the relay's certificate: let it trust the relay's CA ('anytls-inspect ca --export FILE'), give --cert and --key, or let the client skip verification"
	rejectedBy  = "203.0.113.7:443: rejected: the server closed the connection before any frame: a wrong password is likeliest"
)

// aPing is what the screen of a ping shows.
func aPing(o *Options) {
	o.Title, o.Control, o.Opening = "ping 203.0.113.7:443", nil, "connecting to 203.0.113.7:443"
}

// tlsFails has TLS fail in a session.
func (s *script) tlsFails(id capture.SessionID, why string) *script {
	s.j.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.at, Client: fmt.Sprintf("192.0.2.1:%d", 50000+id), Server: "203.0.113.7:443"})
	s.wait(5 * time.Millisecond)
	s.j.Record(&capture.Event{Kind: capture.Closed, Session: id, At: s.at, By: session.ClosedByClient, Reason: why, TLSFailed: true})
	return s
}

// aRejection is a session whose server ends it without a word.
func (s *script) aRejection() *script {
	s.open(1, "192.0.2.1:50001").up(1, s.preamble("wrong"), s.frame(protocol.Settings, 0, "v=2\nclient=x/1"))
	s.wait(5*time.Millisecond).close(1, session.ClosedByServer, "")
	return s
}

// TestTrouble: what keeps sessions from coming about, and what ended those without a frame,
// is on the screen, whole, with what to do, at each size. What there is no room for is not
// cut without a sign.
func TestTrouble(t *testing.T) {
	for name, c := range map[string]struct {
		script  func(*script)
		change  func(*Options)
		failure string
		keys    []string
	}{
		"preflight": {script: func(s *script) {
			s.listen("127.0.0.1:9443").listen("127.0.0.1:9444")
			s.j.Diagnose(s.at, journal.CodePreflight, "route 127.0.0.1:9444: "+strings.Replace(refusedBy, "failed", "has failed", 1))
			for range 3 {
				s.j.Diagnose(s.at, journal.CodePreflight, "route 127.0.0.1:9443: "+refusedBy)
			}
		}},
		"tls_failed": {script: func(s *script) { s.listen("127.0.0.1:9443").tlsFails(1, untrustedBy) }},
		"tls_failed_all": {script: func(s *script) {
			s.listen("127.0.0.1:9443").tlsFails(1, untrustedBy).tlsFails(2, untrustedBy).tlsFails(3, "server leg: EOF")
		}, keys: []string{"home"}},
		"ping_opens": {script: func(*script) {}, change: aPing},
		"ping_failed": {
			script: func(s *script) { s.j.Diagnose(s.at, journal.CodePingFailed, refusedBy) }, change: aPing, failure: refusedBy,
		},
		"ping_rejected": {script: func(s *script) { s.aRejection() }, change: aPing, failure: rejectedBy},
	} {
		for _, size := range [...]struct{ w, h int }{{40, 12}, {80, 24}, {120, 40}} {
			t.Run(fmt.Sprintf("%s_%dx%d", name, size.w, size.h), func(t *testing.T) {
				s := newScript(t, journal.Limits{})
				c.script(s)
				change := c.change
				if change == nil {
					change = func(*Options) {}
				}
				x := newScreen(t, s, size.w, size.h, noColor, change)
				if c.failure != "" {
					x.send(failedMsg(c.failure))
				}
				golden.RequireEqual(t, x.press(c.keys...).settle().text()+"\n")
			})
		}
	}
}

// TestFailureGoes: a failure that is none after all leaves the screen, and its lines with it.
// What else is on the screen stays where it is.
func TestFailureGoes(t *testing.T) {
	s := newScript(t, journal.Limits{})
	x := newScreen(t, s.aRejection(), 80, 24, aPing)
	before := x.text()
	x.send(failedMsg(rejectedBy))
	x.settle().want("✗ 203.0.113.7:443: rejected", "a wrong password is likeliest")
	if got := strings.Count(x.text(), "\n"); got != 23 {
		t.Errorf("the screen has %d lines:\n%s", got+1, x.text())
	}
	x.send(failedMsg(""))
	if got := x.settle().text(); got != before {
		t.Errorf("the screen is not what it was before:\n%s", got)
	}
}

// TestFailureElsewhere: where the frames' pane tells why a session has none, but another one
// is shown in its place, the failure has lines of its own.
func TestFailureElsewhere(t *testing.T) {
	s := newScript(t, journal.Limits{})
	const why = "TLS: EOF: the server may not speak TLS"
	x := newScreen(t, s.tlsFails(1, why), 80, 24, aPing)
	x.send(failedMsg("203.0.113.7:443: " + why))
	x.settle().want("✗ " + why).wantNot("443: TLS")
	x.press("4").want("✗ 203.0.113.7:443: " + why)
	x.press("3").want("✗ " + why).wantNot("443: TLS")
}

// TestRoomBesideFailure: what has failed leaves each pane lines enough, on a screen of any size.
func TestRoomBesideFailure(t *testing.T) {
	s := newScript(t, journal.Limits{})
	s.aRejection()
	for h := leastHeight; h <= 60; h++ {
		x := newScreen(t, s, leastWidth+h, h, aPing)
		x.send(failedMsg(strings.Repeat("it says much ", 200)))
		if x.settle(); x.m.below == 0 {
			t.Errorf("%d lines: nothing is told", h)
		}
		for _, slot := range x.m.slots {
			if slot.h < 3 || slot.y+slot.h > h-1-x.m.below {
				t.Errorf("%d lines, %d of them for the failure: a pane has %+v", h, x.m.below, slot)
			}
		}
	}
}

// TestHostileFailure: what a peer has written into a failure reaches the terminal as text.
func TestHostileFailure(t *testing.T) {
	s := newScript(t, journal.Limits{})
	x := newScreen(t, s.aRejection(), 80, 24, aPing)
	x.send(failedMsg("it says \x1b]0;owned\a\u202eevil " + strings.Repeat("long ", 1000)))
	x.settle().want("it says ", "…")
	if raw := x.styled(); strings.Contains(raw, "\x1b]0;") || strings.Contains(raw, "\a") || strings.Contains(raw, "\u202e") {
		t.Errorf("the screen has control characters: %q", raw)
	}
	if got := strings.Count(x.text(), "\n"); got != 23 {
		t.Errorf("the screen has %d lines", got+1)
	}
}
