package session

import (
	"slices"
	"time"

	"anytls-inspect/protocol"
)

// An effect is what may belong to an incident.
type effect struct {
	code     Code
	severity Severity
	stream   uint32
	dir      protocol.Direction
	target   string
	text     string
	wait     Wait
}

// An incident is one that may still have effects.
type incident struct {
	Incident
	client string // the host of the first effect's
	dir    protocol.Direction
	text   string // of the first effect with its cause

	silence  bool // it is a peer's silence, and ends when that is heard of
	standing bool // it is a peer that does not read, and ends when bytes move in all its sessions
	over     time.Time

	sessions map[uint32]*part
	streams  map[StreamRef]struct{}
	last     time.Time // when it had an effect
	told     time.Time // when it was told of
	grown    bool      // it had effects since
}

// A part is what an incident knows of one of its sessions.
type part struct {
	last   time.Time // when it had an effect
	stands bool      // bytes do not move in it
}

// at tells whether the incident's peer is that of a place.
func (i *incident) at(from Place) bool {
	return i.Route == from.Route && i.Server == from.Server &&
		(i.Peer == protocol.Server || i.client == from.Client)
}

// same tells whether an effect is another one of what the incident is.
func (i *incident) same(from Place, e *effect) bool {
	if i.Route != from.Route || i.Server != from.Server || !i.over.IsZero() {
		return false
	}
	if i.Cause.refusal() > 0 && e.code.refusal() > 0 {
		return true
	}
	switch {
	case i.Cause != e.code || i.dir != e.dir:
		return false
	case e.code.ofTarget() && i.Target != e.target:
		return false
	case (e.code.ofText() || from.Session == 0) && i.text != e.text: // what is about no session has nothing else to go by
		return false
	default:
		return !e.wait.Firm
	}
}

// add adds an effect.
func (i *incident) add(at time.Time, from Place, e *effect) {
	i.last, i.grown = later(i.last, at), true
	i.Severity = max(i.Severity, e.severity)
	n := slices.IndexFunc(i.Effects, func(have Effect) bool { return have.Code == e.code })
	if n < 0 {
		n = len(i.Effects)
		i.Effects = append(i.Effects, Effect{Code: e.code})
	}
	i.Effects[n].Count++
	i.Effects[n].Severity = max(i.Effects[n].Severity, e.severity)
	i.join(at, from, e)
	i.rise(e)
}

// join takes note of the session and the stream of an effect.
func (i *incident) join(at time.Time, from Place, e *effect) {
	if from.Session == 0 {
		return
	}
	p := i.sessions[from.Session]
	if p == nil {
		if len(i.sessions) >= MaxCounted {
			return
		}
		p = new(part)
		i.sessions[from.Session] = p
		i.SessionCount = len(i.sessions)
		if len(i.Sessions) < MaxListed {
			i.Sessions = append(i.Sessions, from.Session)
		}
	}
	p.last = at
	p.stands = p.stands || e.wait.Stands
	ref := StreamRef{from.Session, e.stream}
	if _, known := i.streams[ref]; known || e.stream == 0 || len(i.streams) >= MaxCounted {
		return
	}
	i.streams[ref] = struct{}{}
	i.StreamCount = len(i.streams)
	if len(i.Streams) < MaxListed {
		i.Streams = append(i.Streams, ref)
	}
}

// rise gives the incident the cause that an effect shows, if that ranks higher.
func (i *incident) rise(e *effect) {
	cause := e.code
	if silent := silentCode(i.Peer == protocol.Server); i.silence && e.wait.Firm && silent.outranks(cause) {
		cause = silent
	}
	if !cause.outranks(i.Cause) {
		return
	}
	i.Cause, i.text, i.dir = cause, e.text, e.dir
	if !cause.ofTarget() {
		i.Target = ""
	}
}
