package tui

import (
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// rateSpan is the time over which a rate is taken.
const rateSpan = 2 * time.Second

// rates derives how fast totals grow from the views that the screen got anyway.
type rates struct {
	samples []sample // oldest first
}

// A sample is what the totals were at a time.
type sample struct {
	at     time.Time
	frames uint64
	wire   protocol.ByDirection[uint64]
}

// add takes a view's summary. It keeps one sample from before the time that a rate
// is taken over.
func (r *rates) add(at time.Time, t *journal.Summary) {
	for len(r.samples) > 1 && at.Sub(r.samples[1].at) >= rateSpan {
		r.samples = append(r.samples[:0], r.samples[1:]...)
	}
	r.samples = append(r.samples, sample{at: at, frames: t.Frames, wire: t.Wire})
}

// perSecond returns how many frames and, by direction, bytes come in a second. ok
// is false where the samples span too little time to tell.
func (r *rates) perSecond() (frames float64, wire protocol.ByDirection[float64], ok bool) {
	if len(r.samples) < 2 {
		return 0, wire, false
	}
	first, last := r.samples[0], r.samples[len(r.samples)-1]
	d := last.at.Sub(first.at).Seconds()
	if d < 0.5 {
		return 0, wire, false
	}
	for i := range wire {
		wire[i] = float64(last.wire[i]-first.wire[i]) / d
	}
	return float64(last.frames-first.frames) / d, wire, true
}
