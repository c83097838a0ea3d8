package replay_test

import (
	"bytes"
	"fmt"
	"io"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcaptest"
	"anytls-inspect/capture/replay"
)

// TestLostAcrossClocks: where clocks differ, and packets are lost, what is behind them has about
// its own time, and not that of the capture's end, where it is given up.
func TestLostAcrossClocks(t *testing.T) {
	for _, s := range shared(t) {
		times := func(c pcaptest.Capture) (list []capture.Event) {
			p := play(t, replay.Config{Input: bytes.NewReader(c.Bytes()), KeyLogs: []io.Reader{bytes.NewReader(s.keys)}})
			check(t, p.err)
			for _, e := range p.events {
				if e.Kind == capture.Data {
					list = append(list, e)
				}
			}
			return list
		}
		truth := make(map[string][]time.Time) // some say the same
		for _, e := range times(s.Capture) {
			what := fmt.Sprint(e.Session, e.Dir, string(e.Data))
			truth[what] = append(truth[what], e.At)
		}
		for seed := range uint64(20) {
			r := rand.New(rand.NewPCG(seed, 0))
			dropped := []int{3 + r.IntN(len(s.Packets)-3), 3 + r.IntN(len(s.Packets)-3)}
			for _, e := range times(transformed(t, s.Drop(dropped...), "skew=server,5s")) {
				at := truth[fmt.Sprint(e.Session, e.Dir, string(e.Data))]
				near := func(at time.Time) bool { return e.At.Sub(at).Abs() < time.Second }
				if len(at) > 0 && !slices.ContainsFunc(at, near) {
					t.Errorf("%s without %v: %v, %d bytes, is of %v, not %v", s.name, dropped, e.Dir, len(e.Data), e.At, at)
				}
			}
		}
	}
}
