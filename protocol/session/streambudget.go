package session

import "sync/atomic"

// A StreamBudget bounds how many streams the trackers that share it follow and remember,
// all of them together, however many sessions there are. Where it is used up, a stream that
// opens is not followed (see [State].Untracked), unless its own session remembers closed
// ones, which are forgotten for it. Whoever owns the trackers has the others forget theirs
// in time: see [StreamBudget.Scarce].
//
// It is safe for concurrent use. A nil StreamBudget bounds nothing.
type StreamBudget struct {
	most   int64
	listed atomic.Int64 // streams in the trackers' lists
	closed atomic.Int64 // the closed ones among these
}

// NewStreamBudget returns a budget of so many streams.
func NewStreamBudget(most int) *StreamBudget { return &StreamBudget{most: int64(most)} }

// Used returns how many streams are followed or remembered, and how many of these are
// closed.
func (b *StreamBudget) Used() (listed, closed int) {
	if b == nil {
		return 0, 0
	}
	return int(b.listed.Load()), int(b.closed.Load())
}

// Scarce tells whether the budget is nearly used up, seven eighths of it, while closed
// streams take more than a sixteenth: these should be forgotten. So the search for them
// costs little for each stream that it finds.
func (b *StreamBudget) Scarce() bool {
	return b != nil && b.listed.Load() > b.most-b.most/8 && b.closed.Load() > b.most/16
}

// Ample tells whether a quarter of the budget is free: nothing more needs to be forgotten.
func (b *StreamBudget) Ample() bool { return b == nil || b.listed.Load() <= b.most-b.most/4 }

// take takes room for an open stream. It returns false where there is none.
func (b *StreamBudget) take() bool {
	if b == nil {
		return true
	}
	if b.listed.Add(1) > b.most {
		b.listed.Add(-1)
		return false
	}
	return true
}

// close notes that a stream closed, and is remembered.
func (b *StreamBudget) close() {
	if b != nil {
		b.closed.Add(1)
	}
}

// forget gives back the room of closed streams.
func (b *StreamBudget) forget(closed int) {
	if b != nil {
		b.closed.Add(int64(-closed))
		b.listed.Add(int64(-closed))
	}
}
