package guide

import (
	"testing"
	"time"
)

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
