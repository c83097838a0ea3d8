package session

import (
	"time"

	"anytls-inspect/protocol"
)

// Heard takes note that a peer of a place sent something.
func (in *Incidents) Heard(at time.Time, from Place, peer protocol.Peer) {
	for _, i := range in.open {
		if !i.hears() || i.Peer != peer {
			continue
		}
		if i.kind == ofSilence {
			if i.ofPeerAt(from) && at.After(i.Since) {
				in.lives(i, at)
			}
			continue
		}
		if p := i.sessions[from.Session]; p != nil && p.mute {
			p.free(at)
			in.settle(i, at)
		}
	}
}

// Listens tells whether an incident may end when a peer is heard of: else there is no need to
// call [Incidents.Heard].
func (in *Incidents) Listens() bool { return in.listens > 0 }

// moves takes note that bytes toward a peer move again in a session.
func (in *Incidents) moves(at time.Time, from Place, peer protocol.Peer) {
	for _, i := range in.open {
		p := i.sessions[from.Session]
		if p == nil || i.Peer != peer || i.Route != from.Route || !p.stands {
			continue
		}
		p.free(at)
		if i.kind == ofSilence {
			in.lives(i, at)
		}
		in.settle(i, at)
	}
}

// lives takes note that the peer of an incident is silent no more: it has sent something, or
// taken it. That it talks does not move the bytes that stand in a session: where they are what
// is wrong, the incident lasts as long as they do.
func (in *Incidents) lives(i *incident, at time.Time) {
	if i.aboutBytes() && i.some(func(p *part) bool { return p.stands }) {
		i.kind = ofStandingBytes
		in.listens--
		return
	}
	in.isOver(i, at)
}

// Ended takes note that a session ended.
func (in *Incidents) Ended(at time.Time, from Place) {
	for _, i := range in.open {
		p := i.sessions[from.Session]
		if p == nil || i.Route != from.Route || p.ended {
			continue
		}
		p.stands, p.mute, p.ended = false, false, true
		if !i.some(func(p *part) bool { return !p.ended }) {
			i.deserted = at
			in.wakeAt(i.nextDue())
		}
		in.settle(i, at)
	}
}

// settle ends an incident whose sessions all go on, or have ended. Where nothing has come from
// a peer until all of them ended, it may still be silent, and another session may show it.
func (in *Incidents) settle(i *incident, at time.Time) {
	switch {
	case i.kind == ofStandingBytes && !i.some(func(p *part) bool { return p.stands }):
		in.isOver(i, at)
	case i.kind == ofMuteSessions && i.deserted.IsZero() && !i.some(func(p *part) bool { return p.mute }):
		in.isOver(i, at)
	case i.kind == ofSilence && !i.deserted.IsZero() && i.Cause == CodePeerNotReading:
		in.isOver(i, at)
	}
}

// isOver takes note that what an incident is about is over. A late answer alone is no state of
// its peer: the incident goes on, for what comes of the same kind.
func (in *Incidents) isOver(i *incident, at time.Time) {
	if !i.over.IsZero() {
		return
	}
	if i.hears() {
		in.listens--
	}
	if i.Cause.rank() <= answerLate {
		i.kind, i.heardAt = ofCode, at
		return
	}
	i.over, i.Until, i.grown = at, at, true
	in.wakeAt(i.nextDue())
}
