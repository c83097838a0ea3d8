package tui

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
)

// TestTroubleWhileWaiting: while there is no session, and so no pane, the screen says what
// is wrong already: that the first try of the server failed.
func TestTroubleWhileWaiting(t *testing.T) {
	s := newScript(t, journal.Limits{})
	s.j.Record(&capture.Event{Kind: capture.Listening, At: s.at, Client: "127.0.0.1:9443"})
	x := newScreen(t, s, 80, 24)
	if text := x.text(); strings.Contains(text, "first try") {
		t.Errorf("nothing is wrong yet:\n%s", text)
	}
	s.j.Diagnose(s.at, journal.CodePreflight, "a first try of the server 192.0.2.1:443 failed: connection refused: is the server running there? check its address")
	s.wait(time.Second)
	text := strings.Join(strings.Fields(x.settle().text()), " ")
	if want := "connection refused: is the server running there? check its address"; !strings.Contains(text, want) {
		t.Errorf("the screen does not say %q:\n%s", want, x.text())
	}
}

// TestTroubleOfAPing: where the trouble is known, nothing is said of captures, which a ping
// has none of.
func TestTroubleOfAPing(t *testing.T) {
	s := newScript(t, journal.Limits{})
	x := newScreen(t, s, 80, 24, func(o *Options) { o.Control = nil })
	s.j.Diagnose(s.at, journal.CodePingFailed, "192.0.2.1:443: TCP: connection refused: is the server running there? check its address")
	s.wait(time.Second)
	text := strings.Join(strings.Fields(x.settle().text()), " ")
	if !strings.Contains(text, "is the server running there? check its address") || strings.Contains(text, "capture") {
		t.Errorf("the screen is\n%s", x.text())
	}
}
