package journal

import (
	"time"
)

// Tick tells the journal what time it is: heartbeats are lost by the passing of
// time alone. Live sources call it several times a second.
func (j *Journal) Tick(now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	before := j.notices
	j.tick(now)
	if j.notices != before {
		j.version.Add(1)
	}
}

func (j *Journal) tick(now time.Time) {
	j.ticked = now
	for _, s := range j.order {
		if !s.closed {
			s.tracker.Tick(now)
		}
	}
}

// passEvery is how often the events of one session make time pass for all of
// them, as in a replay, which knows no other time. Sessions are recorded by
// several goroutines, so that an event may be late: it is given as long to come.
const passEvery = 100 * time.Millisecond

// pass lets time pass up to now, or a little less.
func (j *Journal) pass(now time.Time) {
	if now.Sub(j.ticked) >= 2*passEvery {
		j.tick(now.Add(-passEvery))
	}
}
