package tui

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// states is a run with a session in each state that there is, and the words of which at least
// one must stand in its row, by session.
func states(t *testing.T) (s *script, words map[capture.SessionID][]string) {
	s, words = newScript(t, journal.Limits{}), make(map[capture.SessionID][]string)
	id := capture.SessionID(0)
	begin := func(says ...string) capture.SessionID {
		id++
		words[id] = says
		return id
	}
	open := func(says ...string) capture.SessionID {
		n := begin(says...)
		s.open(n, fmt.Sprintf("192.0.2.%d:51234", n))
		return n
	}
	greet := func(says ...string) capture.SessionID {
		n := open(says...)
		s.greet(n, "sing-box/1.12.8", "www.example.org")
		return n
	}
	ended := func(by session.Closer, reason string, says ...string) {
		n := greet(says...)
		s.close(n, by, reason)
	}
	opened := func(n capture.SessionID) {
		s.j.Record(&capture.Event{Kind: capture.Opened, Session: n, At: s.at, Client: fmt.Sprintf("192.0.2.%d:51234", n), Server: "203.0.113.7:443"})
	}
	opened(begin("◌ opening", "TLS handshake"))
	open("◌ opening", "the client has sent nothing yet|nothing sent")
	n := open("◐ authed")
	s.up(n, s.preamble("correct horse"))
	n = greet("● idle")
	s.up(n, s.frame(protocol.FIN, 1, ""))
	greet("● serving")
	n = open("◔ waiting", "server owes ServerSettings|srv owes Settings|srv Settings")
	s.up(n, s.preamble("correct horse"), s.frame(protocol.Settings, 0, "v=2\nclient=a/1\npadding-md5="+defaultMD5))
	n = greet("◔ waiting", "server owes SYNACK of stream 17|srv owes SYNACK s17|srv SYNACK")
	s.up(n, s.frame(protocol.SYN, 17, ""))
	n = greet("◔ waiting", "server owes 5 × HeartResponse|srv owes 5 ♥|srv 5 ♥")
	for range 5 {
		s.beat(n, protocol.Server, 0)
	}
	n = greet("alert: no such user|alert; i: its text|alert ")
	s.down(n, s.frame(protocol.Alert, 0, "no such user"))
	n = greet("■ blocked", "server reads nothing|by server")
	s.blocked(n, protocol.Server, time.Second, 2_412_345)
	n = greet("◑ gone", "client gone, server keeps the session|client gone, server keeps it|client gone ")
	s.gone(n, protocol.Client)
	n = open("◇ foreign", "not AnyTLS: relayed as it is|not AnyTLS ")
	s.up(n, []byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"))
	n = begin("✗ no TLS", "TLS with the server failed: certificate has expired|with the server; i: why|with the server ")
	opened(n)
	s.j.Record(&capture.Event{Kind: capture.Closed, Session: n, At: s.at, By: session.ClosedByServer, Reason: "TLS with the server failed: certificate has expired", TLSFailed: true})
	ended(session.ClosedByClient, "", "○ ended", "by client ")
	n = open("○ ended", "by server, before any frame|by server ")
	s.up(n, s.preamble("wrong"), s.frame(protocol.Settings, 0, "v=2"))
	s.close(n, session.ClosedByServer, "")
	ended(session.ClosedByServer, capture.ReasonReset(protocol.Server), "○ ended", "the server reset its connection|by server; i: why|by server ")
	ended(session.ClosedByRelay, capture.ReasonPathDead(protocol.Server, 4000, time.Minute), "○ ended", "path dead; i: why|path dead ")
	ended(session.ClosedByCapture, "", "○ ended", "by capture ")
	n = greet("◍ partly", "server not seen|srv unseen")
	s.unseen(n, protocol.ServerToClient, "no key for it").up(n, s.frame(protocol.SYN, 17, ""))
	n = greet("◍ partly", "client not seen|cli unseen")
	s.unseen(n, protocol.ClientToServer, "no key for it")
	n = greet("◍ partly", "not seen to its end|not seen ")
	s.unseen(n, protocol.ClientToServer, "no key for it").unseen(n, protocol.ServerToClient, "no key for it")
	n = greet("● serving", "1 gap ")
	s.gap(n, protocol.ServerToClient, 1414)
	n = greet("● serving", "order unknown|no order ")
	s.order(n, 0, true, "sorted by direction")
	n = greet("● serving", "1,234 gaps, order unknown|1.2k gaps, ?")
	for range 1234 {
		s.gap(n, protocol.ServerToClient, 1)
	}
	s.order(n, 0, true, "sorted by direction")
	n = greet("■ blocked", "1 gap; 4s: server reads nothing|by server")
	s.gap(n, protocol.ServerToClient, 1414).blocked(n, protocol.Server, time.Second, 2_412_345)
	n = greet("○ ended", "server not seen; by capture|server not seen ")
	s.unseen(n, protocol.ServerToClient, "no key for it").close(n, session.ClosedByCapture, "")
	n = open("○ ended", "server not seen; by server|srv unseen; by server|server not seen ")
	s.up(n, s.preamble("wrong"), s.frame(protocol.Settings, 0, "v=2"))
	s.unseen(n, protocol.ServerToClient, "no key for it").close(n, session.ClosedByServer, "")
	return s.wait(4 * time.Second), words
}

// TestStates: the list says of each session what is owed and since when, or how it ended, in
// words that no column cuts.
func TestStates(t *testing.T) {
	for _, size := range sizes() {
		t.Run(size.name, func(t *testing.T) {
			s, words := states(t)
			x := newScreen(t, s, size.w, size.h).press("1", "g")
			var rows strings.Builder
			for id := capture.SessionID(1); int(id) <= len(words); id++ {
				x.press("down")
				row, _, _ := strings.Cut(strings.TrimPrefix(x.lines("▸")[0], "│▸"), "│")
				row = strings.TrimRight(row, " ┃")
				rows.WriteString(row + "\n")
				for _, want := range words[id] {
					if !slices.ContainsFunc(strings.Split(want, "|"), func(one string) bool { return strings.Contains(row+" ", one) }) {
						t.Errorf("the row of session %d says none of %q: %q", id, want, row)
					}
				}
			}
			golden.RequireEqual(t, rows.String())
		})
	}
}

// TestSupposedVersion: a version that the server has not confirmed is told with its doubt.
func TestSupposedVersion(t *testing.T) {
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.1:51234")
	s.up(1, s.preamble("correct horse"), s.frame(protocol.Settings, 0, "v=2\nclient=a/1"))
	if row := newScreen(t, s, 200, 50, noColor).press("1").lines("▸")[0]; !strings.Contains(row, " 1? ") {
		t.Errorf("the row does not say that version 1 is supposed: %q", row)
	}
}
