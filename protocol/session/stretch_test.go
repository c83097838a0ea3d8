package session_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestStretches: a tracker that goes by stretches finds the same pauses as one that compares the
// times of all that it takes, however these follow one another: also back.
func TestStretches(t *testing.T) {
	steps := []time.Duration{
		0, 0, 0, time.Microsecond, 300 * time.Millisecond, 700 * time.Millisecond,
		time.Second - 1, time.Second, time.Second + 1, 1700 * time.Millisecond, 4 * time.Second,
		-time.Microsecond, -300 * time.Millisecond, -time.Second, -1500 * time.Millisecond,
	}
	wires := []struct {
		dir  protocol.Direction
		wire []byte
	}{
		{c2s, frame(protocol.PSH, 1, make([]byte, 100))},
		{c2s, frame(protocol.PSH, 2, make([]byte, 80))},
		{s2c, frame(protocol.PSH, 1, make([]byte, 100))},
		{s2c, frame(protocol.PSH, 2, make([]byte, 80))},
		{c2s, frame(protocol.HeartRequest, 0, nil)},
		{s2c, frame(protocol.HeartResponse, 0, nil)},
		{s2c, frame(protocol.HeartRequest, 0, nil)},
		{c2s, frame(protocol.HeartResponse, 0, nil)},
	}
	stood, went := 0, 0
	for seed := range uint64(100) {
		r := rand.New(rand.NewPCG(seed, 1))
		short, long := openStreams(session.Config{}, nothing{}, 2), openStreams(session.Config{}, nothing{}, 2)
		now := start
		for i := range 200 {
			now = now.Add(steps[r.IntN(len(steps))])
			w := wires[r.IntN(len(wires))]
			long.ComparesTimes()
			_, before := long.Pauses()
			short.Data(now, w.dir, w.wire, session.Fate{})
			long.Data(now, w.dir, w.wire, session.Fate{})
			flows, still := short.Pauses()
			wantFlows, wantStill := long.Pauses()
			if flows != wantFlows || still != wantStill {
				t.Fatalf("seed %d, step %d: flows %v, stood until %v; want %v, %v", seed, i, flows, still, wantFlows, wantStill)
			}
			if still != before {
				stood++
			} else {
				went++
			}
		}
	}
	if stood == 0 || went == 0 {
		t.Errorf("senders stood still %d times, and went on %d times", stood, went)
	}
}
