package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A Wait says for whom and since when something waits that a diagnostic is about: an answer
// that does not come, bytes that are not taken. By it an [Incident] finds what else waits for
// that. The zero value says that nothing waits.
type Wait struct {
	For   protocol.Peer
	Since time.Time // zero: nothing waits
	// Silent is since when nothing has come from that peer, over any of its sessions; zero
	// where it was heard of while this waited.
	Silent time.Time
	// Mute is since when nothing has come from that peer in the session; zero where something
	// has while this waited.
	Mute time.Time
	// Never says that the peer has sent nothing at all in the session.
	Never bool
	// Firm says that more waits than this, and some of it for nobody else: the peer is
	// silent, and not only late.
	Firm bool
	// Answers says that the peer has answered a HeartRequest in the session.
	Answers bool
	// Stands says that bytes toward the peer do not move.
	Stands bool
}

// waits tells whether something waits.
func (w *Wait) waits() bool { return !w.Since.IsZero() }

// silentShare is how much of the time that something waits its peer must have been silent,
// for the silence to be why: the rest is what was on its way.
const silentShare = 0.75

// corroborates is for how long a HeartRequest must be without an answer to show that a server
// is silent that is late with a SYNACK. An answer takes no target.
const corroborates = time.Second

// waitFor returns what waits for a peer since a time.
func (t *Tracker) waitFor(p protocol.Peer, since time.Time) Wait {
	w := Wait{For: p, Since: since, Answers: t.answersHeartbeats(p)}
	if since.IsZero() || t.ignoresHeartbeats(p) && !t.owesOther(p) || t.dark(p.Toward().Reverse()) || !t.paths[p].isSeen() {
		return w
	}
	here := t.st.LastAt[p.Toward().Reverse()]
	w.Never = here.IsZero()
	w.Mute = t.quietSince(since, here)
	w.Silent = t.quietSince(since, t.heardOf(p))
	w.Firm = !w.Silent.IsZero() && (t.paths[p].firmWith(1) || t.corroborated(p))
	return w
}

// waitBeside is waitFor of what is no sign that the peer is silent, and follows from it where it is.
func (t *Tracker) waitBeside(p protocol.Peer, since time.Time) Wait {
	w := t.waitFor(p, since)
	w.Firm = false
	return w
}

// standsStill tells whether a peer owes an answer for long, and was not heard of since.
func (t *Tracker) standsStill(p protocol.Peer) bool {
	heard := t.st.LastAt[p.Toward().Reverse()]
	for _, o := range t.appendAnswers(nil, p) {
		if t.now.Sub(o.Since) >= corroborates && !heard.After(o.Since) {
			return true
		}
	}
	return false
}

// quietSince returns since when nothing has come, by when something came last, zero if never;
// and zero where something came while an answer has waited since a time.
func (t *Tracker) quietSince(since, heard time.Time) time.Time {
	if !heard.IsZero() && float64(t.now.Sub(heard)) < silentShare*float64(t.now.Sub(since)) {
		return time.Time{}
	}
	return later(heard, t.beganAt())
}

// corroborated tells whether the peer owes an answer for long that waits for nobody else, and
// another one.
func (t *Tracker) corroborated(p protocol.Peer) bool {
	ledger := &t.side[p.Toward()].ledger
	return ledger.owed > 0 && !t.ignoresHeartbeats(p) && t.now.Sub(ledger.oldest()) >= corroborates && t.owesOther(p)
}

// beganAt returns when the peers could hear of one another in the session.
func (t *Tracker) beganAt() time.Time {
	switch {
	case !t.settingsAt.IsZero():
		return t.settingsAt
	case !t.opening.authAt.IsZero():
		return t.opening.authAt
	default:
		return t.opening.openedAt
	}
}

// oldestWait returns what a peer owes for longest, if anything.
func (t *Tracker) oldestWait(p protocol.Peer) Wait {
	var oldest time.Time
	for _, o := range t.appendAnswers(nil, p) {
		if oldest.IsZero() || o.Since.Before(oldest) {
			oldest = o.Since
		}
	}
	w := t.waitFor(p, oldest)
	w.Firm = w.Firm && (t.paths[p].firmWith(0) || t.corroborated(p)) // it breaks nothing itself
	return w
}

// ignoresHeartbeats tells whether a peer answers no HeartRequest, for all that is known,
// though it was heard of after it should have, in this session or in another one: that they
// are missing does not show that it is silent.
func (t *Tracker) ignoresHeartbeats(p protocol.Peer) bool {
	if t.answersHeartbeats(p) {
		return false
	}
	asked := p.Toward()
	first := t.side[asked].firstLost
	return t.paths[p].ignored() || !first.IsZero() && t.st.LastAt[asked.Reverse()].Sub(first) >= t.cfg.HeartbeatTimeout
}

// answersHeartbeats tells whether a peer has answered a HeartRequest in the session.
func (t *Tracker) answersHeartbeats(p protocol.Peer) bool {
	for o := range t.heartbeats[p] {
		if h := &t.heartbeats[p][o]; h.Answered+h.Late > 0 {
			return true
		}
	}
	return false
}
