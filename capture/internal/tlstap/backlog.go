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
	if s.wait == waitNone {
		for s.open() && o.step(s) {
		}
	}
	if s.open() && s.wait != waitNone {
		s.note(o.turn)
		if len(s.buf) > o.backlog() {
			o.settle()
		}
		if s.wait != waitNone && len(s.buf) > o.backlog() {
			o.overflow(s)
		}
	}
}

// settle lets each side go on whose wait is over: for what the other one has said
// meanwhile, or for a key that has turned up. Whatever the observer is told ends
// here.
func (o *Observer) settle() {
	for {
		a, b := o.client(), o.server()
		if b.before(a) {
			a, b = b, a
		}
		moved := a.waits() && o.step(a) || b.waits() && o.step(b)
		if !moved {
			break
		}
	}
	for d := range o.sides {
		s := &o.sides[d]
		if s.ended {
			o.finish(s)
		}
	}
	for d := range o.sides {
		if s := &o.sides[d]; !s.open() {
			s.release()
		}
	}
	if !o.client().open() && !o.server().open() {
		o.scratch = nil
	}
}

// step takes what it can of the first turn that s holds, and tells whether that
// is anything.
func (o *Observer) step(s *side) bool {
	b := s.buf
	if len(s.turns) > 0 {
		b = b[:min(int64(len(b)), max(0, s.turns[0].end-s.offset))]
	}
	n := 0
	if s.search != nil {
		n = o.seek(s, b)
	} else {
		n = o.run(s, b)
	}
	s.drop(n)
	if n > 0 || !s.open() {
		return true
	}
	if len(s.turns) > 0 && s.wait == waitNone {
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

// waits tells whether s holds what it could not take when it was fed.
func (s *side) waits() bool { return s.open() && (s.wait != waitNone || len(s.turns) > 0) }

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

// lose starts a search: what s holds is lost, and with it the missing bytes behind;
// -1 stands for a number that is not known.
func (s *side) lose(missing int64) {
	if s.search == nil {
		s.search = &search{}
	}
	search := s.search
	search.cause, search.dropped, search.scanned, search.tried = ErrGap, -1, 0, 0
	if missing < 0 {
		search.inexact, missing = true, 0
	}
	search.lost += int64(len(s.buf)) + missing
	s.unread += int64(len(s.buf)) + missing
	s.offset += int64(len(s.buf)) + missing
	s.buf, s.wait = s.buf[:0], waitNone
	s.messages.reset()
}

// missExtensions notes that s loses bytes that may hold the server's
// EncryptedExtensions.
func (o *Observer) missExtensions(s *side) {
	if s == o.server() && o.info.Version == tlsrec.VersionTLS13 && !o.extensions {
		o.info.Incomplete = true
	}
}

// overflow drops the whole records that s holds while it waits for a key. It counts
// them, so that s can go on when the key is known.
func (o *Observer) overflow(s *side) {
	if s.wait == waitHello {
		o.fail(s, fmt.Errorf("%w: the other side's hello is missing", ErrNoHandshake))
		return
	}
	o.missKey(s)
	o.missExtensions(s)
	if s.search == nil {
		s.search = &search{cause: ErrNoKey}
	}
	search := s.search
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
