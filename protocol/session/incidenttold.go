package session

import (
	"slices"
	"time"
)

const (
	// settleTime is how long after its cause is gone an incident still takes effects: answers
	// come late then, and clients give up.
	settleTime = time.Second
	// quietTime is how long an incident may have no effect before it is closed.
	quietTime = 5 * time.Minute
	// growTime is how long after an incident was told of it is told of again.
	growTime = time.Second
)

// Bounds of all incidents.
const (
	maxOpenIncidents = 64  // at one time; beyond them the one that was quiet for longest is closed
	maxPastIncidents = 192 // closed ones that are remembered, the worst and newest
)

// wake has it told that an incident has grown.
func (in *Incidents) wake(i *incident) { in.wakeAt(i.told.Add(growTime)) }

func (in *Incidents) wakeAt(at time.Time) {
	if in.due.IsZero() || at.Before(in.due) {
		in.due = at
	}
}

// Due returns an incident that is to be told of by a time, since it has grown or is closed;
// false where there is none. It is to be called until then.
func (in *Incidents) Due(now time.Time) (Incident, bool) {
	in.now = later(in.now, now)
	if len(in.untold) > 0 {
		told := in.untold[0]
		in.untold = slices.Delete(in.untold, 0, 1)
		return told, true
	}
	if in.due.IsZero() || now.Before(in.due) {
		return Incident{}, false
	}
	in.due = time.Time{}
	for n, i := range in.open {
		switch {
		case !i.over.IsZero() && now.Sub(i.over) >= settleTime, now.Sub(i.last) >= quietTime:
			in.due = now // there may be others
			return in.close(n), true
		case i.grown && now.Sub(i.told) >= growTime:
			in.due = now
			return i.tell(IncidentGrown, in.now), true
		}
		in.wakeAt(i.nextDue())
	}
	return Incident{}, false
}

// nextDue returns when there will be something to tell of the incident.
func (i *incident) nextDue() time.Time {
	at := i.last.Add(quietTime)
	if !i.over.IsZero() {
		at = i.over.Add(settleTime)
	}
	if grown := i.told.Add(growTime); i.grown && grown.Before(at) {
		return grown
	}
	return at
}

// close closes the nth of the open incidents.
func (in *Incidents) close(n int) Incident {
	i := in.open[n]
	if i.silence && i.over.IsZero() {
		in.silent--
	}
	in.open = slices.Delete(in.open, n, n+1)
	if i.Until.IsZero() {
		i.Until = i.last
	}
	told := i.tell(IncidentClosed, in.now)
	in.past = append(in.past, told)
	if len(in.past) > maxPastIncidents {
		in.forget()
	}
	return told
}

// makeRoom closes the incident that was quiet for longest, where there are too many: Due tells
// of it.
func (in *Incidents) makeRoom() {
	if len(in.open) < maxOpenIncidents {
		return
	}
	oldest := in.open[0]
	for _, i := range in.open {
		if i.last.Before(oldest.last) {
			oldest = i
		}
	}
	in.untold = append(in.untold, in.close(slices.Index(in.open, oldest)))
}

// forget forgets the closed incident that matters least: of the least severe ones the oldest.
func (in *Incidents) forget() {
	least := 0
	for n := range in.past {
		if in.past[n].Severity < in.past[least].Severity {
			least = n
		}
	}
	in.past = slices.Delete(in.past, least, least+1)
}

// tell returns the incident as it is told of now.
func (i *incident) tell(state IncidentState, now time.Time) Incident {
	i.State, i.told, i.grown = state, later(i.told, now), false
	return i.asOf(now)
}

// asOf returns a copy of the incident as of a time.
func (i *incident) asOf(now time.Time) Incident {
	c := i.clone()
	c.Last = i.last
	slices.SortStableFunc(c.Effects, func(a, b Effect) int { return compareEffects(&c, &a, &b) })
	c.Text = c.sentence(now, i.text)
	return c
}

// Open returns the incidents that are not closed, the worst first, as of the last time that
// was given.
func (in *Incidents) Open() []Incident {
	list := make([]Incident, 0, len(in.open))
	for _, i := range in.open {
		list = append(list, i.asOf(in.now))
	}
	slices.SortFunc(list, func(a, b Incident) int { return a.Compare(&b) })
	return list
}

// List returns the incidents, the worst first: those that are open, as of the last time that
// was given, and those that are remembered.
func (in *Incidents) List() []Incident {
	list := slices.Grow(in.Open(), len(in.past))
	for n := range in.past {
		list = append(list, in.past[n].clone())
	}
	slices.SortFunc(list, func(a, b Incident) int { return a.Compare(&b) })
	return list
}

// Count returns how many incidents there were.
func (in *Incidents) Count() uint64 { return in.opened }
