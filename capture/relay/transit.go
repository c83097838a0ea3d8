package relay

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// headroom is how much room a record needs in front of it, for the bytes of a
// cut header that were held back before it.
const headroom = protocol.HeaderLen

// maxMissed is how many boundaries inside records a waiting request lets go by
// before it takes one, and splits that record in two.
const maxMissed = 16

// A step is a part of what a link does with one record, in order.
type step struct {
	data  []byte
	marks session.Marks // absorbed: recorded, not written; injected: written as a record of its own
}

// A transit decides what becomes of the records of one direction. It knows where
// frames begin and end, does no I/O and reads no clock.
type transit struct {
	dir     protocol.Direction
	pact    *pact
	framing session.Framing

	// held is how many bytes of a cut header were held back: it may be that of
	// an answer to the relay.
	held   int
	missed int // boundaries that a waiting request let go by
	steps  []step

	padding  paddingWatch // of the client's direction
	scheme   schemeWatch  // of the server's
	settings bool         // the client's Settings are complete
}

func newTransit(dir protocol.Direction, p *pact) *transit {
	return &transit{dir: dir, pact: p, framing: session.NewFraming(dir), padding: paddingWatch{pact: p}, scheme: schemeWatch{pact: p}}
}

// atBoundary reports whether a frame can be inserted after what was written.
func (t *transit) atBoundary() bool { return t.held == 0 && t.framing.AtBoundary() }

// take decides about a record. buf is the record with [headroom] bytes in front
// of it; the steps point into it, and are valid until the next call. waiting
// says that a request wants to be inserted: the step for it has no data.
func (t *transit) take(now time.Time, buf []byte, waiting bool) []step {
	t.steps = t.steps[:0]
	b := buf[headroom-t.held:]
	copy(b, t.framing.Buffered()[:t.held])
	start := 0   // of what no step covers yet
	at := t.held // of what the framing has not seen yet
	frame := 0   // start of the frame that at is in; -1 where that is not in b, or in doubt
	if !t.atBoundary() && t.held == 0 {
		frame = -1
	}
	for at < len(b) {
		if t.pact.opaque.Load() || t.framing.State().Opaque() {
			break // the bytes go on as they are
		}
		p, n := t.framing.Next(b[at:])
		at += n
		answer := frame >= 0 && isAnswer(p)
		if answer && t.pact.settle(now, t.dir, p.Header.Stream) {
			t.forward(b[start:frame])
			t.steps = append(t.steps, step{b[frame:at], session.Marks{Absorbed: true}})
			start = at
		} else {
			t.note(now, p, answer)
		}
		if t.framing.AtBoundary() {
			frame = at
			if waiting && at < len(b) {
				if t.missed++; t.missed > maxMissed {
					t.forward(b[start:at])
					t.pact.ask(now, t.dir, 0, true)
					t.steps = append(t.steps, step{marks: session.Marks{Injected: true}})
					start, t.missed, waiting = at, 0, false
				}
			}
		} else {
			frame = -1 // after an unknown command: what follows may be no frame
		}
	}
	if t.framing.State() == session.NotAnyTLS {
		t.pact.opaque.Store(true)
	}
	t.held = t.hold()
	t.forward(b[start : len(b)-t.held])
	if t.dir == protocol.ClientToServer {
		t.padding.record()
	}
	return t.steps
}

// forward adds a step for bytes that go on, if there are any.
func (t *transit) forward(b []byte) {
	if len(b) > 0 {
		t.steps = append(t.steps, step{data: b})
	}
}

// isAnswer reports whether the piece is a whole HeartResponse. One that carries
// data is in doubt and goes on: peers disagree about what it is.
func isAnswer(p protocol.Piece) bool {
	return p.Kind == protocol.PieceFrame && p.Header.Command == protocol.HeartResponse && p.Header.Length == 0
}

// note follows what the session's state depends on. settled says that the piece
// is an answer of which the ledger knows already.
func (t *transit) note(now time.Time, p protocol.Piece, settled bool) {
	switch {
	case p.Kind != protocol.PieceFrame:
		return
	case p.Header.Command == protocol.HeartRequest && p.Last:
		t.pact.ask(now, t.dir, p.Header.Stream, false)
	case p.Header.Command == protocol.HeartResponse && p.Last && !settled:
		t.pact.settleForwarded(now, t.dir, p.Header.Stream)
	}
	if t.dir == protocol.ServerToClient {
		t.scheme.frame(p)
	} else {
		t.padding.frame(p)
		t.settings = t.settings || p.Header.Command == protocol.Settings && p.Last
	}
}

// hold returns how many bytes at the end of a record must wait for the next one:
// those of a header that may turn out to be an answer to the relay.
func (t *transit) hold() int {
	if t.pact.opaque.Load() || t.framing.State() != session.Framed {
		return 0
	}
	cut := t.framing.Buffered()
	if len(cut) > 0 && protocol.Command(cut[0]) == protocol.HeartResponse && (t.held > 0 || t.pact.mayAbsorb(t.dir)) {
		return len(cut)
	}
	return 0
}

// release returns the bytes that are still held back when the direction ends.
func (t *transit) release() []byte {
	b := t.framing.Buffered()[:t.held]
	t.held = 0
	return b
}
