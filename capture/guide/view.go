package guide

import (
	"time"

	"anytls-inspect/capture/report"
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
	Skipped // the run ended before it, or it can't be measured of this pair
)

// A Step is one of the plan's, and what came of it.
type Step struct {
	ID    report.StepID
	Part  string // the name of its scenario
	State State
	Title string // in the language of the run
	// Status and Text are what it came to: the text in the language of the run, printable.
	Status report.Status
	Text   string
	Began  time.Time
	// Takes is about how long it takes; 0: nobody knows.
	Takes time.Duration
	Took  time.Duration // once it has ended

	unfit bool // it can't be measured of such a pair
}

// A View is how far a run is.
type View struct {
	Pair  string // the names of both ends
	Began time.Time
	Steps []Step // all of the plan
	// Heartbeats are those of the newest relay, also once it has ended, by the peer that they go
	// toward.
	Heartbeats protocol.ByPeer[session.Figures]
	// Series are their newest round-trips, oldest first; [session.LostSample] for lost ones.
	Series protocol.ByPeer[[]time.Duration]
	Done   bool          // the run has ended
	Took   time.Duration // then
}
