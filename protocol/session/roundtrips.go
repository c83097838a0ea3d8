package session

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// RoundTrips is a histogram of heartbeat round-trips, in microseconds, to two
// significant digits, up to an hour. The zero value is empty.
type RoundTrips struct {
	h   *hdrhistogram.Histogram // nil while empty
	max time.Duration           // exact, unlike the histogram's
	// settled is what is left of the histogram once nothing more is added.
	settled *Quantiles
}

// maxMicros is the longest round-trip that the histogram tells from others, in
// microseconds.
const maxMicros = int64(time.Hour / time.Microsecond)

// Add adds one round-trip.
func (r *RoundTrips) Add(d time.Duration) {
	r.grow()
	r.max = max(r.max, d)
	// A value within the histogram's range can't fail.
	_ = r.h.RecordValue(min(max(d.Microseconds(), 1), maxMicros))
}

// grow makes the histogram, of some 26 KiB, when it is first needed.
func (r *RoundTrips) grow() {
	if r.h == nil {
		r.h = hdrhistogram.New(1, maxMicros, 2)
	}
}

// settle keeps the quantiles, and gives the histogram back. Nothing can be added, and
// merging it adds nothing, from then on.
func (r *RoundTrips) settle() {
	if r.h != nil {
		q := r.Quantiles()
		*r = RoundTrips{settled: &q}
	}
}

// Merge adds the round-trips of other.
func (r *RoundTrips) Merge(other RoundTrips) {
	if other.h != nil {
		r.grow()
		r.h.Merge(other.h)
		r.max = max(r.max, other.max)
	}
}

// Quantiles are what people read of a histogram. Max is exact, the others have two
// significant digits. All are zero for an empty histogram.
type Quantiles struct {
	Count              int64
	P50, P95, P99, Max time.Duration
}

// Quantiles returns the quantiles of the round-trips.
func (r RoundTrips) Quantiles() Quantiles {
	switch {
	case r.settled != nil:
		return *r.settled
	case r.h == nil:
		return Quantiles{}
	}
	at := func(p float64) time.Duration {
		// The histogram returns the highest value that it can't tell from the quantile.
		return min(time.Duration(r.h.ValueAtQuantile(p))*time.Microsecond, r.max)
	}
	return Quantiles{Count: r.h.TotalCount(), P50: at(50), P95: at(95), P99: at(99), Max: r.max}
}

// LostSample marks a heartbeat that was lost in a [Series].
const LostSample time.Duration = -1

// A Series holds the most recent round-trips, for a sparkline.
type Series struct {
	samples [128]time.Duration
	n       uint64
}

// Add appends a round-trip, or [LostSample].
func (s *Series) Add(d time.Duration) {
	s.samples[s.n%uint64(len(s.samples))] = d
	s.n++
}

// Append appends the samples, oldest first, to dst.
func (s *Series) Append(dst []time.Duration) []time.Duration {
	kept := min(s.n, uint64(len(s.samples)))
	for i := s.n - kept; i < s.n; i++ {
		dst = append(dst, s.samples[i%uint64(len(s.samples))])
	}
	return dst
}
