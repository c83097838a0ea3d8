package relay

import (
	"cmp"
	"errors"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// An errand is what a rule wants done on the other link, whose lock is never taken under this
// one's: it is done when the turn was given back.
type errand struct {
	frame protocol.Header // of the frame that the rule was applied to
	step  *rule.Step      // Insert, or Cut: the other link swallows what it carries
}

// insertMade carries out a step that inserts something.
func (l *link) insertMade(p *passage, st *rule.Step) {
	where := "before it"
	switch {
	case st.Toward != l.dir.Receiver():
		l.errands = append(l.errands, errand{p.Header, st})
		where = "toward the " + st.Toward.String()
	case st.Behind:
		p.behind = append(p.behind, *st)
		where = "behind it"
	}
	l.applied(p, st, insertText(st.Made, where), false)
	if st.Toward == l.dir.Receiver() && !st.Behind {
		l.insertHere(p, st)
	}
}

// insertHere has something written into the frame's own direction.
func (l *link) insertHere(p *passage, st *rule.Step) {
	if l.asksTooMuch(st.Made) {
		l.refuse(p.Header, st.Rule, st.Action, capture.ErrTooManyOwed)
		return
	}
	l.writeMade(st.Made, nil, session.Fate{Kind: session.Injected, Rule: st.Rule})
}

// insertBehind has written what rules insert behind a frame, which may have gone nowhere.
func (l *link) insertBehind(p *passage) {
	for i := range p.behind {
		l.insertHere(p, &p.behind[i])
	}
}

// repeatNone tells that there are no copies of a frame that goes nowhere.
func (l *link) repeatNone(p *passage) {
	for _, by := range p.copies {
		l.refuse(p.Header, by, rule.Duplicate, errGoesNowhere)
	}
}

// errGoesNowhere says why a frame has no copies.
var errGoesNowhere = errors.New("the frame goes nowhere")

// asksTooMuch tells whether bytes are a HeartRequest that would be one too many.
func (l *link) asksTooMuch(wire []byte) bool {
	h, whole := wholeFrame(wire)
	return whole && h.Command == protocol.HeartRequest && !l.shared.MayAsk(l.dir)
}

// refuse tells that a rule could not do what it says to a frame.
func (l *link) refuse(h protocol.Header, by uint16, a rule.Action, err error) {
	l.tell(&capture.Application{Rule: by, Action: a.String(), Header: h, Again: true, Undone: true, Text: notDone + err.Error()})
}

// dropInserts drops what is to be inserted, and tells of what rules wanted. l.mu is held.
func (l *link) dropInserts(why error) {
	for i := range l.outbox.items {
		if it := &l.outbox.items[i]; it.came == nil && it.rule != 0 {
			l.refuse(it.frame.Header(), it.rule, rule.Insert, why)
		}
	}
	l.outbox.empty()
}

// runErrands does errands. Nobody's lock is held.
func (l *link) runErrands(errands []errand) {
	o := l.answers
	// Cuts go first: what is inserted at the same time would be lost, and that is told.
	slices.SortStableFunc(errands, func(a, b errand) int { return cmp.Compare(b.step.Action, a.step.Action) })
	for i := range errands {
		st := errands[i].step
		switch {
		case o == nil:
		case st.Action == rule.Cut:
			o.swallow(st.Rule)
		default:
			if err := o.injectMade(st); err != nil {
				l.mu.Lock()
				l.refuse(errands[i].frame, st.Rule, st.Action, err)
				l.mu.Unlock()
			}
		}
	}
}

// injectMade puts what a rule inserts into the outbox.
func (l *link) injectMade(st *rule.Step) error {
	it := item{wire: st.Made, when: capture.WhenPossible, since: l.clock(), rule: st.Rule, raw: true}
	if h, whole := wholeFrame(st.Made); whole {
		it.raw = false
		it.frame = protocol.Frame{Command: h.Command, Stream: h.Stream, Data: st.Made[protocol.HeaderLen:]}
	}
	if l.newTicket != nil {
		it.ticket = l.newTicket()
	}
	_, err := l.enter(it)
	return err
}

// swallows says that a rule has cut the connection that the link writes to. What comes is dropped,
// and no rule is asked about it. l.mu is held.
func (l *link) swallows(by uint16) {
	l.cutBy = by
	l.gate.SetRules(nil)
}

// swallow has the link drop all that it carries from now on, since a rule has cut the
// connection that it writes to: its sender goes on as with a peer that has vanished.
func (l *link) swallow(by uint16) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.swallows(by)
	for i := range l.outbox.items {
		if p := l.outbox.items[i].came; p != nil {
			p.cancelled = true
		}
	}
	l.dropInserts(capture.ErrPeerGone)
	l.start()
	l.turn.Signal() // it pauses no more
}
