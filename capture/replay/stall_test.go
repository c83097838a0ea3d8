package replay_test

import (
	"fmt"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// A stall is a connection with a session, whose client then sends a PSH frame of 5 kB: the
// test says what becomes of that.
type stall struct {
	*tcp
	tp   *tape
	data []byte // the rest of the frame's record
	from time.Time
}

// newStall returns a connection that has come to the frame. scale is that of both SYNs.
func newStall(t testing.TB, scale byte) *stall {
	t.Helper()
	tp := tapeOf(t, nil, func(say func(protocol.Direction, []byte)) {
		say(up, hello(t))
		say(down, answer(t))
		say(up, frame(t, protocol.PSH, 1, payload(1, 5000)))
	})
	last := len(tp.writes) - 3 // before the close_notifies
	c := connect(1460, 7)
	c.segments[0].scale, c.segments[1].scale = scale, scale
	c.play(&tape{writes: tp.writes[:last]})
	return &stall{tcp: c, tp: tp, data: tp.writes[last].data, from: c.at}
}

// after sets the time of what comes next.
func (s *stall) after(d time.Duration) { s.at = s.from.Add(d) }

// ms is after, in milliseconds.
func (s *stall) ms(n int) { s.after(time.Duration(n) * time.Millisecond) }

// upload sends so many bytes of the frame, and returns what it sent.
func (s *stall) upload(n int) segment {
	s.add(up, "A", s.data[:n])
	s.data = s.data[n:]
	return s.segments[len(s.segments)-1]
}

// again sends a segment again.
func (s *stall) again(g segment) {
	g.at = s.at
	s.segments = append(s.segments, g)
	s.at = s.at.Add(time.Millisecond)
}

// unanswered sends three segments that nobody acknowledges, and the first of them again and
// again, as its sender does.
func (s *stall) unanswered() {
	first := s.upload(1000)
	s.upload(1000)
	s.upload(1000)
	for _, at := range []int{300, 800, 2000} {
		s.ms(at)
		s.again(first)
	}
}

// answers acknowledges all but so many bytes, with a window.
func (s *stall) answers(but uint32, window uint16) {
	s.add(down, "A", nil)
	g := &s.segments[len(s.segments)-1]
	g.ack -= but
	g.window, g.shut = window, window == 0
}

// probe tries the window with a segment without a new byte.
func (s *stall) probe(but uint32) {
	s.add(up, "A", nil)
	s.segments[len(s.segments)-1].seq -= 1 + but
}

// other adds packets of another connection, which say what time it is.
func (s *stall) other(t testing.TB, packets []packet, at time.Duration) []packet {
	t.Helper()
	c := connect(1460, 1)
	for i := range c.segments {
		c.segments[i].at = s.from.Add(at)
	}
	return append(packets, packetsOf(t, ethernet(), routeOf(40000), c.segments)...)
}

// stands returns what a replay tells of bytes that stand: when, since when, and how many.
func (s *stall) stands(p *played) (lines []string) {
	for _, e := range p.events {
		switch e.Kind {
		case capture.Blocked:
			lines = append(lines, fmt.Sprintf("%v: %v blocked since %v, %d bytes", e.At.Sub(s.from), e.Dir, e.Since.Sub(s.from), e.Bytes))
		case capture.Unblocked:
			lines = append(lines, fmt.Sprintf("%v: %v unblocked", e.At.Sub(s.from), e.Dir))
		}
	}
	return lines
}

const ms = time.Millisecond
