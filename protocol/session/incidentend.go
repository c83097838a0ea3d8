package session

import (
	"time"

	"anytls-inspect/protocol"
)

// Heard takes note that a peer of a place sent something.
func (in *Incidents) Heard(at time.Time, from Place, peer protocol.Peer) {
	for _, i := range in.open {
		if i.silence && i.over.IsZero() && i.Peer == peer && i.at(from) && at.After(i.Since) {
			in.isOver(i, at)
		}
	}
}

// Listens tells whether an incident ends when a peer is heard of: else there is no need to
// call [Incidents.Heard].
func (in *Incidents) Listens() bool { return in.silent > 0 }

// moves takes note that bytes toward a peer move again in a session.
func (in *Incidents) moves(at time.Time, from Place, peer protocol.Peer) {
	for _, i := range in.open {
		p := i.sessions[from.Session]
		if p == nil || i.Peer != peer || i.Route != from.Route || !p.stands {
			continue
		}
		p.stands = false
		if i.silence || i.standing && !i.stands() {
			in.isOver(i, at)
		}
	}
}

// stands tells whether bytes do not move in one of the sessions.
func (i *incident) stands() bool {
	for _, p := range i.sessions {
		if p.stands {
			return true
		}
	}
	return false
}

// Ended takes note that a session ended.
func (in *Incidents) Ended(at time.Time, from Place) {
	for _, i := range in.open {
		p := i.sessions[from.Session]
		if p == nil || !p.stands || i.Route != from.Route {
			continue
		}
		p.stands = false
		if i.standing && !i.stands() {
			in.isOver(i, at)
		}
	}
}

// isOver takes note that what an incident is about is over. A late answer alone is no state of
// its peer: the incident goes on, for what comes of the same kind.
func (in *Incidents) isOver(i *incident, at time.Time) {
	if !i.over.IsZero() {
		return
	}
	if i.silence {
		in.silent--
	}
	if i.Cause.rank() <= answerLate {
		i.silence, i.standing = false, false
		return
	}
	i.over, i.Until, i.grown = at, at, true
	in.wakeAt(at.Add(settleTime))
}
