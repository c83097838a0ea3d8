package session_test

import (
	"slices"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

// near tells whether a figure of a histogram is d, to two significant digits.
func near(got, d time.Duration) bool { return (got - d).Abs() <= d/100 }

func TestRoundTrips(t *testing.T) {
	var r session.RoundTrips
	if got := r.Quantiles(); got != (session.Quantiles{}) {
		t.Errorf("of none: %+v", got)
	}
	for ms := range 1000 {
		r.Add(time.Duration(ms+1) * time.Millisecond)
	}
	q := r.Quantiles()
	if q.Count != 1000 || !near(q.P50, 500*time.Millisecond) || !near(q.P95, 950*time.Millisecond) ||
		!near(q.P99, 990*time.Millisecond) || q.Max != time.Second {
		t.Errorf("of 1 to 1000 ms: %+v", q)
	}
}

// TestOneRoundTrip holds that the quantiles of one round-trip are that round-trip,
// and that one beyond the histogram's range counts all the same.
func TestOneRoundTrip(t *testing.T) {
	for _, d := range []time.Duration{0, 1, 1500 * time.Microsecond, 5001500 * time.Microsecond, time.Hour, 100 * time.Hour} {
		var r session.RoundTrips
		r.Add(d)
		measured := min(d, time.Hour+time.Hour/100)
		if q := r.Quantiles(); q.Count != 1 || q.Max != d || !near(q.P50, measured) || q.P50 != q.P99 || q.P99 > q.Max {
			t.Errorf("%v: %+v", d, q)
		}
	}
}

// TestSeries holds that a series keeps the newest samples, in order.
func TestSeries(t *testing.T) {
	var s session.Series
	if got := s.Append([]time.Duration{7}); !slices.Equal(got, []time.Duration{7}) {
		t.Errorf("an empty series appends %v", got)
	}
	var all []time.Duration
	for i := range 300 {
		s.Add(time.Duration(i))
		all = append(all, time.Duration(i))
		if got, want := s.Append(nil), all[max(0, len(all)-128):]; !slices.Equal(got, want) {
			t.Fatalf("after %d samples: %v", i+1, got)
		}
	}
}
