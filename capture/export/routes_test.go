package export_test

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// newRoutes returns the journal of a session that came by one of two routes.
func newRoutes() *journal.Journal {
	at := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	j := journal.New(journal.Limits{}, session.Config{})
	j.Record(&capture.Event{Kind: capture.Listening, At: at, Route: "eu", Client: "127.0.0.1:1", Server: "eu.example:443"})
	j.Record(&capture.Event{Kind: capture.Listening, At: at, Route: "us", Client: "127.0.0.1:2", Server: "us.example:443"})
	j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: at, Route: "us", Client: "127.0.0.1:50000", Server: "us.example:443"})
	j.Record(&capture.Event{Kind: capture.Established, Session: 1, At: at, TLS: &capture.TLS{Version: "TLS 1.3"}})
	j.Record(&capture.Event{
		Kind: capture.Data, Session: 1, At: at, Data: protocol.Preamble{Hash: protocol.HashPassword("secret")}.Append(nil),
	})
	j.Record(&capture.Event{Kind: capture.Closed, Session: 1, At: at, By: session.ClosedByClient})
	return j
}

// TestRouteInJSON: each line of a session names the route, right behind the session.
func TestRouteInJSON(t *testing.T) {
	var out bytes.Buffer
	write(t, newRoutes(), export.NewJSON(&out, export.Options{}), false)
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if want := `{"event":"listen","time":"2026-01-02T03:04:05Z","route":"eu","address":"127.0.0.1:1","server":"eu.example:443"}`; lines[0] != want {
		t.Errorf("the first line is\n%s\nwant\n%s", lines[0], want)
	}
	events := 0
	for _, line := range lines[2 : len(lines)-1] {
		var l struct{ Event, Route string }
		if err := json.Unmarshal([]byte(line), &l); err != nil || l.Route != "us" || !strings.Contains(line, `"session":1,"route":"us"`) {
			t.Errorf("%v: %s", err, line)
		}
		events++
	}
	if events < 3 || strings.Contains(lines[len(lines)-1], "route") {
		t.Errorf("%d lines of the session; the summary is %s", events, lines[len(lines)-1])
	}
}

// TestRouteInText: what listens and what opens say which route that is.
func TestRouteInText(t *testing.T) {
	var out bytes.Buffer
	write(t, newRoutes(), export.NewText(&out, export.Options{}), false)
	lines := strings.Split(out.String(), "\n")[1:] // behind the date
	for i, want := range []string{
		"listen              127.0.0.1:1 → eu.example:443  route eu",
		"listen              127.0.0.1:2 → us.example:443  route us",
		`session-open        127.0.0.1:50000 → us.example:443  TLS 1.3  sni="" alpn=""  route us`,
	} {
		if !strings.HasSuffix(lines[i], want) {
			t.Errorf("line %d is %q, want one that ends with %q", i, lines[i], want)
		}
	}
	if n := strings.Count(out.String(), "route"); n != 3 {
		t.Errorf("%d lines name a route:\n%s", n, out.String())
	}
}

// TestToolDiagnostic: what the tool says of a session names the session, and no direction.
func TestToolDiagnostic(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	j.DiagnoseSession(time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC), 12, journal.CodeRecordingCut, "recorded no further")
	var json, text bytes.Buffer
	write(t, j, export.NewJSON(&json, export.Options{}), false)
	write(t, j, export.NewText(&text, export.Options{All: true}), false)
	if want := `{"event":"diagnostic","time":"2026-01-02T03:04:05Z","session":12,"code":"recording-cut","stream":0,"severity":"note","text":"recorded no further","incident":1}`; !strings.Contains(json.String(), "\n"+want+"\n") {
		t.Errorf("the line is\n%s\nwant\n%s", json.String(), want)
	}
	if want := "03:04:05.000000   12 ! note                recording-cut: recorded no further [incident 1]\n"; !strings.Contains(text.String(), "\n"+want) {
		t.Errorf("the line is\n%s\nwant\n%s", text.String(), want)
	}
}
