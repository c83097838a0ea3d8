package session_test

import (
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestOriginNames holds the names of origins that the output has.
func TestOriginNames(t *testing.T) {
	want := map[protocol.Peer][2]string{
		protocol.Client: {session.OriginRelay: "injected", session.OriginPeer: "server"},
		protocol.Server: {session.OriginRelay: "injected", session.OriginPeer: "client"},
	}
	for toward, names := range want {
		for o, name := range names {
			if got := session.Origin(o).Name(toward); got != name {
				t.Errorf("origin %d toward the %v is %q, want %q", o, toward, got, name)
			}
		}
	}
}

// TestNames holds the other names that people's scripts rely on.
func TestNames(t *testing.T) {
	var got []string
	for m := session.PasswordUnknown; m <= session.PasswordDiffers; m++ {
		got = append(got, m.String())
	}
	for c := session.ClosedByClient; c <= session.ClosedByCapture; c++ {
		got = append(got, c.String())
	}
	for s := session.Note; s <= session.Error; s++ {
		got = append(got, s.String())
	}
	for s := session.Opening; s <= session.Closed; s++ {
		got = append(got, s.String())
	}
	for p := session.AwaitingAuth; p <= session.Ended; p++ {
		got = append(got, p.String())
	}
	for _, e := range []session.Notice{
		session.Auth{}, session.StreamOpen{}, session.StreamClose{}, session.HeartbeatResult{}, session.Diagnostic{},
	} {
		got = append(got, e.NoticeName())
	}
	want := []string{
		"unknown", "match", "mismatch",
		"client", "server", "session", "relay", "capture",
		"note", "warning", "error",
		"opening", "open", "half-closed", "closed",
		"awaiting auth", "authenticated", "ready", "not AnyTLS", "ended",
		"auth", "stream-open", "stream-close", "heartbeat", "diagnostic",
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("names (-want +got):\n%s", diff)
	}
}
