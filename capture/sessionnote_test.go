package capture

import (
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestLegNote: the comment on a leg's SYN is read as what it was written of, and nothing else
// is.
func TestLegNote(t *testing.T) {
	for _, l := range []Leg{ClientLeg, ServerLeg} {
		if id, got, ok := ParseLegNote(LegNote(7, l)); !ok || id != 7 || got != l {
			t.Errorf("%q: session %d, leg %v, %v", LegNote(7, l), id, got, ok)
		}
	}
	for _, comment := range []string{
		"", "session 1", "session 1, leg", "session -1, client leg", "session 4294967296, client leg", "session 01, client leg", "session 1, client leg ", "1, client leg",
	} {
		if id, l, ok := ParseLegNote(comment); ok {
			t.Errorf("%q is session %d, %v leg", comment, id, l)
		}
	}
}

// TestSessionNote: what a recording tells of a session is read as it was written, and nothing
// else is.
func TestSessionNote(t *testing.T) {
	both, client, server := protocol.ByPeer[bool]{true, true}, protocol.ByPeer[bool]{true, false}, protocol.ByPeer[bool]{false, true}
	for _, tt := range []struct {
		n    SessionNote
		text string
	}{
		{SessionNote{Server: "a.example:1"}, "toward a.example:1"},
		{SessionNote{Server: "[::1]:1", Route: "heartbeats, route 2"}, "toward [::1]:1, route heartbeats, route 2"},
		{SessionNote{Server: "a:1", Periodic: Periodic{300 * time.Millisecond, both}}, "toward a:1, heartbeats every 300ms toward client and server"},
		{SessionNote{Server: "a:1", Periodic: Periodic{time.Minute, client}}, "toward a:1, heartbeats every 1m0s toward client"},
		{SessionNote{Server: "a:1", Route: "x", Periodic: Periodic{time.Second, server}}, "toward a:1, heartbeats every 1s toward server, route x"},
		{SessionNote{Server: "a:1", Rules: true}, "toward a:1, under rules"},
		{
			SessionNote{Server: "a:1", Route: "x", Periodic: Periodic{time.Second, server}, Rules: true},
			"toward a:1, heartbeats every 1s toward server, under rules, route x",
		},
	} {
		if got := tt.n.String(); got != tt.text {
			t.Errorf("the note is %q, want %q", got, tt.text)
		}
		if got, ok := ParseSessionNote(tt.text); !ok || got != tt.n {
			t.Errorf("%q is %+v, %v", tt.text, got, ok)
		}
	}
	for _, comment := range []string{
		"", "toward ", "to a:1", "toward a:1, ", "toward a:1, route ", "toward a:1, heartbeats every 0s toward client",
		"toward a:1, heartbeats every 1s toward nobody", "toward a:1, heartbeats every x toward client", "toward a:1, heartbeats every 1s", "toward a:1, more", "toward a:1, under rules, ", "toward a:1, under rules, under rules",
		"toward " + strings.Repeat("x", 2000),
	} {
		if n, ok := ParseSessionNote(comment); ok {
			t.Errorf("%q is %+v", comment, n)
		}
	}
	if n, _ := ParseSessionNote("toward \x1b[31m, route \a"); n.Server != `\x1b[31m` || n.Route != `\a` {
		t.Errorf("unprintable: %+q", n)
	}
}

// TestEndNote: how a session ended is read as it was written, and nothing else is.
func TestEndNote(t *testing.T) {
	for _, tt := range []struct {
		e    Event
		text string
	}{
		{Event{By: session.ClosedByClient}, "ended by client"},
		{Event{By: session.ClosedByRelay, Reason: "a: b"}, "ended by relay: a: b"},
		{Event{By: session.ClosedByServer, TLSFailed: true, Reason: "why"}, "ended by server, TLS failed: why"},
	} {
		if got := EndNote(&tt.e); got != tt.text {
			t.Errorf("the note is %q, want %q", got, tt.text)
		}
		got, ok := ParseEndNote(tt.text)
		if !ok || got.Kind != Closed || got.By != tt.e.By || got.TLSFailed != tt.e.TLSFailed || got.Reason != tt.e.Reason {
			t.Errorf("%q is %+v, %v", tt.text, got, ok)
		}
	}
	for _, comment := range []string{"", "ended by ", "ended by nobody", "ended by client: ", "ended by capture", "client"} {
		if e, ok := ParseEndNote(comment); ok {
			t.Errorf("%q is %+v", comment, e)
		}
	}
	long := EndNote(&Event{Reason: strings.Repeat("\x00", 1<<20)})
	if e, ok := ParseEndNote(long); len(long) > 5000 || !ok || strings.Contains(e.Reason, "\x00") {
		t.Errorf("%d bytes, %v", len(long), ok)
	}
}
