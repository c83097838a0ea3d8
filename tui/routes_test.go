package tui

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
)

// TestRoutes: where there are several routes, the list of sessions has a column for
// them, and a session's detail names its own.
func TestRoutes(t *testing.T) {
	s := newScript(t, journal.Limits{})
	routes := []struct{ name, listen string }{{"europe", "127.0.0.1:9443"}, {"127.0.0.1:9444", "127.0.0.1:9444"}}
	for _, r := range routes {
		s.j.Record(&capture.Event{Kind: capture.Listening, At: s.at, Route: r.name, Client: r.listen})
	}
	title := func(o *Options) {
		o.Title = "relay 2 routes: europe 127.0.0.1:9443 → eu.example:443, 127.0.0.1:9444 → us.example:443"
	}
	waiting := newScreen(t, s, 120, 24, title).text()
	if want := "waiting for a client on 127.0.0.1:9443, 127.0.0.1:9444"; !strings.Contains(waiting, want) {
		t.Errorf("before the first session the screen does not say %q:\n%s", want, waiting)
	}
	for i, r := range routes {
		s.j.Record(&capture.Event{
			Kind: capture.Opened, Session: capture.SessionID(i + 1), At: s.at, Route: r.name, Client: "192.0.2.10:51234", Server: "203.0.113.7:443",
		})
		s.wait(time.Second)
	}
	x := newScreen(t, s, 120, 24, title)
	golden.RequireEqual(t, trimmed(x.text()))
	x.press("i")
	if lines := x.lines("route "); len(lines) == 0 || !strings.Contains(strings.Join(lines, "\n"), "127.0.0.1:9444") {
		t.Errorf("the detail does not name the route:\n%s", x.text())
	}
}
