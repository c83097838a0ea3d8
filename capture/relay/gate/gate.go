package gate

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Headroom is how many bytes of room a record needs in front of it, for the bytes
// of a cut header that the gate held back before it.
const Headroom = protocol.HeaderLen

// maxMissed is how many boundaries inside records a waiting request lets go by
// before it takes one, and splits that record in two.
const maxMissed = 16

// A Verdict is the gate's order to the link about a part of a record. The link
// carries out a record's verdicts in their order.
type Verdict struct {
	// Data is the part, in the buffer that the gate was given. An order to insert
	// has none.
	Data []byte
	// Marks say what to do: a part without marks is recorded and written on, an
	// absorbed one is recorded and not written, and an injected one stands for a
	// frame that the link makes, records, and writes as a record of its own.
	session.Marks
}

// A Gate decides what becomes of the records of one direction. It is for one
// goroutine at a time.
type Gate struct {
	dir     protocol.Direction
	shared  *Shared
	framing session.Framing

	// held is how many bytes of a cut header the gate holds back: they may be
	// those of an answer to the relay.
	held     int
	missed   int // boundaries that a waiting request let go by
	verdicts []Verdict

	padding  paddingWatch // the client's direction has one
	scheme   schemeWatch  // the server's direction has one
	settings bool         // the client's Settings are complete
}

// New returns the gate of a direction of a session that begins. The other
// direction's gate must be given the same s.
func New(dir protocol.Direction, s *Shared) *Gate {
	return &Gate{
		dir: dir, shared: s, framing: session.NewFraming(dir),
		padding: paddingWatch{shared: s}, scheme: schemeWatch{shared: s},
	}
}

// State returns the state of the direction's framing.
func (g *Gate) State() session.FramingState { return g.framing.State() }

// AtBoundary tells whether a frame can be inserted after what was written.
func (g *Gate) AtBoundary() bool { return g.held == 0 && g.framing.AtBoundary() }

// SettingsSeen tells whether the client's Settings are complete. It is false in
// the server's direction.
func (g *Gate) SettingsSeen() bool { return g.settings }

// Insert takes note of a HeartRequest that the link writes now, at a boundary.
func (g *Gate) Insert(now time.Time) {
	g.shared.ask(now, g.dir, 0, true)
	g.missed = 0
}

// Decide decides about one record: buf is the record with [Headroom] bytes in
// front of it. The verdicts point into buf, and are valid until the next call.
// With waiting, a request wants to be inserted; where Decide orders that, it has
// taken note of the request already.
func (g *Gate) Decide(now time.Time, buf []byte, waiting bool) []Verdict {
	g.verdicts = g.verdicts[:0]
	b := buf[Headroom-g.held:]
	copy(b, g.framing.Buffered()[:g.held])
	start := 0   // of what no verdict covers yet
	at := g.held // of what the framing has not seen yet
	frame := 0   // start of the frame that at is in; -1 where that is not in b, or in doubt
	if !g.AtBoundary() && g.held == 0 {
		frame = -1
	}
	for at < len(b) {
		if g.shared.Opaque() || g.framing.State().Opaque() {
			break // the bytes go on as they are
		}
		p, n := g.framing.Next(b[at:])
		at += n
		answer := frame >= 0 && isAnswer(p)
		if answer && g.shared.settle(now, g.dir, p.Header.Stream) {
			g.forward(b[start:frame])
			g.verdicts = append(g.verdicts, Verdict{b[frame:at], session.Marks{Absorbed: true}})
			start = at
		} else {
			g.follow(now, p, answer)
		}
		if g.framing.AtBoundary() {
			frame = at
			if waiting && at < len(b) {
				if g.missed++; g.missed > maxMissed {
					g.forward(b[start:at])
					g.Insert(now)
					g.verdicts = append(g.verdicts, Verdict{Marks: session.Marks{Injected: true}})
					start, waiting = at, false
				}
			}
		} else {
			frame = -1 // after an unknown command: what follows may be no frame
		}
	}
	if g.framing.State() == session.NotAnyTLS {
		g.shared.opaque.Store(true)
	}
	g.held = g.hold()
	g.forward(b[start : len(b)-g.held])
	if g.dir == protocol.ClientToServer {
		g.padding.recordEnded()
	}
	return g.verdicts
}

// forward adds a verdict for bytes that go on, if there are any.
func (g *Gate) forward(b []byte) {
	if len(b) > 0 {
		g.verdicts = append(g.verdicts, Verdict{Data: b})
	}
}

// isAnswer tells whether the piece is a whole HeartResponse. One that carries
// data is in doubt and goes on: peers disagree about what it is.
func isAnswer(p protocol.Piece) bool {
	return p.Kind == protocol.PieceFrame && p.Header.Command == protocol.HeartResponse && p.Header.Length == 0
}

// follow takes note of a piece that goes on. settled says that it is an answer
// which the ledger has settled already.
func (g *Gate) follow(now time.Time, p protocol.Piece, settled bool) {
	switch {
	case p.Kind != protocol.PieceFrame:
		return
	case p.Header.Command == protocol.HeartRequest && p.Last:
		g.shared.ask(now, g.dir, p.Header.Stream, false)
	case p.Header.Command == protocol.HeartResponse && p.Last && !settled:
		g.shared.settleForwarded(now, g.dir, p.Header.Stream)
	}
	if g.dir == protocol.ServerToClient {
		g.scheme.frame(p)
	} else {
		g.padding.frame(p)
		g.settings = g.settings || p.Header.Command == protocol.Settings && p.Last
	}
}

// hold returns how many bytes at the end of a record must wait for the next one:
// those of a header that may turn out to be an answer to the relay.
func (g *Gate) hold() int {
	if g.shared.Opaque() || g.framing.State() != session.Framed {
		return 0
	}
	cut := g.framing.Buffered()
	if len(cut) > 0 && protocol.Command(cut[0]) == protocol.HeartResponse && (g.held > 0 || g.shared.mayAbsorb(g.dir)) {
		return len(cut)
	}
	return 0
}

// Release returns the bytes that the gate still holds back when the direction
// ends. They are the gate's, and valid until its next call.
func (g *Gate) Release() []byte {
	b := g.framing.Buffered()[:g.held]
	g.held = 0
	return b
}
