package session

import (
	"fmt"

	"anytls-inspect/protocol"
)

// made takes what the relay made. It stands between two frames of the direction's sender, whose
// framing knows nothing of it. continues says that more of it comes. What a rule makes need not
// be a frame; and what it makes in place of the preamble is one.
func (t *Tracker) made(s *side, b []byte, continues bool) {
	own := s.making
	if own == nil {
		own = new(protocol.Decoder)
		if s.swaps {
			*own = protocol.NewDecoder(s.dir)
		}
	}
	s.swaps, s.making = false, nil
	t.making = s.came.Rule
	sent, push, holed := s.fate, s.push, s.holed
	frames, unknown := 0, false
	for len(b) > 0 {
		p, n := own.Next(b)
		b = b[n:]
		if !p.Last {
			continue
		}
		frames++
		unknown = unknown || p.Kind == protocol.PieceFrame && !p.Header.Command.Known()
		t.piece(s, &p)
		s.whole += uint64(n)
	}
	s.fate, s.push, s.holed = sent, push, holed
	t.making = 0
	switch {
	case own.AtBoundary():
		if frames > 1 && unknown { // a length that was changed, and what is behind it
			t.mislays(s, s.came.Rule)
		}
	case continues:
		s.making = own
	default:
		t.mislays(s, s.came.Rule)
	}
}

// mislays takes note that the receiver of a direction may have lost the framing, by what a rule
// wrote to it.
func (t *Tracker) mislays(s *side, rule uint16) {
	what := "what the relay wrote is no frame"
	if rule != 0 {
		what = fmt.Sprintf("what rule %d wrote is no frame", rule)
	}
	t.loses(s, rule, what)
}

// loses takes note that the receiver of a direction may have lost the framing, for what a rule
// did. It is said once; what the receiver does from here on is held against nobody.
func (t *Tracker) loses(s *side, rule uint16, what string) {
	if s.mislaid {
		return
	}
	s.mislaid = true
	if rule != 0 {
		if t.touched == nil {
			t.touched = new(touches)
		}
		a := Application{Rule: rule, Dir: s.dir}
		k := touchKey{aspect: wholeWay, dir: s.dir}
		t.touched.note(t.now, &a, k)
		t.touched.by[k].lost = true
	}
	t.hand(Diagnostic{
		Code: CodeReceiverLost, Severity: CodeReceiverLost.Spec().Severity, Dir: s.dir, Rule: rule,
		Text: what + fmt.Sprintf(": the %v may have lost the framing from here on", s.dir.Receiver()),
	})
	t.cutHeartbeats(s.dir)
}

// misled tells whether a diagnostic is about what a peer does that may have lost the framing by
// a rule: that is not its fault.
func (t *Tracker) misled(d *Diagnostic) bool {
	switch d.Code {
	case CodeReceiverLost, CodeClosedBy, CodePathDead, CodePeerNotReading, CodeTLSFailed, CodeAlert, CodeSessionChurn:
		return false // these happened, or TCP shows them
	}
	if d.Wait.waits() && t.side[d.Wait.For.Toward()].mislaid {
		return true
	}
	return t.side[d.Dir.Reverse()].mislaid && d.Code != CodeHeartbeatUnanswered
}

// kept takes a frame that the relay kept, so that its receiver knows nothing of it. An answer to
// a HeartRequest was given all the same: no later one may be taken for it.
func (t *Tracker) kept(s *side, h protocol.Header) {
	switch {
	case h.Command == protocol.HeartResponse && s.fate.Kind == Dropped:
		t.answerDropped(s, h)
	case h.Command == protocol.HeartResponse:
		t.settle(t.now, s.dir, h.Stream)
	case h.Command == protocol.SYNACK:
		s.dropped = true
		if of := t.find(h.Stream); of != nil {
			of.keptACK = s.fate.Rule
		}
	case h.Command == protocol.ServerSettings:
		s.dropped = true
	}
}

// answerDropped takes an answer to a HeartRequest that a rule dropped: whoever asked has none,
// and its peer gave one.
func (t *Tracker) answerDropped(s *side, h protocol.Header) {
	asked := s.dir.Reverse()
	if t.side[asked].ledger.owed == 0 {
		t.settle(t.now, s.dir, h.Stream)
		return
	}
	r, _ := t.side[asked].ledger.Forget(h.Stream)
	t.side[asked].follower.settled(t.side[asked].ledger.owed, t.side[asked].ledger.oldest())
	c := t.counts(asked, r.Injected)
	if r.Expired || c.Waiting() == 0 {
		return // its loss was told, or nothing more is to be known of it
	}
	c.Lost++
	t.sample(asked, LostSample)
	t.handler.Notice(HeartbeatResult{Toward: asked.Receiver(), Origin: origin(r.Injected), Lost: true, Rule: s.fate.Rule})
	asks := asked.Sender().String()
	if r.Injected {
		asks = "relay"
	}
	t.diagnose(CodeHeartbeatUnanswered, 0, asked, fmt.Sprintf("the %v answered, and the %s did not get it", asked.Receiver(), asks))
}
