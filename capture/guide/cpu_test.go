package guide

import (
	"testing"
	"time"
)

// TestInTurn: with heartbeats and without come once in a turn each, and first as often.
func TestInTurn(t *testing.T) {
	const turns = 20
	var first [2]int
	for turn := range turns {
		if inTurn(turn, 0) == inTurn(turn, 1) {
			t.Errorf("turn %d is of one kind", turn)
		}
		first[inTurn(turn, 0)]++
	}
	if first[0] != turns/2 || first[1] != turns/2 || inTurn(0, 0) == inTurn(1, 0) {
		t.Errorf("first: %d times without heartbeats, %d with", first[0], first[1])
	}
}

// TestApart: a client that keeps many sessions has many heartbeats a second, and is judged as such.
func TestApart(t *testing.T) {
	for _, tt := range []struct {
		n            uint64
		within, want time.Duration
	}{
		{18, 18 * time.Second, time.Second},
		{16, 18 * time.Second, time.Second},
		{21, 18 * time.Second, time.Second},
		{360, 18 * time.Second, 50 * time.Millisecond},
		{9, 18 * time.Second, 2 * time.Second},
		{0, 18 * time.Second, 0},
	} {
		if got := apart(tt.within, tt.n, time.Second); got != tt.want {
			t.Errorf("%d within %v are %v apart, want %v", tt.n, tt.within, got, tt.want)
		}
	}
}
