package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// maxTurns is how many turns of a side that waits are told apart. What comes behind
// them counts as one.
const maxTurns = 1 << 10

// A turn is what a side was fed before the other side was fed again. By their
// turns, what waited on both sides is taken in the order in which it came.
type turn struct {
	number uint64
	end    int64 // where it ends in the direction
}

// pump takes what it can of what s holds. What has to wait, settle takes later.
func (o *Observer) pump(s *side) {
	if s.wait == waitNone && !o.held(s) {
		for s.open() && o.step(s) {
		}
	}
	if !s.open() || s.wait == waitNone && !o.held(s) {
		return
	}
	s.note(o.turn)
	if len(s.buf) > o.backlog() {
		o.settle()
	}
	switch {
	case !s.open() || len(s.buf) <= o.backlog():
	case o.held(s):
		o.other(s).overdue = true
		o.settle()
	case s.wait != waitNone:
		o.overflow(s)
	}
}

// held tells whether s waits while the other side waits for its key, or has yet to take what
// waited for the hello of s: what both sent is taken in the order in which it came. Once
// either side has too much that waits, the other one goes on.
func (o *Observer) held(s *side) bool {
	other := o.other(s)
	if other.wait == waitNone || s.wait != waitNone || !other.open() {
		return false
	}
	return other.wait == waitKey && !other.overdue && !o.final || other.wait == waitHello && (s.said || s.mute)
}

// settle lets each side go on whose wait is over: for what the other one has said
// meanwhile, or for a key that has turned up. Whatever the observer is told ends
// here.
func (o *Observer) settle() {
	if !o.client().isSettled() || !o.server().isSettled() || o.scratch != nil { // seldom
		o.settleAll()
	}
}

// settleAll is settle for whatever the sides wait for, if for anything.
func (o *Observer) settleAll() {
	for {
		o.missHellos()
		if !o.goOn() && !o.finishEnded() {
			break
		}
	}
	for d := range o.sides {
		if s := &o.sides[d]; !s.open() {
			s.release()
		}
	}
	if !o.client().trying() && !o.server().trying() {
		o.scratch = nil
	}
}

// missHellos notes which hellos will not come.
func (o *Observer) missHellos() {
	for d := range o.sides {
		if s := &o.sides[d]; s.ended && !s.said && s.done() {
			s.mute = true
		}
	}
}

// goOn has one side take what it can, the one first that holds what was fed first. It tells whether
// that is anything.
func (o *Observer) goOn() bool {
	a, b := o.client(), o.server()
	if b.before(a) {
		a, b = b, a
	}
	return a.waits() && !o.held(a) && o.step(a) || b.waits() && !o.held(b) && o.step(b)
}

// finishEnded finishes the sides that TCP has ended, and tells whether that has stopped one: the other
// side may have waited for it.
func (o *Observer) finishEnded() (stopped bool) {
	for d := range o.sides {
		if s := &o.sides[d]; s.ended && s.open() {
			o.finish(s)
			stopped = stopped || !s.open()
		}
	}
	return stopped
}

// step takes what it can of the first turn that s holds, and tells whether that
// is anything.
func (o *Observer) step(s *side) bool {
	b := s.buf
	if len(s.turns) > 0 {
		b = b[:min(int64(len(b)), max(0, s.turns[0].end-s.offset))]
	}
	if s.atGap() {
		b = b[:min(int64(len(b)), max(0, s.gaps[0].end-s.offset))]
	}
	n, searched := 0, s.search != nil
	if searched {
		n = o.seek(s, b)
	} else {
		n = o.run(s, b)
	}
	if s.wait != waitKey {
		s.overdue = false
	}
	s.drop(n)
	switch {
	case n > 0 || !s.open() || !searched && s.search != nil:
		return true
	case s.wait != waitNone:
		return false
	case s.atGap():
		o.takeGap(s)
		return true
	case len(s.turns) > 0:
		if s.turns = s.turns[1:]; len(s.turns) == 0 {
			s.turns = nil
		}
		return true
	}
	return false
}

// note notes that what s holds beyond its last turn came in the turn of that
// number.
func (s *side) note(number uint64) {
	end := s.offset + int64(len(s.buf))
	last := len(s.turns) - 1
	if last >= 0 && (s.turns[last].number == number || last+1 == maxTurns) {
		s.turns[last].end = end
		return
	}
	s.turns = append(s.turns, turn{number, end})
}

// trying tells whether s opens records by trial.
func (s *side) trying() bool {
	return s.open() && (s.search != nil || s.skipped != nil || s.sealed && s.epoch == early)
}

// waits tells whether s holds what it could not take when it was fed.
func (s *side) waits() bool {
	return s.open() && (s.wait != waitNone || len(s.turns) > 0 || len(s.gaps) > 0)
}

// isSettled tells whether s is open, and waits for nothing.
func (s *side) isSettled() bool { return s.open() && !s.ended && !s.waits() }

// before tells whether what s holds was fed before what other holds.
func (s *side) before(other *side) bool {
	return len(s.turns) > 0 && (len(other.turns) == 0 || s.turns[0].number < other.turns[0].number)
}

// backlog returns how many bytes of a side may wait.
func (o *Observer) backlog() int {
	if o.Backlog > 0 {
		return o.Backlog
	}
	return DefaultBacklog
}

// maxEpochRecords is how many of the records that were dropped for want of a key
// may be of the handshake, and so not be counted in the next epoch.
const maxEpochRecords = 64

// overflow drops what s holds while it waits for a key: whole records, which it counts,
// so that s can go on when the key is known. It stops waiting for the other side.
func (o *Observer) overflow(s *side) {
	switch s.wait {
	case waitHello: // what is there is opened without it
		o.other(s).mute = true
		o.settle()
		return
	case waitAnswer:
		s.impatient = true
		o.settle()
		return
	}
	s.overdue = true
	o.missKey(s, true)
	o.missExtensions(s)
	if len(s.gaps) > 0 {
		o.dropAll(s)
		return
	}
	if s.search == nil {
		s.search = &search{cause: ErrNoKey}
	}
	search := s.search
	if search.exact {
		search.restart()
		search.dropped = 0
	}
	n := len(s.buf)
	if search.dropped >= 0 {
		for n = 0; len(s.buf)-n >= tlsrec.HeaderLen; n += tlsrec.RecordLen(s.buf[n:]) {
			if fault := tlsrec.HeaderFault(s.buf[n:], o.maxRecord(s)); fault != "" {
				o.fail(s, fmt.Errorf("%w: %s", ErrNotTLS, fault))
				return
			}
			if len(s.buf)-n < tlsrec.RecordLen(s.buf[n:]) {
				break
			}
			search.dropped++
		}
	}
	search.lost += int64(n)
	s.unread += int64(n)
	s.offset += int64(n)
	s.drop(n)
}

// dropAll drops all that s holds, with the gaps between.
func (o *Observer) dropAll(s *side) {
	missing := int64(0)
	for _, g := range s.gaps {
		missing = plus(missing, g.missing)
	}
	s.gaps, s.turns = nil, nil
	wait := s.wait
	o.miss(s, len(s.buf), missing)
	s.wait = wait
}
