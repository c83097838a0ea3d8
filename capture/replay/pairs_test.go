package replay

import (
	"math"
	"slices"
	"testing"

	"anytls-inspect/capture"
)

// TestSessionNumbers: sessions have the numbers of the recorded run, in whatever order they
// stand, as long as no other session has them; and no two have the same.
func TestSessionNumbers(t *testing.T) {
	for _, tt := range []struct{ recorded, want []capture.SessionID }{
		{[]capture.SessionID{0, 0, 0}, []capture.SessionID{1, 2, 3}},
		{[]capture.SessionID{1, 3, 2, 4}, []capture.SessionID{1, 3, 2, 4}},
		{[]capture.SessionID{57, 55, 58, 57, 56}, []capture.SessionID{57, 55, 58, 59, 56}},
		{[]capture.SessionID{1, 2, 1, 2, 3, 9}, []capture.SessionID{1, 2, 3, 4, 5, 9}},
		{[]capture.SessionID{math.MaxUint32, 1, 0}, []capture.SessionID{1, 2, 3}},
		{[]capture.SessionID{100_000, 0, 1}, []capture.SessionID{100_000, 100_001, 100_002}},
	} {
		p, last := newPairs(), capture.SessionID(0)
		var got []capture.SessionID
		for _, r := range tt.recorded {
			id := p.number(r, last)
			last = max(last, id)
			got = append(got, id)
		}
		if !slices.Equal(got, tt.want) {
			t.Errorf("%v become %v, want %v", tt.recorded, got, tt.want)
		}
	}
	p, last, seen := newPairs(), capture.SessionID(0), make(map[capture.SessionID]bool)
	for i := range capture.SessionID(20_000) {
		id := p.number(i*i*7919%30_011, last)
		if last = max(last, id); id == 0 || seen[id] {
			t.Fatalf("session %d is there twice", id)
		}
		if seen[id] = true; len(p.skipped) > maxSkipped {
			t.Fatalf("%d numbers are kept", len(p.skipped))
		}
	}
}
