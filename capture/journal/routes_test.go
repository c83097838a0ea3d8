package journal_test

import (
	"slices"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// by begins a session that comes by a route, up to its preamble with a password.
func (s *source) by(id capture.SessionID, route, password string) {
	s.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.now, Route: route, Client: "client:1", Server: "server:1"})
	s.data(id, c2s, protocol.Preamble{Hash: protocol.HashPassword(password)}.Append(nil), session.Fate{})
}

// TestRoutes: where there are several, each entry of a session names the route that it
// came by, and so does its row; the journal knows what the routes are.
func TestRoutes(t *testing.T) {
	s := newSource(journal.Limits{})
	for _, r := range []struct{ name, listen, server string }{{"eu", "127.0.0.1:1", "eu.example:443"}, {"us", "127.0.0.1:2", "us.example:443"}} {
		s.Record(&capture.Event{Kind: capture.Listening, At: s.now, Route: r.name, Client: r.listen, Server: r.server})
	}
	s.by(1, "us", "password")
	s.by(2, "eu", "password")
	s.by(3, "us", "password")
	s.Record(&capture.Event{Kind: capture.Gap, Session: 2, At: s.now, Dir: s2c, Missing: 7})
	s.close(1)
	s.Diagnose(s.now, journal.CodeRecordingFailed, "the disk is full")

	want := []journal.Route{
		{Name: "eu", Listen: "127.0.0.1:1", Server: "eu.example:443", Sessions: 1},
		{Name: "us", Listen: "127.0.0.1:2", Server: "us.example:443", Sessions: 2},
	}
	if got := journal.Look(s.Journal, journal.AskRoutes{}); !slices.Equal(got, want) {
		t.Errorf("the routes are %+v, want %+v", got, want)
	}
	entries, _ := read(t, s.Journal)
	byRoute := make(map[string]int)
	for _, e := range entries {
		byRoute[e.Route]++
		if e.Session > 0 && e.Route != []string{"us", "eu", "us"}[e.Session-1] {
			t.Errorf("%s of session %d came by %q", names([]journal.Entry{e}), e.Session, e.Route)
		}
	}
	// A listen each; session-open, preamble and auth of three; a close, a gap. The
	// diagnostic is about none, and so is its incident.
	if byRoute[""] != 2 || byRoute["eu"] != 1+3+1 || byRoute["us"] != 1+6+1 {
		t.Errorf("entries by route: %v of %q", byRoute, names(entries))
	}
	v := look(s.Journal, query{Session: 2, Sessions: journal.Window{Limit: 10}})
	if v.Totals.Listen != "127.0.0.1:1, 127.0.0.1:2" || v.Session.Route != "eu" || v.Sessions[2].Route != "us" {
		t.Errorf("the view: listens on %q, session 2 by %q, session 3 by %q", v.Totals.Listen, v.Session.Route, v.Sessions[2].Route)
	}
}

// TestRoutesOfRecording: where nothing was told to listen, a route has the server of its first
// session.
func TestRoutesOfRecording(t *testing.T) {
	s := newSource(journal.Limits{})
	s.by(1, "us", "password")
	s.by(2, "us", "password")
	want := []journal.Route{{Name: "us", Server: "server:1", Sessions: 2}}
	if got := journal.Look(s.Journal, journal.AskRoutes{}); !slices.Equal(got, want) {
		t.Errorf("the routes are %+v, want %+v", got, want)
	}
}

// TestOneRoute: a route without a name is nowhere.
func TestOneRoute(t *testing.T) {
	s := newSource(journal.Limits{})
	s.Record(&capture.Event{Kind: capture.Listening, At: s.now, Client: "127.0.0.1:1", Server: "server:1"})
	s.open(1)
	if got := journal.Look(s.Journal, journal.AskRoutes{}); len(got) != 0 {
		t.Errorf("routes: %+v", got)
	}
	if v := look(s.Journal, query{}); v.Totals.Listen != "127.0.0.1:1" {
		t.Errorf("listens on %q", v.Totals.Listen)
	}
}

// TestRoutesAreBounded: a source that names ever new routes does not fill the memory.
func TestRoutesAreBounded(t *testing.T) {
	s := newSource(journal.Limits{})
	const many = 3000
	for i := range many {
		id := capture.SessionID(i + 1)
		s.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.now, Route: string(rune('一' + i))})
		s.close(id)
	}
	if n := len(journal.Look(s.Journal, journal.AskRoutes{})); n >= many || n == 0 {
		t.Errorf("%d routes are remembered", n)
	}
}

// TestRouteCredentials: a session is judged by its own route's password, and by none
// where that is not known.
func TestRouteCredentials(t *testing.T) {
	credentials := func(password string) []session.Credential {
		return []session.Credential{{Hash: protocol.HashPassword(password)}}
	}
	s := &source{Journal: journal.New(journal.Limits{}, session.Config{Credentials: credentials("general")}), now: start}
	s.ExpectCredentials("eu", credentials("eu"))
	s.ExpectCredentials("us", nil)
	for i, tc := range []struct {
		route, password string
		want            session.PasswordMatch
	}{
		{"eu", "eu", session.PasswordMatches},
		{"eu", "general", session.PasswordDiffers},
		{"us", "general", session.PasswordUnknown},
		{"us", "eu", session.PasswordUnknown},
		{"elsewhere", "general", session.PasswordMatches},
		{"", "general", session.PasswordMatches},
		{"", "eu", session.PasswordDiffers},
	} {
		id := capture.SessionID(i + 1)
		s.by(id, tc.route, tc.password)
		if got := look(s.Journal, query{Session: id}).Session.State.Auth.Password; got != tc.want {
			t.Errorf("route %q, password %q: %v, want %v", tc.route, tc.password, got, tc.want)
		}
	}
}
