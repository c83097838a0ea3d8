package journal

import "time"

// Tick tells the journal what time it is: heartbeats are lost by the passing of time
// alone. The owner of a live source calls it several times a second.
func (j *Journal) Tick(now time.Time) { j.tick(j.ticked.Swap(tickedAt(now)), now) }

// A ticked is when all live sessions were told the time, and from when on an event makes time pass
// for them again. Each event compares its time with the latter.
type ticked struct{ at, next time.Time }

func tickedAt(at time.Time) *ticked { return &ticked{at: at, next: at.Add(2 * passEvery)} }

const (
	// tickStep is how much time passes for one session before it passes for the next one.
	tickStep = 500 * time.Millisecond
	// tickSteps is for how long there are such steps: longer than it takes until all has come
	// about that follows from nothing's coming.
	tickSteps = 15 * time.Second
)

// tick tells all live sessions what time it is, and tells of incidents what is due. Where much
// time has passed since they were told last, as in a capture in which nothing comes for long, it
// passes for all of them in steps: what belongs to one incident may come from any session.
func (j *Journal) tick(last *ticked, now time.Time) {
	alive := j.sessions.alive()
	stop, until := now, now
	if last != nil {
		stop, until = last.at, last.at.Add(tickSteps)
	}
	for more := true; more; more = stop.Before(now) {
		step := now
		if next := stop.Add(tickStep); next.Before(until) && next.Before(now) {
			step = next
		}
		stop = j.nextStop(stop, step)
		for _, s := range alive {
			s.tick(stop)
		}
		j.tellDue(stop)
	}
}

// tellDue tells what is due of incidents.
func (j *Journal) tellDue(now time.Time) {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	j.tellIncidents(now, j.ring.written)
}

// passEvery is how often the events of one session make time pass for all sessions,
// as in a replay, which knows no other time. Events of other sessions may come this
// much late, since sources record sessions from several goroutines.
const passEvery = 100 * time.Millisecond

// pass lets time pass for all sessions, up to a little before now. Where several
// goroutines find that it is due, one of them does.
func (j *Journal) pass(now time.Time) {
	last := j.ticked.Load()
	if last != nil && now.Before(last.next) {
		return
	}
	at := now.Add(-passEvery)
	if j.ticked.CompareAndSwap(last, tickedAt(at)) {
		j.tick(last, at)
	}
}
