package replay_test

import (
	"bytes"
	"maps"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
)

var heartRequest = []byte{byte(protocol.HeartRequest), 0, 0, 0, 0, 0, 0}

// heartbeats is a session with a HeartRequest that the relay injected, one of the
// client's own, and the answers to both in one record with other frames.
func heartbeats(t testing.TB) talk {
	heartResponse := frame(t, protocol.HeartResponse, 0, nil)
	return func(say func(protocol.Direction, []byte)) {
		say(up, hello(t))
		say(down, answer(t))
		say(up, heartRequest)
		say(up, append(frame(t, protocol.PSH, 1, payload(1, 10)), heartRequest...))
		both := append(frame(t, protocol.PSH, 1, payload(2, 20)), heartResponse...)
		both = append(append(both, heartResponse...), frame(t, protocol.PSH, 1, payload(3, 5))...)
		say(down, both)
	}
}

// recorded returns a recording as the relay's recorder writes it: both legs on
// interfaces of their own, with comments.
func recorded(t testing.TB, tp *tape) []byte {
	t.Helper()
	var packets []packet
	for leg := range 2 {
		segments := segmentsOf(tp, 1460, uint32(leg))
		// Two segments of the client follow the injected HeartRequest, and one of
		// the server the answers: the last is close_notify.
		said := protocol.ByDirection[int]{}
		last := protocol.ByDirection[int]{lastData(segments, up, 3), lastData(segments, down, 2)}
		for i := range segments {
			s := &segments[i]
			s.iface = leg
			if leg == 1 && i == last[up] {
				s.comment = "injected HeartRequest"
			}
			if leg == 1 && i == last[down] {
				s.comment = "absorbed HeartResponse"
			}
			said[s.dir]++
		}
		packets = append(packets, packetsOf(t, ethernet(), routeOf(uint16(50000+leg)), segments)...)
	}
	return ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0, "client leg", "server leg")
}

// lastData returns the index of the n-th segment with data of a direction, counted
// from the end: the first is close_notify.
func lastData(segments []segment, dir protocol.Direction, n int) int {
	for i := len(segments) - 1; i >= 0; i-- {
		if segments[i].dir == dir && len(segments[i].data) > 0 {
			if n--; n == 0 {
				return i
			}
		}
	}
	return -1
}

// TestLegs: the legs of a recording are told apart, and the frames that the relay
// injected or absorbed are marked.
func TestLegs(t *testing.T) {
	tp := tapeOf(t, nil, heartbeats(t))
	b := recorded(t, tp)
	p := file(t, b, nil)
	if want := map[capture.SessionID]capture.Leg{1: capture.ClientLeg, 2: capture.ServerLeg}; !maps.Equal(p.legs, want) {
		t.Errorf("legs: %v, want %v", p.legs, want)
	}
	p.carries(t, 1, tp)
	p.carries(t, 2, tp)
	var marked []string
	for _, l := range p.lines() {
		if strings.Contains(l, "injected") || strings.Contains(l, "absorbed") || strings.Contains(l, "...") {
			marked = append(marked, l)
		}
	}
	wants(
		t, marked,
		"2 c2s 7 bytes injected",
		"2 s2c 27 bytes ...",
		"2 s2c 7 bytes absorbed ...",
	)

	for _, leg := range []capture.Leg{capture.ClientLeg, capture.ServerLeg} {
		p := play(t, replay.Config{Input: bytes.NewReader(b), Leg: leg})
		p.isWhole(t, tp)
		if got := p.legs[1]; got != leg {
			t.Errorf("the %v leg is called %q", leg, got)
		}
	}
}

// TestCutNote: a comment that a leg is recorded no further ends its session there. What
// the comment says is made printable and has a bound. Captures without legs have none.
func TestCutNote(t *testing.T) {
	tp := tapeOf(t, nil, heartbeats(t))
	segments := segmentsOf(tp, 1460, 1)
	at := lastData(segments, down, 2)
	segments[at].comment = capture.CutNote("\x1b[31m" + strings.Repeat("x", 10_000))
	b := packetsOf(t, ethernet(), routeOf(50000), segments)
	p := file(t, ngFile(t, layers.LinkTypeEthernet, b, tp.keys, 0, "client leg"), nil)
	got := p.closings()
	if want := `1 closed by capture: the capture ends before the session: \x1b[31mxxx`; len(got) != 1 || !strings.HasPrefix(got[0], want) || len(got[0]) > 400 {
		t.Errorf("closings: %q", got)
	}
	p.carries(t, 1, tp)
	file(t, ngFile(t, layers.LinkTypeEthernet, b, tp.keys, 0, "eth0"), nil).isWhole(t, tp)
}

// TestNoLegs: other captures have no legs.
func TestNoLegs(t *testing.T) {
	tp := tapeOf(t, nil, heartbeats(t))
	packets := packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 1))
	b := ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0, "eth0")
	p := file(t, b, nil)
	p.isWhole(t, tp)
	if len(p.legs) > 0 {
		t.Errorf("legs: %v", p.legs)
	}
	p = play(t, replay.Config{Input: bytes.NewReader(b), Leg: capture.ServerLeg})
	wants(t, p.lines())
	wants(t, p.warnings, "no packet is of the server leg: only recordings of the relay have legs")
	one := ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0, "client leg")
	p = play(t, replay.Config{Input: bytes.NewReader(one), Leg: capture.ServerLeg})
	wants(t, p.warnings, "no packet is of the server leg: the recording has the other leg alone")
}
