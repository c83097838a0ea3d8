package replay_test

import (
	"bytes"
	"encoding/binary"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/capture/replay"
)

// FuzzRun replays arbitrary files: each session's events have the right order, and
// one worker gives the same events as two.
func FuzzRun(f *testing.F) {
	for _, name := range []string{"synackerr.pcap", "wrongpw.pcap"} {
		b, err := os.ReadFile(filepath.Join("testdata", name))
		check(f, err)
		f.Add(b)
	}
	tp := tapeOf(f, nil, smallTalk(f, 1, 100))
	segments := segmentsOf(tp, 600, 1)
	f.Add(ngFile(f, layers.LinkTypeEthernet, packetsOf(f, ethernet(), routeOf(50000), segments), tp.keys, 0, "client leg"))
	f.Add(ngBlocks(binary.BigEndian, packetsOf(f, ethernet(), route6(), segments[3:]), 0x8a, 77))
	for _, framing := range framings() {
		f.Add(pcapFile(f, framing.link, packetsOf(f, framing, routeOf(50000), segments[:6])))
	}
	for _, below := range tunnels(f) {
		f.Add(pcapFile(f, layers.LinkTypeEthernet, packetsOf(f, framing{below: below}, routeOf(50000), segments[:6])))
	}
	for _, r := range []route{routeOf(50000), route6()} {
		f.Add(pcapFile(f, layers.LinkTypeEthernet, slices.Concat(fragmented(packetsOf(f, ethernet(), r, segments), 64)...)))
	}
	s := newStall(f, 7)
	first := s.upload(1000)
	s.answers(0, 0)
	s.after(1500 * ms)
	s.again(first)
	s.probe(0)
	s.add(down, "RA", nil)
	c := connect(1460, 9)
	c.fin()
	f.Add(pcapFile(f, layers.LinkTypeEthernet, append(packetsOf(f, ethernet(), routeOf(50000), s.segments), packetsOf(f, ethernet(), routeOf(50001), c.segments)...)))
	for i := range segments {
		segments[i].comment = []string{
			"blocked c2s since 2025-11-03T12:00:00Z: 9 bytes", "unblocked c2s",
			"heartbeats s2c wait since 2025-11-03T12:00:00Z: why", "heartbeats s2c go",
		}[i%4]
	}
	f.Add(ngFile(f, layers.LinkTypeEthernet, packetsOf(f, ethernet(), routeOf(50000), segments), tp.keys, 0, "client leg"))
	f.Add(gzipped(f, pcapFile(f, layers.LinkTypeEthernet, packetsOf(f, ethernet(), routeOf(50000), segments))))
	f.Fuzz(func(t *testing.T, b []byte) {
		one := play(t, replay.Config{Input: bytes.NewReader(b), Workers: 1})
		two := play(t, replay.Config{Input: bytes.NewReader(b), Workers: 2})
		got, want := two.lines(), one.lines()
		if !slices.Equal(got, want) {
			t.Errorf("two workers give other events than one:\n\t%s\nnot\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
		}
		one.isOrderly(t)
	})
}

// isOrderly checks that each session is opened, perhaps established, and closed.
func (p *played) isOrderly(t *testing.T) {
	t.Helper()
	stage := make(map[capture.SessionID]capture.Kind)
	for _, e := range p.events {
		if e.Kind == capture.Probed {
			if e.Session != 0 || e.Client == "" {
				t.Fatalf("%s: of session %d", line(&e), e.Session)
			}
			continue
		}
		was, known := stage[e.Session]
		ok := known && was != capture.Closed
		switch e.Kind {
		case capture.Opened:
			ok = !known
		case capture.Established:
			ok = ok && was == capture.Opened
		case capture.Data, capture.Gap, capture.Unseen, capture.Order, capture.Gone, capture.Blocked, capture.Unblocked, capture.HeartbeatsWait, capture.HeartbeatsGo:
			ok = ok && was != capture.Opened
		case capture.Listening:
			ok = false
		case capture.Closed:
		}
		if !ok {
			t.Fatalf("%s: after an event of kind %d", line(&e), was)
		}
		stage[e.Session] = e.Kind
	}
	for id, last := range stage {
		if last != capture.Closed {
			t.Fatalf("session %d is not closed", id)
		}
	}
}
