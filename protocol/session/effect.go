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
	bare     string // text without what a rule did
	rule     uint16 // that may be why there is the effect; 0: none may
	wait     Wait
}

// ends tells whether the effect is that sessions end.
func (e *effect) ends() bool { return e.code.rank() == sessionEnds }

// isSign tells whether the effect can be a sign by itself that a peer is silent, or late. Other
// things that wait follow from it where it is known, and have causes of their own where it is not.
func (e *effect) isSign() bool { return e.code.rank() > sessionEnds }

// mute tells whether the effect shows a session in which nothing comes from a peer. A SYNACK
// may be all that the peer had to say, and wait for a target.
func (e *effect) mute() bool { return !e.wait.Mute.IsZero() && e.isSign() && !e.code.ofTarget() }

// A kind says what the effects of an incident have in common.
type kind uint8

const (
	ofCode          kind = iota // their code and, where it is about targets, their target
	ofSilence                   // nothing comes from a peer, over any of its sessions
	ofMuteSessions              // nothing comes from a peer in these sessions, though in others
	ofStandingBytes             // a peer does not read in these sessions
)

// kind returns of which kind an incident is that begins with the effect.
func (e *effect) kind() kind {
	switch {
	case e.rule != 0: // what a rule does is no state of a peer
		return ofCode
	case !e.wait.Silent.IsZero() && e.isSign():
		return ofSilence
	case e.wait.Stands:
		return ofStandingBytes
	case e.mute():
		return ofMuteSessions
	default:
		return ofCode
	}
}

// An incident is one that may still have effects.
type incident struct {
	Incident
	client string // the host of the first effect's
	dir    protocol.Direction
	text   string // of the first effect with its cause
	bare   string // text without what a rule did
	kind   kind
	mixed  bool // it has effects of other targets, with other texts, or of other servers
	// unacknowledged says that the path is dead by TCP: nothing answers there.
	unacknowledged bool
	// beyond says that more than HeartRequests had no answer, or that its peer has answered one:
	// it is not for what the peer does with heartbeats.
	beyond bool
	causes string    // likely ones of a peer's having sent nothing at all
	quiet  time.Time // since when nothing has come from the peer, as far as its kind says

	opened   time.Time
	over     time.Time // when what it is about was over; zero: it lasts, or it is no state of a peer
	heardAt  time.Time // when its peer was heard of, of whose silence nothing but late answers was seen
	deserted time.Time // when the last of its sessions ended; zero while one is live

	sessions map[uint32]*part
	streams  map[StreamRef]struct{}
	last     time.Time // when it had an effect
	told     time.Time // when it was told of
	grown    bool      // it had effects since
	risen    bool      // it has become worse since
}

// A part is what an incident knows of one of its sessions.
type part struct {
	last   time.Time // when it had an effect
	stands bool      // bytes do not move in it
	mute   bool      // nothing comes from the peer in it
	freeAt time.Time // when bytes moved again, or came again
	ended  bool
}

// free takes note that bytes move again in the session, or come again.
func (p *part) free(at time.Time) { p.stands, p.mute, p.freeAt = false, false, at }

// at tells whether the incident's peer is that of a place.
func (i *incident) at(from Place) bool {
	return i.Route == from.Route && i.Server == from.Server &&
		(i.Peer == protocol.Server || i.client == from.Client)
}

// ofPeerAt tells whether the incident's peer is that of a place, by whatever route: a peer that
// is heard of by one is silent by none.
func (i *incident) ofPeerAt(from Place) bool {
	if i.Peer == protocol.Server {
		return i.Server == from.Server
	}
	return i.client == from.Client
}

// hears tells whether the incident may end when its peer is heard of.
func (i *incident) hears() bool {
	return (i.kind == ofSilence || i.kind == ofMuteSessions) && i.over.IsZero()
}

// aboutBytes tells whether the incident's cause is that bytes do not move, and not only that
// nothing comes.
func (i *incident) aboutBytes() bool { return i.Cause == CodePeerNotReading || i.unacknowledged }

// some tells whether a part is so.
func (i *incident) some(so func(*part) bool) bool {
	for _, p := range i.sessions {
		if so(p) {
			return true
		}
	}
	return false
}

// same tells whether an effect is another one of what the incident is.
func (i *incident) same(from Place, e *effect) bool {
	if i.Route != from.Route || i.Server != from.Server || !i.over.IsZero() {
		return false
	}
	switch {
	case i.kind == ofCode && i.Rule != e.rule: // what a rule does is no peer's doing
		return false
	case i.Cause.refuses(i.dir) && e.code.refuses(e.dir):
		return true
	case i.Cause == CodeSessionChurn && e.code == CodeClosedBy:
		return i.dir == e.dir
	case !i.alike(from, e):
		return false
	case i.kind != ofCode && !i.at(from): // another client's state
		return false
	case i.mixed:
		return true
	case e.code.ofTarget() && i.Target != e.target:
		return false
	case e.code.ofText() || from.Session == 0: // what is about no session has nothing else to go by
		return i.bare == e.bare
	default:
		return true
	}
}

// alike tells whether an effect is another one of what the incident is, but for its target, or
// its text.
func (i *incident) alike(from Place, e *effect) bool {
	return i.Route == from.Route && i.Server == from.Server && i.over.IsZero() &&
		i.Cause == e.code && i.Rule == e.rule && (i.dir == e.dir || e.code == CodePaddingOversize) && !e.wait.Firm // a scheme is both sides'
}

// has tells whether the incident had an effect of a code.
func (i *incident) has(c Code) bool {
	return slices.ContainsFunc(i.Effects, func(e Effect) bool { return e.Code == c })
}

// mix makes the incident one of others, too, of which there are too many. It names no server
// any more where theirs is another one.
func (i *incident) mix(from Place) {
	i.mixed, i.risen = true, true
	if i.Route != from.Route || i.Server != from.Server {
		i.Route, i.Server = "", ""
	}
}

// explains tells whether the incident is why an effect came about in one of its sessions.
func (i *incident) explains(p *part, at time.Time, e *effect) bool {
	just := at.Sub(p.last) <= settleTime
	switch {
	case i.kind != ofCode:
		return (e.ends() || e.code.ofNotice() || e.code == CodeRejected) && (i.over.IsZero() || at.Sub(i.over) <= settleTime)
	case e.ends():
		return i.Cause.endsSession() || i.Severity == Error && just || e.code == CodeSessionChurn && i.Cause == CodeClosedBy && just
	case e.code == CodeDesynchronised: // a length was cut off, or these were no commands
		return i.Cause == CodePaddingOversize || i.Cause == CodeUnknownCommand && i.dir == e.dir
	case e.code.rank() == peerSilent: // it was told what the peer is silent about
		return i.Cause.refusal() > 0 || i.Cause == CodeSYNACKLate
	default:
		return false
	}
}
