package clock

import (
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

// TestEachTick: a tick says when it was due, however late it comes, and those that nobody took
// in time are left out. At the end the time is told once more, and never again.
func TestEachTick(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		type told struct{ due, now time.Duration }
		var got []told
		began := time.Now()
		stop := eachTick(func(due, now time.Time) {
			got = append(got, told{due.Sub(began), now.Sub(began)})
			if len(got) == 2 {
				<-time.After(300 * time.Millisecond) // the program stands still
			}
		})
		<-time.After(460 * time.Millisecond)
		stop()
		const ms = time.Millisecond
		want := []told{
			{50 * ms, 50 * ms},
			{100 * ms, 100 * ms},
			{150 * ms, 400 * ms}, // late by 250 ms
			{450 * ms, 450 * ms},
			{460 * ms, 460 * ms}, // the end
		}
		if !slices.Equal(got, want) {
			t.Errorf("told %v, want %v", got, want)
		}
	})
}
