package export

import (
	"time"

	"anytls-inspect/protocol/session"
)

// A telling says what there is to tell people of an incident, of which they were told before.
type telling uint8

const (
	nothingNew telling = iota // it has grown at most
	isNew                     // they were not told of it
	isWorse                   // it has a cause of a higher rank, or is more severe
	isOver                    // it is closed, and lasted, or had more effects, than they know
)

// A toldIncident is what people were told last of an incident that is not closed.
type toldIncident struct {
	cause    session.Code
	severity session.Severity
	effects  uint64
	at       time.Time // when it was told
}

// told is what people were told of incidents. Its memory is bounded: the journal has few
// open at one time. The zero value is for who was told nothing.
type told struct {
	open    map[uint64]toldIncident // by number
	advised map[advised]bool        // of what they were told what to do
}

// advised is a cause, and the rule that may be why; 0: none may.
type advised struct {
	cause session.Code
	rule  uint16
}

// take takes note that an incident is told of as of a time, and returns what is new about
// it, and what was told before.
func (t *told) take(i *session.Incident, at time.Time) (what telling, before toldIncident) {
	before, known := t.open[i.Number]
	now := toldIncident{cause: i.Cause, severity: i.Severity, effects: i.Count(), at: at}
	switch {
	case i.State == session.IncidentClosed:
		delete(t.open, i.Number)
		if known && now.cause == before.cause && now.effects == before.effects && !i.Until.After(before.at) {
			return nothingNew, before
		}
		return isOver, before
	case known && now.cause == before.cause && now.severity <= before.severity:
		return nothingNew, before
	}
	if t.open == nil {
		t.open = make(map[uint64]toldIncident)
	}
	t.open[i.Number] = now
	if known {
		return isWorse, before
	}
	return isNew, before
}

// forget forgets the incidents: some of what was to be told is missing. Those that grow are
// new then, and none stays that was closed meanwhile.
func (t *told) forget() { clear(t.open) }

// advises tells whether it is still to be said what to do about an incident, and takes note
// that it is said. A note needs no more than to be known.
func (t *told) advises(i *session.Incident) bool {
	of := advised{i.Cause, i.Rule}
	if i.Severity == session.Note || t.advised[of] {
		return false
	}
	if t.advised == nil {
		t.advised = make(map[advised]bool)
	}
	t.advised[of] = true
	return true
}
