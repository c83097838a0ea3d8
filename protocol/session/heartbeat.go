package session

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"anytls-inspect/protocol"
)

// An Origin says who sent a HeartRequest.
type Origin uint8

// The origins. A peer's own requests are those of the end that they come from:
// the client's travel toward the server, and the other way round.
const (
	Injected Origin = iota
	Own
)

// ByOrigin holds something for each origin. It is indexed with an [Origin].
type ByOrigin[T any] [2]T

// Name returns the origin as the command line's events call it: "injected",
// "client" or "server".
func (o Origin) Name(toward protocol.Peer) string {
	if o == Injected {
		return "injected"
	}
	return toward.Toward().Sender().String()
}

// RoundTrips is a histogram of heartbeat round-trips, in microseconds, to two
// significant digits, up to an hour. The zero value is empty.
type RoundTrips struct {
	h   *hdrhistogram.Histogram
	max time.Duration // exactly
}

const maxMicros = int64(time.Hour / time.Microsecond)

// Add adds one round-trip.
func (r *RoundTrips) Add(d time.Duration) {
	r.grow()
	r.max = max(r.max, d)
	// A value within the range can't fail to be recorded.
	_ = r.h.RecordValue(min(max(d.Microseconds(), 1), maxMicros))
}

func (r *RoundTrips) grow() {
	if r.h == nil {
		r.h = hdrhistogram.New(1, maxMicros, 2)
	}
}

// Merge adds all that other holds.
func (r *RoundTrips) Merge(other RoundTrips) {
	if other.h != nil {
		r.grow()
		r.h.Merge(other.h)
		r.max = max(r.max, other.max)
	}
}

// Quantiles are the figures of a histogram that people read: Max as it was, the
// others to two significant digits. All are zero where nothing was recorded.
type Quantiles struct {
	Count              int64
	P50, P95, P99, Max time.Duration
}

// Quantiles returns the figures of the histogram.
func (r RoundTrips) Quantiles() Quantiles {
	if r.h == nil {
		return Quantiles{}
	}
	at := func(p float64) time.Duration {
		// The histogram returns the highest value that it can't tell from the one
		// asked for.
		return min(time.Duration(r.h.ValueAtQuantile(p))*time.Microsecond, r.max)
	}
	return Quantiles{Count: r.h.TotalCount(), P50: at(50), P95: at(95), P99: at(99), Max: r.max}
}

// Heartbeats counts the HeartRequests of one direction and origin. Sent is the
// sum of Answered, Lost, Unsupported, Cut and those still waiting; Late ones are
// part of Lost and Unsupported.
type Heartbeats struct {
	Sent     uint64
	Answered uint64 // in time
	Lost     uint64 // not answered within the timeout
	Late     uint64 // answered after the timeout
	// Cut counts those that nothing more will be known of: the session ended
	// first, or more had no answer than can be told apart.
	Cut uint64
	// Unsupported counts those that timed out in a session of version 1, whose
	// peers need not answer.
	Unsupported uint64
	Last        time.Duration // the newest round-trip
	RoundTrips
}

// Waiting returns how many are neither answered nor given up.
func (h *Heartbeats) Waiting() uint64 { return h.Sent - h.Answered - h.Lost - h.Cut - h.Unsupported }

// Merge adds the figures of other. Last becomes other's.
func (h *Heartbeats) Merge(other *Heartbeats) {
	h.Sent += other.Sent
	h.Answered += other.Answered
	h.Lost += other.Lost
	h.Late += other.Late
	h.Cut += other.Cut
	h.Unsupported += other.Unsupported
	if other.Last != 0 {
		h.Last = other.Last
	}
	h.RoundTrips.Merge(other.RoundTrips)
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
