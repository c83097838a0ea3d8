package session

import (
	"cmp"
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// An Incident is what diagnostics and notices with one cause come to: what is wrong, since
// when, and all that followed from it. It is a notice, each time that [Incidents] has
// something to tell of it, as of then. One of which nobody knows whether it is over counts as
// over when it is closed, since its last session ended or its newest effect.
type Incident struct {
	Number   uint64 // from 1, in the order of their first effects
	State    IncidentState
	Cause    Code     // of the effect that the others follow from
	Severity Severity // of the worst effect
	Since    time.Time
	Until    time.Time // when it was over; zero while it lasts
	Last     time.Time // when it had its newest effect
	Peer     protocol.Peer
	Route    string // of the sessions, where there are several
	Server   string // host:port of theirs
	Target   string // host:port, where it is about one target; printable
	// Rule is the number of the rule that may be why there is its cause; 0: none may.
	Rule uint16
	// Sessions and Streams are the first that it was seen in, at most [MaxListed] of each,
	// and the counts are of all; but no more than [MaxCounted] streams, and sessions that live
	// at one time, are told apart.
	Sessions     []uint32
	Streams      []StreamRef
	SessionCount int
	StreamCount  int
	Effects      []Effect // the worst first
	Text         string   // a sentence, printable
}

// Bounds of an incident.
const (
	MaxListed  = 32  // sessions, and streams, that an incident lists
	MaxCounted = 256 // streams that it tells apart, and sessions of those that live
)

// An IncidentState says what there is to tell of an incident.
type IncidentState uint8

// The states of an incident.
const (
	IncidentOpened IncidentState = iota
	IncidentGrown                // it has more effects, or another cause
	IncidentClosed               // its cause is gone, or it has had no effect for long
)

// String returns "opened", "grown" or "closed".
func (s IncidentState) String() string {
	return [...]string{"opened", "grown", "closed"}[min(s, IncidentClosed)]
}

// A StreamRef names a stream of a session.
type StreamRef struct{ Session, Stream uint32 }

// An Effect counts what an incident has had of one code.
type Effect struct {
	// Code is that of diagnostics, or the name of the notices of blocked bytes and of
	// heartbeats that wait: [EffectBlocked], [EffectWaiting].
	Code     Code
	Severity Severity // of the worst one
	Count    uint64
}

// What notices are called as effects.
const (
	EffectBlocked Code = "blocked"
	EffectWaiting Code = "heartbeat-waiting"
)

// NoticeName implements [Notice].
func (Incident) NoticeName() string { return "incident" }

// Count returns how many effects there were.
func (i *Incident) Count() (n uint64) {
	for _, e := range i.Effects {
		n += e.Count
	}
	return n
}

// IsOpen tells whether the incident is neither over nor closed.
func (i *Incident) IsOpen() bool { return i.Until.IsZero() && i.State != IncidentClosed }

// Lasts tells whether the incident is a state of a peer that is not over. What is no state has
// happened, and does not last.
func (i *Incident) Lasts() bool { return i.Cause.IsState() && i.IsOpen() }

// Compare orders incidents by how bad they are, the worst first: by severity, by the states of
// peers that last, by the rank of their causes, by their effects, and the older first.
func (i *Incident) Compare(o *Incident) int {
	return cmp.Or(
		cmp.Compare(o.Severity, i.Severity),
		compareBools(o.Lasts(), i.Lasts()),
		cmp.Compare(o.Cause.rank(), i.Cause.rank()),
		cmp.Compare(o.Count(), i.Count()),
		cmp.Compare(i.Number, o.Number),
	)
}

func compareBools(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return 1
	default:
		return -1
	}
}

// lasted returns in words for how long the incident has lasted by a time.
func (i *Incident) lasted(now time.Time) string {
	if !i.Until.IsZero() {
		now = i.Until
	}
	d := max(now.Sub(i.Since), 0)
	if d >= time.Minute {
		return d.Round(time.Second).String()
	}
	return d.Round(100 * time.Millisecond).String()
}

// Clone returns a copy that shares no memory with the incident.
func (i *Incident) Clone() Incident {
	c := *i
	c.Sessions, c.Streams, c.Effects = slices.Clone(i.Sessions), slices.Clone(i.Streams), slices.Clone(i.Effects)
	return c
}

// compareEffects orders the effects of an incident: its cause first, and then by severity, by
// count and by name.
func compareEffects(of *Incident, a, b *Effect) int {
	return cmp.Or(
		compareBools(b.Code == of.Cause, a.Code == of.Cause),
		cmp.Compare(b.Severity, a.Severity),
		cmp.Compare(b.Count, a.Count),
		cmp.Compare(a.Code, b.Code),
	)
}
