package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// maxTurns is how many turns of a half that waits are told apart; what comes
// behind them counts as one.
const maxTurns = 1 << 10

// A turn is what a half was fed before the other one was fed again.
type turn struct {
	number uint64
	end    int64 // in the direction
}

// pump takes what it can of what h holds; what waits, settle takes.
func (t *Tap) pump(h *half) {
	if h.wait == waitNone {
		for h.open() && t.step(h) {
		}
	}
	if h.open() && h.wait != waitNone {
		h.note(t.turn)
		if len(h.buf) > t.backlog() {
			t.settle()
		}
		if h.wait != waitNone && len(h.buf) > t.backlog() {
			t.overflow(h)
		}
	}
}

// settle lets each direction go on that waited for what the other one has said
// meanwhile, or for a key that has turned up. All that is fed ends here.
func (t *Tap) settle() {
	for {
		a, b := t.client(), t.server()
		if b.before(a) {
			a, b = b, a
		}
		moved := a.waits() && t.step(a) || b.waits() && t.step(b)
		if !moved {
			break
		}
	}
	for d := range t.halves {
		h := &t.halves[d]
		if h.ended {
			t.finish(h)
		}
	}
	for d := range t.halves {
		if h := &t.halves[d]; !h.open() {
			h.release()
		}
	}
	if !t.client().open() && !t.server().open() {
		t.scratch = nil
	}
}

// step takes what it can of what h holds, of one turn at most, and reports
// whether that is anything.
func (t *Tap) step(h *half) bool {
	b := h.buf
	if len(h.turns) > 0 {
		b = b[:min(int64(len(b)), max(0, h.turns[0].end-h.offset))]
	}
	n := 0
	if h.search != nil {
		n = t.seek(h, b)
	} else {
		n = t.run(h, b)
	}
	h.drop(n)
	if n > 0 || !h.open() {
		return true
	}
	if len(h.turns) > 0 && h.wait == waitNone {
		if h.turns = h.turns[1:]; len(h.turns) == 0 {
			h.turns = nil
		}
		return true
	}
	return false
}

// note says that what h holds is there since that turn, as far as it was not
// noted before.
func (h *half) note(number uint64) {
	end := h.offset + int64(len(h.buf))
	last := len(h.turns) - 1
	if last >= 0 && (h.turns[last].number == number || last+1 == maxTurns) {
		h.turns[last].end = end
		return
	}
	h.turns = append(h.turns, turn{number, end})
}

// waits reports whether h holds what it could not take when it was fed.
func (h *half) waits() bool { return h.open() && (h.wait != waitNone || len(h.turns) > 0) }

// before reports whether what h holds was fed before what other holds.
func (h *half) before(other *half) bool {
	return len(h.turns) > 0 && (len(other.turns) == 0 || h.turns[0].number < other.turns[0].number)
}

func (t *Tap) backlog() int {
	if t.Backlog > 0 {
		return t.Backlog
	}
	return DefaultBacklog
}

// maxEpochRecords is how many of the records that were dropped for want of a
// key may belong to the handshake.
const maxEpochRecords = 64

// lose starts a search: what h holds is lost, with the missing bytes behind it
// (-1: not known how many).
func (h *half) lose(missing int64) {
	if h.search == nil {
		h.search = &search{}
	}
	s := h.search
	s.cause, s.dropped, s.scanned, s.tried = ErrGap, -1, 0, 0
	if missing < 0 {
		s.inexact, missing = true, 0
	}
	s.lost += int64(len(h.buf)) + missing
	h.unread += int64(len(h.buf)) + missing
	h.offset += int64(len(h.buf)) + missing
	h.buf, h.wait = h.buf[:0], waitNone
	h.messages.reset()
}

// missExtensions notes that h, where that is the server, loses bytes of its
// handshake before its EncryptedExtensions was read.
func (t *Tap) missExtensions(h *half) {
	if h == t.server() && t.info.Version == tlsrec.VersionTLS13 && !t.extensions {
		t.info.Incomplete = true
	}
}

// overflow drops what h holds while it waits, but a cut record. It is counted,
// so that h can be taken up again when the key is known.
func (t *Tap) overflow(h *half) {
	if h.wait == waitHello {
		t.fail(h, fmt.Errorf("%w: the other side's hello is missing", ErrNoHandshake))
		return
	}
	t.missKey(h)
	t.missExtensions(h)
	s := h.search
	if s == nil {
		s = &search{cause: ErrNoKey}
		h.search = s
	}
	n := len(h.buf)
	if s.dropped >= 0 {
		for n = 0; len(h.buf)-n >= tlsrec.HeaderLen; n += tlsrec.RecordLen(h.buf[n:]) {
			if fault := tlsrec.HeaderFault(h.buf[n:], t.maxRecord(h)); fault != "" {
				t.fail(h, fmt.Errorf("%w: %s", ErrNotTLS, fault))
				return
			}
			if len(h.buf)-n < tlsrec.RecordLen(h.buf[n:]) {
				break
			}
			s.dropped++
		}
	}
	s.lost += int64(n)
	h.unread += int64(n)
	h.offset += int64(n)
	h.drop(n)
}
