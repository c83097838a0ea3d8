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
	"anytls-inspect/tui/pane"
)

// blocked records that bytes toward a peer have not moved for a time.
func (s *script) blocked(id capture.SessionID, toward protocol.Peer, d time.Duration, n uint64) *script {
	s.j.Record(&capture.Event{Kind: capture.Blocked, Session: id, At: s.at, Dir: toward.Toward(), Since: s.at.Add(-d), Bytes: n})
	return s
}

// waits records that heartbeats toward a peer have waited for a time.
func (s *script) waits(id capture.SessionID, toward protocol.Peer, d time.Duration, why string) *script {
	s.j.Record(&capture.Event{Kind: capture.HeartbeatsWait, Session: id, At: s.at, Dir: toward.Toward(), Since: s.at.Add(-d), Why: why})
	return s
}

const unwritable = "the client takes no byte, so that the server could not write its answer"

// upload is a run in which one session is well, and the server of the other stops reading.
func upload(t *testing.T) *script {
	s := newScript(t, journal.Limits{})
	s.j.Record(&capture.Event{Kind: capture.Probed, At: s.at, Client: "192.0.2.99:1"})
	s.open(1, "192.0.2.10:51234").greet(1, "well/1", "www.example.org")
	s.open(2, "192.0.2.11:51234").greet(2, "sing-box/1.12.8", "up.example.net")
	s.beat(2, protocol.Server, 12*time.Millisecond)
	s.wait(2*time.Second).blocked(2, protocol.Server, 2*time.Second, 2_412_345)
	s.waits(2, protocol.Server, time.Second, "the server takes no byte").waits(2, protocol.Client, time.Second, unwritable)
	return s.wait(7 * time.Second)
}

// TestStandstillFits: which session is blocked, who does not read and why heartbeats wait
// can be read at each size of screen that people have.
func TestStandstillFits(t *testing.T) {
	for _, size := range [...]struct {
		name string
		w, h int
	}{{"80x24", 80, 24}, {"120x40", 120, 40}, {"200x50", 200, 50}} {
		t.Run(size.name, func(t *testing.T) {
			x := newScreen(t, upload(t), size.w, size.h).press("4")
			x.want("■ blocked", "requests wait for 8s, since 15:04:06: the server takes no", "● serving")
			// A reason that is longer than a line goes on in the next one.
			for _, word := range strings.Fields(unwritable) {
				x.want(word)
			}
			golden.RequireEqual(t, trimmed(x.text()))
		})
	}
}

// TestStandstillDetail: the detail says what does not move since when, why heartbeats wait,
// and how both legs are encrypted; when all goes on again, it says so no more.
func TestStandstillDetail(t *testing.T) {
	s := upload(t)
	x := newScreen(t, s, 200, 50).press("i")
	x.want("1 probe", "blocked since 15:04:05",
		"toward server since 15:04:05, 9s: 2,412,345 bytes wait",
		"toward server wait since 15:04:06, 8s: the server takes")
	s.j.Record(&capture.Event{Kind: capture.Unblocked, Session: 2, At: s.at, Dir: protocol.ClientToServer})
	for _, dir := range []protocol.Direction{protocol.ClientToServer, protocol.ServerToClient} {
		s.j.Record(&capture.Event{Kind: capture.HeartbeatsGo, Session: 2, At: s.at, Dir: dir})
	}
	x.settle().want("● serving", "serving since").wantNot("blocked", "wait since", "requests wait")
}

// TestQueuedWait: requests that a key made are counted where they wait with the others.
func TestQueuedWait(t *testing.T) {
	x := newScreen(t, upload(t), 200, 50)
	for n, want := range map[int]string{1: " 1 request waits for 8s, since", 3: " 3 requests wait for 8s, since"} {
		x.in.waiting[2] = pane.Queues{{N: n, Why: capture.WaitsWriting}, {}}
		x.m.refreshQueues()
		x.want(want)
	}
}

// TestLegsAndUser: the detail shows the TLS of both legs, and whose password it is.
func TestLegsAndUser(t *testing.T) {
	s := newScript(t, journal.Limits{})
	s.j = journal.New(journal.Limits{Entries: 100, Bytes: 1 << 16}, session.Config{
		Credentials: []session.Credential{{User: "alice", Hash: protocol.HashPassword("correct horse")}},
	})
	s.j.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: s.at, Client: "192.0.2.10:51234", Server: "203.0.113.7:443"})
	s.j.Record(&capture.Event{
		Kind: capture.Established, Session: 1, At: s.at,
		TLS:       &capture.TLS{Version: "TLS 1.3", Cipher: "TLS_AES_128_GCM_SHA256", SNI: "example.com"},
		ServerTLS: &capture.TLS{Version: "TLS 1.2", Cipher: "TLS_RSA_WITH_AES", ALPN: "h2"},
	})
	s.greet(1, "sing-box/1.12.8", "www.example.org")
	x := newScreen(t, s, 200, 50).press("i")
	x.want("TLS 1.3 TLS_AES_128_GCM_SHA256", "server's leg", "TLS 1.2 TLS_RSA_WITH_AES, sni none, alpn h2", "user", "alice")
	x.press("3", "home", "enter").want("user", "alice")
}

// TestAllStandstills: the row of all sessions says how many are blocked, and the heartbeats
// of all in how many they wait.
func TestAllStandstills(t *testing.T) {
	s := upload(t)
	x := newScreen(t, s, 120, 40).press("home")
	row := func() string { return strings.Join(x.lines("sessions together"), "") }
	if !strings.Contains(row(), "1 blocked") {
		t.Errorf("the row of all: %q", row())
	}
	if n := len(x.lines("requests wait in 1 session ")); n != 2 {
		t.Errorf("heartbeats wait toward both peers; %d lines say so:\n%s", n, x.text())
	}
	s.close(2, session.ClosedByServer, "")
	x.settle().wantNot("1 blocked", "requests wait")
}
