package replay

import (
	"math/rand/v2"
	"testing"
	"time"
)

// TestSkew: whatever the clocks and the delays are, the skew lies within what is said to be
// left of it, and none is found where there is none.
func TestSkew(t *testing.T) {
	for seed := range uint64(2000) {
		r := rand.New(rand.NewPCG(seed, 1))
		truth := []int64{0, 500_000, -500_000, 5_000_000, -5_000_000, 50_000_000, -50_000_000}[r.IntN(7)]
		rtt := 1 + r.Int64N(int64(80*time.Millisecond))
		stamp := func(e end, at int64) int64 { // the clock of end 1 is ahead by truth
			if e == 1 {
				return at + truth
			}
			return at
		}
		var s skew
		now := r.Int64N(1 << 40)
		for range 2 + r.IntN(30) {
			from := end(r.IntN(2))
			sent := now
			now += r.Int64N(rtt) + 1
			s.bound(from.other(), stamp(from, sent), stamp(from.other(), now))
			now += r.Int64N(rtt)
		}
		got, rest := s.estimate(0)
		switch away := got - truth; {
		case truth == 0 && got != 0:
			t.Fatalf("seed %d: a skew of %v, and there is none", seed, time.Duration(got))
		case got != 0 && s.knowsLow && s.knowsHigh && (away > rest || -away > rest):
			t.Fatalf("seed %d: a skew of %v, within %v; it is %v", seed, time.Duration(got), time.Duration(rest), time.Duration(truth))
		case got != 0 && got < 0 != (truth < 0):
			t.Fatalf("seed %d: a skew of %v; it is %v", seed, time.Duration(got), time.Duration(truth))
		}
	}
}

// TestSkewOfHandshake: the first round trip tells by how much the clocks differ.
func TestSkewOfHandshake(t *testing.T) {
	const ms = int64(time.Millisecond)
	var s skew
	s.bound(1, 0, 60*ms)     // SYN at 0, its answer at 10 ms by a clock that is 50 ms ahead
	s.bound(0, 60*ms, 20*ms) // which is acknowledged at 20 ms
	s.bound(0, 60*ms, 21*ms)
	if got, rest := s.estimate(0); got != 50*ms || rest != 10*ms {
		t.Errorf("%v within %v", time.Duration(got), time.Duration(rest))
	}
}

// TestSkewIsProven: packets that stand out of order once are no other clock, and neither is
// one that was sent again, whose first the capture lacks.
func TestSkewIsProven(t *testing.T) {
	const ms = int64(time.Millisecond)
	var s skew
	for i := range int64(10) {
		s.bound(1, 100*i*ms, (100*i+5)*ms)
		s.bound(0, (100*i+5)*ms, (100*i+10)*ms)
	}
	s.bound(0, 2200*ms, 2000*ms) // it has seen what was sent before 2000
	if got, _ := s.estimate(0); got != 0 {
		t.Errorf("one packet out of order: %v", time.Duration(got))
	}
	s = skew{}
	for i := range int64(4) {
		s.bound(0, (100*i+2)*ms, 100*i*ms)
	}
	if got, _ := s.estimate(0); got == 0 {
		t.Error("four proofs are not believed")
	}
	if got, _ := s.estimate(2); got != 0 {
		t.Errorf("packets of one end are out of order as well: %v", time.Duration(got))
	}
}

// TestSkewDrifts: clocks that drift apart cross the bounds from before. The estimate is the
// middle of these.
func TestSkewDrifts(t *testing.T) {
	const ms = int64(time.Millisecond)
	var s skew
	for i := range int64(1000) { // a second each; 20 us a second
		ahead := 50*ms + i*20_000
		s.bound(1, 1000*i*ms, (1000*i+1)*ms+ahead)
		s.bound(0, (1000*i+1)*ms+ahead, (1000*i+2)*ms)
	}
	got, rest := s.estimate(0)
	if s.low <= s.high || got < 59*ms || got > 61*ms || rest < 8*ms || rest > 11*ms {
		t.Errorf("%v within %v, of %v to %v", time.Duration(got), time.Duration(rest), time.Duration(s.low), time.Duration(s.high))
	}
}
