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
	// desertedTime is how long an incident of a peer's state may have no effect once all of
	// its sessions have ended: clients come back sooner.
	desertedTime = 10 * time.Second
	// growTime is how long after an incident was told of it is told of again, at the
	// earliest. One that lasts, and becomes no worse, is told of ever more seldom, down to
	// once in growMost.
	growTime  = time.Second
	growShare = 4 // of how long it was open when it was told of last
	growMost  = time.Minute
)

// Bounds of all incidents.
const (
	maxOpenIncidents = 64  // at one time; beyond them one that was quiet for long is closed
	maxAlike         = 16  // at one time that differ in their target, or their text, alone
	maxPastIncidents = 192 // closed ones that are remembered, the worst and newest
)

// wakeAt has Due look at a time at the latest.
func (in *Incidents) wakeAt(at time.Time) {
	if in.due.IsZero() || at.Before(in.due) {
		in.due = at
	}
}

// Due returns an incident that is to be told of by a time, since it has grown or is closed;
// false where there is none. It is to be called until then.
func (in *Incidents) Due(now time.Time) (Incident, bool) {
	in.now = later(in.now, now)
	if in.due.IsZero() || now.Before(in.due) {
		return Incident{}, false
	}
	in.due = time.Time{}
	for n, i := range in.open {
		switch {
		case !now.Before(i.closeDue()):
			in.due = now // there may be others
			return in.close(n), true
		case i.grown && !now.Before(i.growDue()):
			in.due = now
			return i.tell(IncidentGrown, in.now), true
		}
		in.wakeAt(i.nextDue())
	}
	return Incident{}, false
}

// NextDue returns when there may be something to tell, zero where there is nothing until another
// effect comes. Each call of [Incidents.Due] until it returns false puts it behind its time.
func (in *Incidents) NextDue() time.Time { return in.due }

// nextDue returns when there will be something to tell of the incident.
func (i *incident) nextDue() time.Time {
	if i.grown {
		return earlier(i.closeDue(), i.growDue())
	}
	return i.closeDue()
}

// closeDue returns when the incident will be closed, unless it has effects before.
func (i *incident) closeDue() time.Time {
	switch {
	case !i.over.IsZero():
		return i.over.Add(settleTime)
	case i.kind != ofCode && !i.deserted.IsZero():
		return later(i.last, i.deserted).Add(desertedTime)
	default:
		return i.last.Add(quietTime)
	}
}

// growDue returns when it may be told of again that the incident has grown.
func (i *incident) growDue() time.Time {
	if i.risen {
		return i.told.Add(growTime)
	}
	return i.told.Add(min(max(growTime, i.told.Sub(i.opened)/growShare), growMost))
}

// close closes the nth of the open incidents.
func (in *Incidents) close(n int) Incident {
	i := in.open[n]
	if i.hears() {
		in.listens--
	}
	in.open = slices.Delete(in.open, n, n+1)
	if i.Until.IsZero() {
		i.Until = later(i.last, i.deserted)
	}
	told := i.tell(IncidentClosed, in.now)
	in.past = append(in.past, told)
	if len(in.past) > maxPastIncidents {
		in.forget()
	}
	return told
}

// lessThan tells whether the incident rather than another one is closed to make room: the state
// of a peer lasts without effects.
func (i *incident) lessThan(o *incident) bool {
	if lasts := i.kind != ofCode; lasts != (o.kind != ofCode) {
		return !lasts
	}
	return i.last.Before(o.last)
}

// makeRoom closes the incident that was quiet for longest, where there are too many, and returns
// it as the only one.
func (in *Incidents) makeRoom() []Incident {
	if len(in.open) < maxOpenIncidents {
		return nil
	}
	least := 0
	for n, i := range in.open {
		if i.lessThan(in.open[least]) {
			least = n
		}
	}
	return []Incident{in.close(least)}
}

// forget forgets the closed incident that matters least: of the least severe ones the oldest.
func (in *Incidents) forget() {
	least := 0
	for n := range in.past {
		if in.past[n].Severity < in.past[least].Severity {
			least = n
		}
	}
	in.past = slices.Concat(in.past[:least], in.past[least+1:]) // who holds the old list keeps it
}

// tell returns the incident as it is told of now.
func (i *incident) tell(state IncidentState, now time.Time) Incident {
	i.State, i.told, i.grown, i.risen = state, later(i.told, now), false, false
	return i.asOf(now)
}

// asOf returns a copy of the incident as of a time.
func (i *incident) asOf(now time.Time) Incident {
	slices.SortStableFunc(i.Effects, func(a, b Effect) int { return compareEffects(&i.Incident, &a, &b) })
	i.Text, i.Last = i.sentence(now), i.last
	told := i.Clone()
	slices.Sort(told.Sessions) // and not those of the incident: what is held of it shares them
	return told
}

// HeldIncidents are what [Incidents] held at one moment. Who guards those with a lock takes
// them under it, quickly, and makes a list of them outside it: sentences and copies take long.
type HeldIncidents struct {
	open []incident // without what tells their sessions and streams apart
	past []Incident // as long as it is, it changes no more
	now  time.Time
}

// Held returns what is held.
func (in *Incidents) Held() HeldIncidents {
	h := HeldIncidents{open: make([]incident, len(in.open)), past: in.past, now: in.now}
	for n, i := range in.open {
		c := &h.open[n]
		*c = *i
		c.sessions, c.streams = nil, nil
		c.Effects = slices.Clone(i.Effects) // lists of sessions and streams only become longer
	}
	return h
}

// Open returns the incidents that are not closed, the worst first, as of the last time that
// was given.
func (h HeldIncidents) Open() []Incident {
	list := make([]Incident, 0, len(h.open)+len(h.past))
	for n := range h.open {
		list = append(list, h.open[n].asOf(h.now))
	}
	slices.SortFunc(list, func(a, b Incident) int { return a.Compare(&b) })
	return list
}

// List returns the incidents, the worst first: those that are open, as of the last time that
// was given, and those that are remembered.
func (h HeldIncidents) List() []Incident {
	list := h.Open()
	for n := range h.past {
		list = append(list, h.past[n].Clone())
	}
	slices.SortFunc(list, func(a, b Incident) int { return a.Compare(&b) })
	return list
}

// Count returns how many incidents there were.
func (in *Incidents) Count() uint64 { return in.opened }
