package session

import "time"

// stretchTime is how long a stretch may be: too short for what counts as a pause.
const stretchTime = min(flowPause, corroborates) - 1

// A stretch is a span of time without a pause, since it is too short for one. What happened twice
// in one stretch did so without a pause in between: most records show that by their stretch's
// number, which costs far less than to take one time from another. Where the numbers differ,
// the times tell.
type stretch struct {
	number      uint64
	from, until time.Time
}

// goesOn takes note of what time it is. Clocks may be set back: then another stretch begins, too.
func (s *stretch) goesOn(at time.Time) {
	if at.Before(s.from) || at.After(s.until) {
		*s = stretch{number: s.number + 1, from: at, until: at.Add(stretchTime)}
	}
}
