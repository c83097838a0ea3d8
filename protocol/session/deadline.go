package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// Go implementations since 0.0.9 set a deadline of 5 s on all writes when they write a
// control frame, also on one of data that is blocked already. So a peer whose writes are
// blocked, and that must answer a control frame, ends the session 5 s later.
const (
	deadlineLeast = 4800 * time.Millisecond
	deadlineMost  = 5700 * time.Millisecond
)

// controlsApart is how far apart control frames are that are remembered. So those of more
// than a second stand in a side, after which blocked bytes are told.
const controlsApart = 150 * time.Millisecond

// A control is a control frame that makes its receiver write one.
type control struct {
	at     time.Time // zero: there is none
	header protocol.Header
	made   bool // by the relay
}

// controls are the newest control frames of a direction.
type controls struct {
	ring [8]control
	n    int
}

// controlled takes note of a control frame that travels in a direction.
func (t *Tracker) controlled(s *side, h protocol.Header) {
	c := control{at: t.now, header: h, made: s.came.Made()}
	if t.blocked(s.dir.Reverse()) && s.trigger.at.IsZero() {
		s.trigger = c
	}
	if s.controls == nil {
		s.controls = new(controls)
	}
	r := s.controls
	if r.n > 0 && t.now.Sub(r.ring[(r.n-1)%len(r.ring)].at) < controlsApart {
		return
	}
	r.ring[r.n%len(r.ring)] = c
	r.n++
}

// answerBlocked takes note that the writes of a direction are blocked since a time, which
// may be a while ago. The oldest control frame since is kept: a peer that answers it itself
// reads no other.
func (t *Tracker) answerBlocked(dir protocol.Direction, since time.Time) {
	s := &t.side[dir.Reverse()]
	if !s.trigger.at.IsZero() {
		return
	}
	s.trigger = s.controls.first(func(c *control) bool { return !c.at.Before(since) })
}

// first returns the oldest of the control frames that is wanted.
func (r *controls) first(wanted func(*control) bool) control {
	if r == nil {
		return control{}
	}
	for i := max(0, r.n-len(r.ring)); i < r.n; i++ {
		if c := &r.ring[i%len(r.ring)]; wanted(c) {
			return *c
		}
	}
	return control{}
}

// deadlinePassed diagnoses a peer that ends the session since its write deadline passed:
// the other does not read, and a control frame asked for a write 5 s ago.
func (t *Tracker) deadlinePassed(by protocol.Peer) {
	asked := by.Toward()
	writes := asked.Reverse()
	since := t.st.Blocked[writes].Since
	if missed := t.side[asked].missedAt; !missed.IsZero() && !missed.Before(since) {
		return // another frame may have been what set the deadline
	}
	if since.IsZero() || t.diagnostics[CodeControlWriteDeadline] > 0 {
		return
	}
	slack := t.st.Evidence.Within
	fits := func(c *control) bool {
		after := t.now.Sub(c.at)
		return !c.at.Before(since) && after >= deadlineLeast+slack && after <= deadlineMost-slack
	}
	// Each control frame sets the deadline anew, unless the peer reads no more.
	c := t.side[asked].trigger
	if !fits(&c) {
		c = t.side[asked].controls.first(fits)
	}
	if c.at.IsZero() {
		return
	}
	name := nameOf(c.header)
	if c.made {
		name += " of the relay's"
	}
	t.diagnoseWait(CodeControlWriteDeadline, c.header.Stream, writes, t.blockedWait(writes), fmt.Sprintf(
		"the %v ended the session %s after %s came to it, which it answers with a control frame, while the %v had taken no byte for %s: probably the deadline of 5s that Go implementations set on all writes then",
		by, rounded(t.now.Sub(c.at)), name, writes.Receiver(), rounded(t.now.Sub(since))))
}
