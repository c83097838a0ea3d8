package replay_test

import (
	"bytes"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture/replay"
)

// TestPortReuseWithoutSYN: where the capture lacks the SYN of a new connection between the same
// ports, the answer to it says that it is another one.
func TestPortReuseWithoutSYN(t *testing.T) {
	first, second := tapeOf(t, nil, smallTalk(t, 2, 3000)), tapeOf(t, nil, smallTalk(t, 3, 1000))
	for _, ends := range []bool{true, false} {
		c := connect(1460, 1000)
		c.play(first)
		if ends {
			c.fin()
		}
		again := connect(1460, 3_000_000_000)
		again.play(second)
		again.fin()
		for i := range again.segments {
			again.segments[i].at = again.segments[i].at.Add(c.at.Sub(began))
		}
		p := over(t, &tape{keys: append(slices.Clone(first.keys), second.keys...)}, append(c.segments, again.segments[1:]...))
		p.carries(t, 1, first)
		p.carries(t, 2, second)
	}
}

// TestOthersLooksDoNotMatter: a session whose packets end while it waits for the server's hello ends
// there, whether or not another one has looked through the capture for its key by then.
func TestOthersLooksDoNotMatter(t *testing.T) {
	tp := tapeOf(t, nil, smallTalk(t, 1, 100))
	var client []byte
	for _, w := range tp.writes {
		if w.dir == up {
			client = append(client, w.data...)
		}
	}
	waits := connect(1460, 1)
	waits.send(up, client)
	packets := slices.Concat(
		packetsOf(t, ethernet(), routeOf(50001), segmentsOf(tp, 1460, 1)),
		packetsOf(t, ethernet(), routeOf(50000), waits.segments),
		packetsOf(t, ethernet(), routeOf(50000), segmentsOf(tp, 1460, 3_000_000_000)),
	)
	b := ngFile(t, layers.LinkTypeEthernet, packets, nil, 0)
	for _, keys := range [][]byte{nil, tp.keys} {
		lines := play(t, replay.Config{Input: bytes.NewReader(b), KeyLogs: []io.Reader{bytes.NewReader(keys)}, Workers: 1}).lines()
		begins := func(words string) func(string) bool {
			return func(l string) bool { return strings.HasPrefix(l, words) }
		}
		if closed, next := slices.IndexFunc(lines, begins("2 closed")), slices.IndexFunc(lines, begins("3 opened")); closed < 0 || closed > next {
			t.Errorf("with a key log of %d bytes: %q", len(keys), lines)
		}
	}
}
