package journal

import "time"

// Tick tells the journal what time it is: heartbeats are lost by the passing of time
// alone. The owner of a live source calls it several times a second.
func (j *Journal) Tick(now time.Time) {
	j.mu.Lock()
	defer j.mu.Unlock()
	before := j.notices
	j.tick(now)
	if j.notices != before {
		j.version.Add(1)
	}
}

// tick tells all live sessions what time it is.
func (j *Journal) tick(now time.Time) {
	j.ticked = now
	for _, s := range j.order {
		if !s.closed {
			s.tracker.Tick(now)
		}
	}
}

// passEvery is how often the events of one session make time pass for all sessions,
// as in a replay, which knows no other time. Events of other sessions may come this
// much late, since sources record sessions from several goroutines.
const passEvery = 100 * time.Millisecond

// pass lets time pass for all sessions, up to a little before now.
func (j *Journal) pass(now time.Time) {
	if now.Sub(j.ticked) >= 2*passEvery {
		j.tick(now.Add(-passEvery))
	}
}
