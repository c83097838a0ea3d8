// Package steps is the screen of a run that takes pairs through steps, one pair after another: a
// list of the pairs where there are several, a list of the steps of one of them with what became of
// each, the round-trips of its heartbeats as they come, and how long it all takes. It shows what it
// is handed, and knows no run.
//
//  1. [Run] shows what [Options].Look returns, which it asks ten times a second. It leaves when the
//     run is done.
//  2. A key that ends asks the run to end, by [Options].End; the screen says so, and stays until
//     the run is done. A second one leaves at once.
//
// The package starts no goroutine of its own: what Bubble Tea starts ends with Run.
package steps

import (
	"slices"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A State says how far a step is.
type State uint8

// The states.
const (
	Waiting State = iota
	Running
	Ended
	Skipped // it was not run
)

// A Status is what a step came to.
type Status uint8

// The statuses.
const (
	NotMeasured Status = iota
	Passed
	Failed
	Observed
)

// A Row is a line of a list: a step, or a pair.
type Row struct {
	Title  string
	Part   string // the heading that it stands below, together with those next to it of the same part
	Text   string // what it came to, or why it was skipped
	State  State
	Status Status // once it has ended
	Began  time.Time
	Took   time.Duration // once it has ended
	Takes  time.Duration // about; 0: nobody knows
}

// Heartbeats are those toward a peer.
type Heartbeats struct {
	session.Figures
	Series []time.Duration // round-trips, oldest first; [session.LostSample] for lost ones
}

// A Pair is a server and a client that are taken through the steps.
type Pair struct {
	Row               // as a whole; how long it takes is the sum of its steps
	Verdict    string // the word for what it came to, once it has ended; the row's text says why
	Steps      []Row
	Heartbeats protocol.ByPeer[Heartbeats]
}

// Shown is what there is to show of a run. Its texts may have any bytes.
type Shown struct {
	Title string // what is run on the pairs
	Began time.Time
	Pairs []Pair // in the order in which they are run
	Note  string // what else is to be known; empty: nothing
	Done  bool   // the run has ended: the screen leaves
}

// mark returns the sign and the word for what became of a step; a pair has another word once it has
// ended. The number turns the sign of one that runs.
func (r *Row) mark(turn int) (sign, word string) {
	turns := [...]string{"▖", "▘", "▝", "▗"} // of the same font as the bars of round-trips
	switch r.State {
	case Waiting:
		return "·", "waiting"
	case Running:
		return turns[turn%len(turns)], "running"
	case Skipped:
		return NotMeasured.Mark()
	}
	return r.Status.Mark()
}

// Mark returns the sign and the word for a status.
func (s Status) Mark() (sign, word string) {
	switch s {
	case Passed:
		return "✓", "passed"
	case Failed:
		return "✗", "failed"
	case Observed:
		return "◐", "observed"
	default:
		return "–", "not measured"
	}
}

// failed tells whether a step or a pair has failed.
func (r *Row) failed() bool { return r.State == Ended && r.Status == Failed }

// over tells whether nothing more becomes of a step or a pair.
func (r *Row) over() bool { return r.State == Ended || r.State == Skipped }

// left returns about how long a step takes from now on. It is not known where the step says
// nothing of how long it takes.
func (r *Row) left(now time.Time) (d time.Duration, known bool) {
	switch {
	case r.over():
		return 0, true
	case r.Takes <= 0:
		return 0, false
	case r.State == Running:
		return max(r.Takes-max(now.Sub(r.Began), 0), 0), true
	default:
		return r.Takes, true
	}
}

// runs returns the step of a pair that runs; follows where there is none.
func (p *Pair) runs() int {
	return slices.IndexFunc(p.Steps, func(r Row) bool { return r.State == Running })
}

// ran tells whether any step of a pair has begun. A pair may have ended for that it could not be run.
func (p *Pair) ran() bool {
	return slices.ContainsFunc(p.Steps, func(r Row) bool { return !r.Began.IsZero() })
}

// left returns about how long the steps of a pair that are left take, as far as that is known: 0
// where nothing is.
func (p *Pair) left(now time.Time) (sum time.Duration) {
	if p.over() {
		return 0
	}
	for i := range p.Steps {
		d, _ := p.Steps[i].left(now)
		sum += d
	}
	return sum
}

// left returns about how long the rest of the run takes, in the same way.
func (s *Shown) left(now time.Time) (sum time.Duration) {
	for i := range s.Pairs {
		sum += s.Pairs[i].left(now)
	}
	return sum
}
