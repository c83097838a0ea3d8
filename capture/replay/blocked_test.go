package replay_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
)

// TestBlocked: what stands for a second is told where the capture shows it, and nothing
// that the capture only lacks.
func TestBlocked(t *testing.T) {
	for _, tt := range []struct {
		name  string
		scale byte
		build func(s *stall)
		other time.Duration // when another connection has packets
		want  []string
	}{
		{"a window that shuts", 7, func(s *stall) {
			s.upload(1000)
			s.upload(1000)
			s.answers(0, 0)
			for _, at := range []int{300, 800, 2000} {
				s.ms(at)
				s.probe(0)
				s.answers(0, 0)
			}
			s.after(5 * time.Second)
			s.answers(0, 512)
			s.upload(1000)
			s.answers(0, 512)
		}, 0, []string{"1.002s: c2s blocked since 2ms, 1 bytes", "5s: c2s unblocked"}},
		{"a window that shuts, of a sender that tries it with a byte", 7, func(s *stall) {
			s.upload(1000)
			s.answers(0, 0)
			s.after(500 * ms)
			probe := s.upload(1)
			s.answers(1, 0)
			s.after(1500 * ms)
			s.again(probe)
			s.answers(1, 0)
			s.after(3 * time.Second)
			s.again(probe)
			s.answers(0, 512)
		}, 0, []string{"1.001s: c2s blocked since 1ms, 1 bytes", "3.001s: c2s unblocked"}},
		{"a window that shuts in front of bytes", 0, func(s *stall) {
			s.upload(1000)
			s.upload(1000)
			s.answers(1000, 0)
		}, 4 * time.Second, []string{"1.002s: c2s blocked since 2ms, 1000 bytes"}},
		{"a window that is too small", 7, func(s *stall) {
			s.upload(1000)
			s.answers(0, 4)
			for _, at := range []int{300, 800, 2000} {
				s.ms(at)
				s.probe(0)
				s.answers(0, 4)
			}
		}, 0, []string{"1.001s: c2s blocked since 1ms, 1 bytes"}},
		{"a window that is large once scaled", 7, func(s *stall) {
			s.upload(1000)
			s.answers(0, 5)
			for _, at := range []int{300, 800, 2000} {
				s.ms(at)
				s.probe(0)
				s.answers(0, 5)
			}
		}, 0, nil},
		{"a window that was never large", 0, func(s *stall) {
			for i := range s.segments {
				s.segments[i].window = 500
			}
			s.upload(400)
			for _, at := range []int{300, 800, 2000} {
				s.ms(at)
				s.probe(0)
				s.answers(0, 500)
			}
		}, 0, nil},
		{"a window that shuts, and a sender with nothing to send", 7, func(s *stall) {
			s.upload(1000)
			s.answers(0, 0)
		}, 9 * time.Second, nil},
		{"a window that shuts and opens again", 7, func(s *stall) {
			s.upload(1000)
			s.answers(0, 0)
			s.after(300 * ms)
			s.probe(0)
			s.answers(0, 0)
			s.after(900 * ms)
			s.answers(0, 512)
		}, 9 * time.Second, nil},
		{"bytes without an acknowledgement", 0, func(s *stall) {
			s.unanswered()
			s.after(4 * time.Second)
			s.answers(0, 0)
		}, 0, []string{"1s: c2s blocked since 0s, 3000 bytes", "4s: c2s unblocked"}},
		{"bytes that are acknowledged in time", 0, func(s *stall) {
			first := s.upload(1000)
			for _, at := range []int{300, 800} {
				s.ms(at)
				s.again(first)
			}
			s.after(999 * ms)
			s.answers(0, 512)
		}, 9 * time.Second, nil},
		{"an evidence that comes late", 0, func(s *stall) {
			first := s.upload(1000)
			s.after(2 * time.Second)
			s.again(first)
		}, 0, []string{"2s: c2s blocked since 0s, 1000 bytes"}},
		{"the clock of another connection", 0, func(s *stall) {
			first := s.upload(1000)
			s.after(300 * ms)
			s.again(first)
		}, 9 * time.Second, []string{"1s: c2s blocked since 0s, 1000 bytes"}},
		{"the capture ends", 0, func(s *stall) {
			first := s.upload(1000)
			s.after(300 * ms)
			s.again(first)
		}, 0, nil},
		{"an acknowledgement that the capture may lack", 0, func(s *stall) { s.upload(1000) }, 9 * time.Second, nil},
		{"packets twice and out of order", 0, func(s *stall) {
			first := s.upload(1000)
			s.upload(1000)
			s.again(first)
		}, 9 * time.Second, nil},
		{"a receiver that says more, and acknowledges nothing", 0, func(s *stall) {
			s.upload(1000)
			for _, at := range []int{500, 1500} {
				s.ms(at)
				s.answers(1000, 5000)
			}
		}, 0, []string{"1.5s: c2s blocked since 0s, 1000 bytes"}},
		{"a sender that goes on, and sends nothing again: it has acknowledgements", 0, func(s *stall) {
			for i := range 9 {
				s.ms(600 * i)
				s.upload(500)
			}
		}, 9 * time.Second, nil},
		{"a sender past the window that is known", 0, func(s *stall) {
			for i := range 4 {
				s.ms(600 * i)
				s.add(up, "A", make([]byte, 33_000))
			}
		}, 9 * time.Second, nil},
		{"bytes that crawl", 0, func(s *stall) {
			for i := range 3 {
				s.ms(2000 * i)
				first := s.upload(1000)
				s.upload(500)
				s.ms(2000*i + 400)
				s.again(first)
				s.ms(2000*i + 1500)
				s.answers(500, 5000)
			}
		}, 0, []string{
			"1s: c2s blocked since 0s, 1500 bytes", "1.5s: c2s unblocked",
			"2.5s: c2s blocked since 1.5s, 2000 bytes", "3.5s: c2s unblocked",
			"4.5s: c2s blocked since 3.5s, 2000 bytes", "5.5s: c2s unblocked",
		}},
		{"more bytes", 0, func(s *stall) {
			first := s.upload(1000)
			s.after(500 * ms)
			s.again(first)
			for _, at := range []int{1200, 1400, 1600, 2500} {
				s.ms(at)
				s.upload(100)
			}
			s.after(3500 * ms)
			s.again(first)
		}, 0, []string{
			"1s: c2s blocked since 0s, 1000 bytes", "2s: c2s blocked since 0s, 1300 bytes", "3s: c2s blocked since 0s, 1400 bytes",
		}},
		{"silence, and keepalives", 0, func(s *stall) {
			for i := range 4 {
				s.after(time.Duration(i) * 15 * time.Second)
				s.probe(0)
				s.answers(0, 5000)
			}
		}, 90 * time.Second, nil},
		{"a FIN without an acknowledgement", 0, func(s *stall) {
			s.add(up, "FA", nil)
			s.after(500 * ms)
			s.again(s.segments[len(s.segments)-1])
		}, 9 * time.Second, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newStall(t, tt.scale)
			tt.build(s)
			packets := packetsOf(t, ethernet(), routeOf(50000), s.segments)
			if tt.other > 0 {
				packets = s.other(t, packets, tt.other)
			}
			early := file(t, pcapFile(t, layers.LinkTypeEthernet, packets), s.tp.keys)
			// The key may come behind all that needs it.
			late := play(t, replay.Config{Input: trickle{bytes.NewReader(ngFile(t, layers.LinkTypeEthernet, packets, s.tp.keys, len(packets)))}})
			for _, p := range []*played{early, late} {
				wants(t, s.stands(p), tt.want...)
				p.isOrderly(t)
			}
			if want := early.lines(); !slices.Equal(ofSession1(late.lines()), ofSession1(want)) {
				wants(t, ofSession1(late.lines()), ofSession1(want)...)
			}
		})
	}
}

// TestBlockedDownward: the other direction is told of likewise.
func TestBlockedDownward(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 2, 2000))
	last := len(tp.writes) - 4 // of the server, in front of the client's FIN of the stream
	c := connect(1460, 7)
	c.play(&tape{writes: tp.writes[:last]})
	s := &stall{tcp: c, from: c.at}
	s.add(down, "A", tp.writes[last].data[:1000])
	s.add(up, "A", nil)
	s.segments[len(s.segments)-1].shut = true
	s.add(down, "A", tp.writes[last].data[1000:1001])
	s.after(1500 * ms)
	s.again(s.segments[len(s.segments)-1])
	wants(t, s.stands(over(t, tp, s.segments)), "1.001s: s2c blocked since 1ms, 1 bytes")
}

// TestBlockedBehindData: bytes stand behind what was sent before, and move in front of what
// is sent then.
func TestBlockedBehindData(t *testing.T) {
	s := newStall(t, 0)
	n := len(s.data)
	s.upload(n)
	s.after(500 * ms)
	s.again(s.segments[len(s.segments)-1])
	s.after(2 * time.Second)
	s.add(down, "A", nil)
	s.add(up, "A", s.tp.writes[len(s.tp.writes)-2].data) // close_notify
	s.add(down, "A", nil)
	lines := over(t, s.tp, s.segments).lines()
	wants(
		t, lines[len(lines)-5:],
		"1 c2s 5007 bytes", fmt.Sprintf("1 c2s blocked, %d bytes", n), "1 c2s unblocked", "1 client gone", "1 closed by client:",
	)
}

// TestNotBlocked: a capture of one direction, or one whose headers are cut in the other, or
// that lacks the SYNs' options, accuses nobody.
func TestNotBlocked(t *testing.T) {
	stalled := func(scale byte) *stall {
		s := newStall(t, scale)
		first := s.upload(1000)
		s.upload(1000)
		for _, at := range []int{300, 800, 2000, 4000} {
			s.ms(at)
			s.again(first)
		}
		return s
	}
	for _, dir := range []protocol.Direction{up, down} {
		s := stalled(0)
		one := slices.DeleteFunc(s.segments, func(g segment) bool { return g.dir != dir })
		wants(t, s.stands(over(t, s.tp, one)))
	}
	s := stalled(0)
	cut := packetsOf(t, ethernet(), routeOf(50000), s.segments)
	for i, g := range s.segments {
		if g.dir == down {
			cut[i].length, cut[i].data = len(cut[i].data), cut[i].data[:40]
		}
	}
	wants(t, s.stands(file(t, pcapFile(t, layers.LinkTypeEthernet, cut), s.tp.keys)))
	wants(t, s.stands(over(t, s.tp, s.segments[3:])), "1s: c2s blocked since 0s, 2000 bytes") // no SYN is needed

	// By how much a window of 4 is scaled is not known without the SYNs.
	s = newStall(t, 7)
	s.upload(1000)
	for _, at := range []int{300, 800, 2000} {
		s.ms(at)
		s.probe(0)
		s.answers(0, 4)
	}
	wants(t, s.stands(over(t, s.tp, s.segments[3:])))
}

// TestBlockedInDisorder: packets that come twice, and in another order than they were sent,
// change nothing.
func TestBlockedInDisorder(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := newStall(t, 0)
		begun := len(s.segments)
		s.unanswered()
		s.after(4 * time.Second)
		s.answers(500, 5000)
		s.answers(0, 5000)
		s.add(down, "A", nil)
		for i := range begun { // what follows stands apart
			if j := i + r.IntN(4); j < begun {
				a, b := &s.segments[i], &s.segments[j]
				*a, *b = *b, *a
				a.at, b.at = b.at, a.at
			}
		}
		var sent []segment
		for _, g := range s.segments {
			sent = append(sent, g)
			if r.IntN(3) == 0 {
				twice := sent[max(0, len(sent)-1-r.IntN(4))]
				twice.at = g.at
				sent = append(sent, twice)
			}
		}
		p := over(t, s.tp, sent)
		for i := range p.events { // packets are some milliseconds out of order
			e := &p.events[i]
			e.At, e.Since = s.from.Add(e.At.Sub(s.from).Round(20*ms)), s.from.Add(e.Since.Sub(s.from).Round(20*ms))
		}
		if got := s.stands(p); !slices.Equal(got, []string{"1s: c2s blocked since 0s, 3000 bytes", "4s: c2s unblocked"}) {
			t.Fatalf("seed %d: %q", seed, got)
		}
	}
}

// ofSession1 returns the lines about session 1.
func ofSession1(lines []string) []string {
	return slices.DeleteFunc(lines, func(l string) bool { return !strings.HasPrefix(l, "1 ") })
}
