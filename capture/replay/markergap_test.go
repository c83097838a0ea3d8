package replay_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// TestFatesBehindGaps drops packets of a recording: each frame that is found has the fate
// that it has in the whole recording. Where that can't be told, nothing more is.
func TestFatesBehindGaps(t *testing.T) {
	psh := func(stream uint32, size int) []byte { return frame(t, protocol.PSH, stream, payload(1, size)) }
	response := frame(t, protocol.HeartResponse, 0, nil)
	sayings := []saying{
		{up, hello(t), ""},
		{down, answer(t), ""},
		{up, psh(1, 100), ""},
		{up, heartRequest, "injected HeartRequest"},
		{up, heartRequest, ""},
		{down, slices.Concat(psh(1, 50), response), "absorbed HeartResponse"},
		{up, psh(1, 40_000), "held PSH, stream 1, rule 2, for 1m0.5s"},
		{down, slices.Concat(response, psh(1, 9)), ""},
		{up, psh(1, 40_000), "repeated PSH, stream 1, rule 3"},
		{up, psh(1, 40_000), ""},
		{up, psh(1, 12), "dropped PSH, stream 1"},
		{down, psh(1, 30), "dropped PSH, stream 1, rule 5"},
		{up, heartRequest, "injected HeartRequest"},
		{up, heartRequest, ""},
		{down, slices.Concat(response, response), "absorbed HeartResponse"},
		{down, psh(1, 7), "injected PSH, stream 1, rule 6"},
		{up, slices.Concat(psh(1, 20), psh(1, 21)), "replaced PSH, stream 1, rule 6"},
		{down, slices.Concat(psh(1, 22), frame(t, protocol.FIN, 1, nil)), ""},
		{up, frame(t, protocol.FIN, 1, nil), ""},
	}
	tp, segments := noted(t, sayings)
	replayed := func(segments []segment) *played {
		packets := packetsOf(t, ethernet(), routeOf(50000), segments)
		return file(t, ngFile(t, layers.LinkTypeEthernet, packets, tp.keys, 0, "server leg"), nil)
	}
	truth := fated(decode(replayed(segments)))
	var data []int // the segments that carry something, behind the handshake
	for i, s := range segments {
		if len(s.data) > 0 {
			data = append(data, i)
		}
	}
	found, unseen := 0, 0
	for seed := range uint64(150) {
		rng := rand.New(rand.NewPCG(seed, 3))
		var drop []int
		if seed < uint64(len(data)) {
			drop = data[seed : seed+1]
		} else {
			for range 1 + rng.IntN(4) {
				drop = append(drop, data[rng.IntN(len(data))])
			}
		}
		var left []segment
		for i, s := range segments {
			if !slices.Contains(drop, i) {
				left = append(left, s)
			}
		}
		p := replayed(left)
		p.isOrderly(t)
		told := fated(decode(p))
		for _, dir := range []protocol.Direction{up, down} {
			got, want := inDirection(told, dir), inDirection(truth, dir)
			found += len(got)
			for i, rest := 0, want; i < len(got); i++ {
				at := slices.Index(rest, got[i])
				if at < 0 {
					t.Fatalf("without %v: %q is not of the truth, or out of order; got\n\t%s\nof\n\t%s\n%s", drop, got[i],
						strings.Join(got, "\n\t"), strings.Join(want, "\n\t"), fmt.Sprint(p.lines()))
				}
				rest = rest[at+1:]
			}
		}
		for _, e := range p.events {
			if e.Kind == capture.Unseen {
				unseen++
			}
		}
	}
	if found < 100*len(truth) || unseen == 0 {
		t.Errorf("%d frames were found in all, %d directions given up", found, unseen)
	}
}
