package main

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

// TestUndecoded: that nothing was decoded is told with the reason that most sessions have. Who
// had nothing to decode does not count, and one session that was decoded is enough.
func TestUndecoded(t *testing.T) {
	const noKey, notTLS = "no key for it: give --keylog FILE", "this is not TLS"
	type ended struct {
		says   string // what the client says in TLS
		closed capture.Event
	}
	hash := protocol.HashPassword("secret")
	preamble := string(hash[:]) + "\x00\x00"
	settings := preamble + "\x04\x00\x00\x00\x00\x00\x03v=2"
	for _, tc := range []struct {
		name     string
		sessions []ended
		probes   int
		warned   bool
		want     string // of the error; empty: there is none
	}{
		{"no key", []ended{{closed: capture.Event{Why: noKey}}}, 0, false, "nothing was decoded: " + noKey},
		{"no keys", []ended{{closed: capture.Event{Why: noKey}}, {closed: capture.Event{Why: noKey}}}, 0, true, "nothing was decoded in any of 2 sessions: " + noKey},
		{"most of them", []ended{{closed: capture.Event{Why: notTLS}}, {closed: capture.Event{Why: noKey}}, {closed: capture.Event{Why: noKey}}}, 0, false, "nothing was decoded in any of 3 sessions; in 2 of them: " + noKey},
		{"not AnyTLS", []ended{{says: "GET / HTTP/1.1\r\nHost: example.com\r\nAccept: */*\r\n\r\n"}}, 0, false, "nothing was decoded: " + journal.NotAnyTLS},
		{"one of several", []ended{{closed: capture.Event{Why: noKey}}, {says: settings}}, 0, false, ""},
		{"refused with its preamble", []ended{{closed: capture.Event{Why: noKey}}, {says: preamble}}, 0, false, ""},
		{"TLS failed", []ended{{closed: capture.Event{TLSFailed: true, Reason: "the client sent the TLS alert unknown ca"}}}, 0, false, ""},
		{"refused", []ended{{closed: capture.Event{Reason: "the server refused the connection"}}}, 0, false, ""},
		{"probed", nil, 3, false, ""},
		{"no TCP", nil, 0, true, "nothing was decoded: what is told above says why"},
		{"the ends of connections", nil, 0, false, "nothing was decoded: the capture has no TCP connection"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			j := journal.New(journal.Limits{}, session.Config{})
			u := newUndecoded(j)
			at := time.Unix(1e9, 0).UTC()
			if tc.warned {
				u.warn()
			}
			for range tc.probes {
				u.Record(&capture.Event{Kind: capture.Probed, At: at, Client: "127.0.0.1:1"})
			}
			for i, s := range tc.sessions {
				id := capture.SessionID(i + 1)
				u.Record(&capture.Event{Kind: capture.Opened, Session: id, At: at, Client: fmt.Sprintf("127.0.0.1:%d", i), Server: "127.0.0.1:443"})
				u.Record(&capture.Event{Kind: capture.Established, Session: id, At: at, TLS: &capture.TLS{}})
				if s.says != "" {
					u.Record(&capture.Event{Kind: capture.Data, Session: id, At: at, Data: []byte(s.says)})
				}
				s.closed.Kind, s.closed.Session, s.closed.At = capture.Closed, id, at
				u.Record(&s.closed)
			}
			got := ""
			if err := u.err(j); err != nil {
				got = err.Error()
			}
			if got != tc.want {
				t.Errorf("it says %q, want %q", got, tc.want)
			}
		})
	}
}

// TestUndecodedIsBounded: reasons without number take no memory without bound.
func TestUndecodedIsBounded(t *testing.T) {
	j := journal.New(journal.Limits{}, session.Config{})
	u := newUndecoded(j)
	for i := range 10 * maxReasons {
		u.Record(&capture.Event{Kind: capture.Opened, Session: capture.SessionID(i + 1)})
		u.Record(&capture.Event{Kind: capture.Closed, Session: capture.SessionID(i + 1), Why: fmt.Sprintf("reason %d", i)})
	}
	if len(u.reasons) != maxReasons {
		t.Errorf("%d reasons are told apart", len(u.reasons))
	}
	if err := u.err(j); err == nil || !strings.Contains(err.Error(), "in 1 of them: reason ") {
		t.Errorf("it says %v", err)
	}
}
