package session_test

import (
	"bytes"
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A feeding is a way to hand a script's bytes and time to a tracker. None may
// make a difference to what comes out.
type feeding struct {
	// chunk returns how many bytes to hand over at once, given how many of the
	// direction were handed over already; nil: a line at a time.
	chunk func(dir protocol.Direction, fed int) int
	join  bool          // lines that follow one another in one direction are one
	tick  time.Duration // how often the tracker is told the time; 0: only with bytes
}

// play hands a script to a tracker and returns what it made of it.
func play(s script, how feeding) *transcript {
	w := &transcript{}
	w.tracker = session.NewTracker(s.cfg, w)
	now := start
	var fed [2]int
	steps := s.steps
	if how.join {
		steps = joined(steps)
	}
	for _, st := range steps {
		switch st.kind {
		case stepData:
			for b := st.wire; len(b) > 0; {
				n := len(b)
				if how.chunk != nil && st.marks == (session.Marks{}) {
					n = min(n, how.chunk(st.dir, fed[st.dir]))
				}
				// A copy, spoiled afterwards: the tracker must keep none of it.
				chunk := bytes.Clone(b[:n])
				w.tracker.Data(now, st.dir, chunk, st.marks)
				for i := range chunk {
					chunk[i] = 0xaa
				}
				fed[st.dir] += n
				b = b[n:]
			}
		case stepWait:
			end := now.Add(st.wait)
			if how.tick > 0 {
				for now = now.Add(how.tick); now.Before(end); now = now.Add(how.tick) {
					w.tracker.Tick(now)
				}
				w.tracker.Tick(end)
			}
			now = end
		case stepGap:
			w.tracker.Gap(now, st.dir, st.gap)
		case stepClose:
			w.tracker.Close(now, st.by)
		}
	}
	w.tracker.Tick(now)
	w.state()
	return w
}

// joined returns steps with lines that are not marked, and follow one another in
// one direction, as one.
func joined(steps []step) (out []step) {
	for _, st := range steps {
		if n := len(out) - 1; n >= 0 && st.kind == stepData && out[n].kind == stepData && out[n].dir == st.dir &&
			st.marks == (session.Marks{}) && out[n].marks == (session.Marks{}) {
			out[n].wire = append(bytes.Clone(out[n].wire), st.wire...)
			continue
		}
		out = append(out, st)
	}
	return out
}

// TestPlayIsTheSameHoweverFed plays every script with its bytes cut at every
// position, a byte at a time and joined, and with the time told often, seldom
// and never: what comes out must be the same.
func TestPlayIsTheSameHoweverFed(t *testing.T) {
	const maxCuts = 3000 // of a script: beyond it they are drawn
	forEachScript(t, func(t *testing.T, s script) {
		want := play(s, feeding{}).String()
		check := func(name string, how feeding) {
			t.Helper()
			if diff := cmp.Diff(want, play(s, how).String()); diff != "" {
				t.Fatalf("%s (-a line at a time +so):\n%s", name, diff)
			}
		}
		one := func(protocol.Direction, int) int { return 1 }
		check("a byte at a time", feeding{chunk: one})
		check("joined", feeding{join: true})
		check("the time told every 10 ms", feeding{tick: 10 * time.Millisecond})
		check("the time told every 700 ms, joined", feeding{tick: 700 * time.Millisecond, join: true})
		r := rand.New(rand.NewPCG(1, 2))
		for dir, size := range wireSizes(s) {
			for cut := 1; cut < size; cut++ {
				if size > maxCuts && r.IntN(size) >= maxCuts/10 {
					continue
				}
				check("cut once", feeding{join: true, chunk: func(d protocol.Direction, fed int) int {
					if d == protocol.Direction(dir) && fed < cut {
						return cut - fed
					}
					return size
				}})
			}
		}
	})
}

func wireSizes(s script) (sizes [2]int) {
	for _, st := range s.steps {
		sizes[st.dir] += len(st.wire)
	}
	return sizes
}
