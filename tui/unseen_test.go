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

// gap records that bytes are missing, unseen that a direction is, and order how far times can
// be relied on.
func (s *script) gap(id capture.SessionID, dir protocol.Direction, missing int64) *script {
	s.j.Record(&capture.Event{Kind: capture.Gap, Session: id, At: s.at, Dir: dir, Missing: missing})
	return s
}

func (s *script) unseen(id capture.SessionID, dir protocol.Direction, why string) *script {
	s.j.Record(&capture.Event{Kind: capture.Unseen, Session: id, At: s.at, Dir: dir, Why: why})
	return s
}

func (s *script) order(id capture.SessionID, within time.Duration, uncertain bool, why string) *script {
	s.j.Record(&capture.Event{Kind: capture.Order, Session: id, At: s.at, Within: within, Uncertain: uncertain, Why: why})
	return s
}

// replayed makes a screen that of a capture, which was played to its end.
func replayed(o *Options) {
	o.Control, o.Title = nil, "replay x.pcap"
	o.Playback = &fakePlayback{state: capture.PlaybackState{Began: began(), At: began().Add(time.Second), Size: -1, Done: true}}
}

// lacking is a capture of which not all was seen.
func lacking(t *testing.T) *script {
	s := newScript(t, journal.Limits{})
	s.open(1, "192.0.2.10:51234").order(1, 3*time.Millisecond, false, "the clocks of the two directions differ by 50.2 ms")
	s.greet(1, "sing-box/1.12.8", "www.example.org").talk(1, 1, 700, 16_000)
	s.gap(1, protocol.ServerToClient, 1414).up(1, s.frame(protocol.FIN, 1, ""))
	s.gap(1, protocol.ServerToClient, -1).up(1, s.frame(protocol.HeartRequest, 0, ""))
	s.wait(10*time.Millisecond).close(1, session.ClosedByCapture, "the capture ends")
	s.open(2, "192.0.2.11:38820").unseen(2, protocol.ServerToClient, "the capture has no packets of it")
	s.up(2, s.preamble("correct horse"), s.frame(protocol.Settings, 0, "v=2\nclient=a/1"))
	s.up(2, s.frame(protocol.SYN, 1, ""), s.frame(protocol.PSH, 1, s.target("www.example.org", 443)))
	return s.wait(2 * time.Minute)
}

// TestUnseen: what was not seen stands in the list, among the frames and in the details, and
// no more is said of a peer than was seen.
func TestUnseen(t *testing.T) {
	for _, size := range sizes() {
		t.Run(size.name, func(t *testing.T) {
			x := newScreen(t, lacking(t), size.w, size.h, noColor, replayed).press("1", "g", "down", "3", "g")
			x.want("┄ order ┄", "times ")
			x.press("end", "up")
			golden.RequireEqual(t, x.text())
			x.press("enter").want("an unknown number of bytes of", "no diagnostic")
			x.press("esc", "1", "i")
			x.want("2 gaps, at least 1,414 bytes of", "times between the directions may be off")
			x.press("1", "down", "3", "g").want("◍ partly", "unseen", "┄ unseen ┄", "the capture has no ").wantNot("silent", "waiting", "owes")
			x.press("4").want("the server's direction was not seen: the")
		})
	}
}

// TestAtLeast: counts of a direction of which not all was seen are marked as the least that
// they are.
func TestAtLeast(t *testing.T) {
	x := newScreen(t, lacking(t), 200, 50, noColor, replayed).press("1", "g", "down")
	if row := strings.Join(strings.Fields(x.lines("▸")[0]), " "); !strings.Contains(row, " 2 0/1 1.0k ≥16k ") {
		t.Errorf("the session's row is %q", row)
	}
	x.want("1.0k   ≥16k 8.00ms") // the stream
	x.want("at least 3 frames").press("down")
	if row := strings.Join(strings.Fields(x.lines("▸")[0]), " "); !strings.Contains(row, " ? 1/1 0 ≥0 ") {
		t.Errorf("the row of a session whose server is not seen is %q", row)
	}
	x.want("not known (client 2, the server's word was not seen)").wantNot("desynchronised")
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234")
	s.greet(1, "sing-box/1.12.8", "www.example.org").talk(1, 1, 700, 16_000).up(1, s.frame(protocol.SYN, 2, ""))
	newScreen(t, s, 200, 50, noColor, replayed).press("2").want("(target not sen")
	s.gap(1, protocol.ClientToServer, 9)
	x = newScreen(t, s, 200, 50, noColor, replayed)
	if row := strings.Join(strings.Fields(x.lines("▸")[0]), " "); !strings.Contains(row, " 2 2/≥2 ≥1.0k 16k ") {
		t.Errorf("the row of a session whose client is not wholly seen is %q", row)
	}
	x.press("2").want("(target not see").wantNot("(target not sen")
}

// TestWholeCaptureSaysNothing: where all was seen, the screen says nothing of it.
func TestWholeCaptureSaysNothing(t *testing.T) {
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").greet(1, "sing-box/1.12.8", "www.example.org")
	x := newScreen(t, s, 200, 50, noColor, replayed)
	x.wantNot("seen", "≥", "at least", "gap", "partly").want("nothing odd so far")
}

// TestNothingOddInWhatWasSeen: that nothing is odd is said of what was seen alone.
func TestNothingOddInWhatWasSeen(t *testing.T) {
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").greet(1, "sing-box/1.12.8", "www.example.org")
	s.gap(1, protocol.ServerToClient, 9)
	newScreen(t, s, 80, 24, noColor, replayed).press("5").want("nothing odd in what was seen", "not all was seen of 1 session").wantNot("so far")
}

// TestBarrenReplay: where no session of a capture has a frame, the empty panes say why.
func TestBarrenReplay(t *testing.T) {
	const noKey = "no key for it: give --keylog FILE"
	ended := func(s *script, id capture.SessionID, reason string) {
		s.open(id, fmt.Sprintf("192.0.2.1:%d", id)).close(id, session.ClosedByCapture, reason)
	}
	for _, test := range []struct {
		name   string
		happen func(s *script)
		all    []string // what the panes say of all sessions
		one    string   // what that of the frames says of the first one
	}{
		{"no key", func(s *script) {
			for id := capture.SessionID(1); id <= 3; id++ {
				ended(s, id, noKey+"; the capture ends")
			}
		}, []string{"3 sessions: no key for it"}, "none of the 3 sessions has a frame"},
		{"several reasons", func(s *script) {
			ended(s, 1, "no TLS; the capture ends")
			ended(s, 2, noKey+"; the capture ends")
			ended(s, 3, noKey+"; the client reset its connection")
		}, []string{"2 sessions: no key for it", "1 session: no TLS"}, "it ended without a frame"},
		{"one direction", func(s *script) {
			s.open(1, "192.0.2.1:1").unseen(1, protocol.ServerToClient, "the capture has no packets of it").close(1, session.ClosedByCapture, "")
		}, []string{"1 session: the server's direction was"}, "┄ unseen ┄ ┄ ┄ the capture has n"},
	} {
		for _, size := range sizes() {
			t.Run(test.name+"/"+size.name, func(t *testing.T) {
				s := newScript(t, journal.Limits{})
				test.happen(s)
				x := newScreen(t, s, size.w, size.h, noColor, replayed).press("1", "g", "5")
				x.want(append(test.all, "nothing is known: no session has a frame")...).wantNot("nothing odd")
				if !strings.Contains(test.name, "direction") { // else it stands among the frames
					x.press("3").want(test.all...)
				}
				x.press("1", "down", "3")
				if flat := strings.Join(strings.Fields(x.text()), " "); !strings.Contains(flat, test.one) && size.w >= 120 {
					t.Errorf("the frames of a session don't say %q:\n%s", test.one, x.text())
				}
				x.press("5").want(test.all...)
				blank(x)
			})
		}
	}
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.1:1").up(1, []byte("GET / HTTP/1.1\r\nHost: example.com\r\nUser-Agent: curl/8.5.0\r\n\r\n"))
	s.close(1, session.ClosedByCapture, "")
	newScreen(t, s, 80, 24, noColor, replayed).press("3").want("no frames:", "the session is not AnyTLS").press("5").want("not AnyTLS")
	newScreen(t, newScript(t, journal.Limits{}), 80, 24, noColor, replayed).want("nothing of the capture is AnyTLS")
}

// TestNothingInTheCapture: where a capture has no session, the screen says what was found wrong
// with it, with what to do, and not only when the screen is gone.
func TestNothingInTheCapture(t *testing.T) {
	const wrong = "107 packets were left out: link type 258 (PKTAP) is not read; capture on one interface: tcpdump -i en0 -w FILE"
	for _, size := range sizes() {
		told := []string{}
		x := newScreen(t, newScript(t, journal.Limits{}), size.w, size.h, noColor, replayed, func(o *Options) {
			o.Warnings = func() []string { return told }
		})
		x.want("it has no session of TLS", "from their TLS handshakes on").wantNot("▲")
		told = append(told, wrong)
		x.press("?", "esc").want("it has no session of TLS", "▲ 107 packets were left out", "en0 -w FILE")
	}
}

// TestReasonHasRoom: why nothing is known of heartbeats stands whole in the pane where it has
// the room.
func TestReasonHasRoom(t *testing.T) {
	const why = "the capture has no data of the client's direction; capture where both directions pass"
	s := newScript(t, journal.Limits{}).open(1, "192.0.2.10:51234").unseen(1, protocol.ClientToServer, why) // no answers of the client
	x := newScreen(t, s, 120, 40, noColor, replayed)
	var pane []string
	for _, line := range x.lines("││") {
		if _, right, ok := strings.Cut(line, "││"); ok {
			pane = append(pane, strings.Trim(right, "│ "))
		}
	}
	if all := strings.Join(strings.Fields(strings.Join(pane, " ")), " "); !strings.Contains(all, "the client's direction was not seen: "+why) {
		t.Errorf("the pane says no more than %q", all)
	}
}
