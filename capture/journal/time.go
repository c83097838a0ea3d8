package journal

import "time"

// Tick tells the journal what time it is: heartbeats are lost by the passing of time
// alone. The owner of a live source calls it several times a second.
func (j *Journal) Tick(now time.Time) {
	j.ticked.Store(&now)
	j.tick(now)
}

// tick tells all live sessions what time it is.
func (j *Journal) tick(now time.Time) {
	for _, s := range j.sessions.alive() {
		s.tick(now)
	}
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	j.tellIncidents(now)
}

// passEvery is how often the events of one session make time pass for all sessions,
// as in a replay, which knows no other time. Events of other sessions may come this
// much late, since sources record sessions from several goroutines.
const passEvery = 100 * time.Millisecond

// pass lets time pass for all sessions, up to a little before now. Where several
// goroutines find that it is due, one of them does.
func (j *Journal) pass(now time.Time) {
	ticked := j.ticked.Load()
	if ticked != nil && now.Sub(*ticked) < 2*passEvery {
		return
	}
	at := now.Add(-passEvery)
	if j.ticked.CompareAndSwap(ticked, &at) {
		j.tick(at)
	}
}
