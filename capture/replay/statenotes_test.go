package replay_test

import (
	"bytes"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestStateNotes: what a recording of the relay tells of bytes that stand, and of
// heartbeats that wait, is what the relay told, at its place among the frames. Its
// acknowledgements tell nothing, and other captures have no such notes.
func TestStateNotes(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 3, 1000))
	c := connect(1460, 7)
	remark := func(e capture.Event) {
		c.add(down, "A", nil)
		c.segments[len(c.segments)-1].comment = capture.StateNote(&e)
	}
	last := len(tp.writes) - 5 // a PSH of the client
	c.play(&tape{writes: tp.writes[:last]})
	c.add(up, "A", tp.writes[last].data)
	since := c.at
	c.at = c.at.Add(1100 * ms)
	remark(capture.Event{Kind: capture.Blocked, Dir: up, Since: since, Bytes: 1007})
	remark(capture.Event{Kind: capture.HeartbeatsWait, Dir: up, Since: c.at, Why: "the server does not read"})
	c.at = c.at.Add(time.Second)
	remark(capture.Event{Kind: capture.Blocked, Dir: up, Since: since.Add(time.Hour), Bytes: 2000}) // made up
	remark(capture.Event{Kind: capture.Unblocked, Dir: up})
	remark(capture.Event{Kind: capture.HeartbeatsGo, Dir: up})
	c.add(down, "A", nil)
	c.play(&tape{writes: tp.writes[last+1:]})
	c.fin()
	packets := packetsOf(t, ethernet(), routeOf(50000), c.segments)
	early := file(t, ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0, "server leg"), nil)
	late := play(t, replay.Config{Input: trickle{bytes.NewReader(ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, len(packets), "server leg"))}})
	for _, p := range []*played{early, late} {
		p.carries(t, 1, tp)
		p.isOrderly(t)
		lines := p.lines()
		from := slices.Index(lines, "1 c2s blocked, 1007 bytes")
		if from < 1 {
			t.Fatalf("got\n\t%s", strings.Join(lines, "\n\t"))
		}
		wants(
			t, lines[from-1:from+6],
			"1 c2s 1007 bytes", "1 c2s blocked, 1007 bytes", "1 c2s heartbeats wait: the server does not read",
			"1 c2s blocked, 2000 bytes", "1 c2s unblocked", "1 c2s heartbeats go", "1 s2c 1007 bytes",
		)
		for _, e := range p.events {
			if e.Since.After(e.At) {
				t.Errorf("%s: since %v, at %v", line(&e), e.Since, e.At)
			}
			if e.Kind == capture.Blocked && e.Bytes == 1007 && !e.Since.Equal(since) {
				t.Errorf("%s: since %v, want %v", line(&e), e.Since, since)
			}
		}
		j := decode(p)
		ended := 0
		for _, n := range notices(t, j) {
			switch n := n.(type) {
			case session.Blocked:
				if n.Ended {
					ended++
				}
			case session.HeartbeatWaiting:
				if n.Toward != protocol.Server {
					t.Errorf("%+v", n)
				}
				if n.Ended {
					ended++
				}
			}
		}
		if ended != 2 {
			t.Errorf("%d ends of what stood and waited", ended)
		}
	}
	plain := file(t, ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0, "eth0"), nil)
	plain.isWhole(t, tp)
	if l := strings.Join(plain.lines(), "\n"); strings.Contains(l, "heartbeats") || strings.Contains(l, "2000 bytes") {
		t.Errorf("comments of another capture count:\n%s", l)
	}
}

// TestStateNotesAreBounded: notes that wait for a key take no memory without end.
func TestStateNotesAreBounded(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 1, 100))
	c := connect(1460, 7)
	c.play(&tape{writes: tp.writes[:len(tp.writes)-2]})
	for i := range 5000 {
		c.add(down, "A", nil)
		e := capture.Event{Kind: capture.Blocked, Dir: up, Since: began, Bytes: uint64(i)}
		if i%3 == 2 {
			e.Kind = capture.Unblocked
		}
		c.segments[len(c.segments)-1].comment = capture.StateNote(&e)
	}
	c.fin()
	packets := packetsOf(t, ethernet(), routeOf(50000), c.segments)
	p := play(t, replay.Config{Input: trickle{bytes.NewReader(ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, len(packets), "server leg"))}})
	p.carries(t, 1, &tape{said: tp.said})
	told := 0
	for _, e := range p.events {
		if e.Kind == capture.Blocked || e.Kind == capture.Unblocked {
			told++
		}
	}
	if told == 0 || told > 128 {
		t.Errorf("%d of 5000 notes were told", told)
	}
	p.isOrderly(t)
}
