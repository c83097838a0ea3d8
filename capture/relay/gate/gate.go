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

// An Order says what the link does with a part of a record.
type Order uint8

// The orders.
const (
	Pass   Order = iota // record it, and write it on
	Absorb              // record it as the answer that the relay is owed, and write nothing
	Insert              // it is no part: here a frame that waits is inserted
)

// A Verdict is the gate's order to the link about a part of a record. The link
// carries out a record's verdicts in their order.
type Verdict struct {
	Order Order
	// Data is the part, in the buffer that the gate was given. An order to insert has
	// none.
	Data []byte
	// Pieces are what Data consists of: see [capture.Event]. An order to insert has none.
	Pieces []session.Piece
	// At is the number of the first byte, from 1, among all that the sender sent, where Data
	// was gathered for a rule; else 0.
	At int64
}

// fewVerdicts is how many verdicts' memory a gate keeps while it rests.
const fewVerdicts = 4

// A Gate decides what becomes of the records of one direction. It is for one
// goroutine at a time.
type Gate struct {
	dir     protocol.Direction
	shared  *Shared
	framing session.Framing

	// held is how many bytes of a cut header the gate holds back: they may be
	// those of an answer to the relay.
	held     int
	missed   int // boundaries that a waiting frame let go by
	verdicts []Verdict
	pieces   []session.Piece  // of the record, in order
	room     *[]session.Piece // what pieces lie in; nil while the gate rests

	padding  paddingWatch // the client's direction has one
	scheme   schemeWatch  // the server's direction has one
	settings bool         // the client's Settings are complete

	seen  int64 // bytes that came
	sieve sieve
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

// AtBoundary tells whether what was written ends with a frame, so that another can follow.
// Under rules that may be so while the sender is inside a frame, which is gathered.
func (g *Gate) AtBoundary() bool {
	if g.sieve.on {
		return g.sieve.mode != passing
	}
	return g.held == 0 && g.framing.AtBoundary()
}

// Held returns how many bytes of a cut header the gate holds back: the verdicts about the
// next record begin with them.
func (g *Gate) Held() int { return g.held }

// SettingsSeen tells whether the client's Settings are complete. It is false in
// the server's direction.
func (g *Gate) SettingsSeen() bool { return g.settings }

// Inserted takes note of a frame that the link writes now, at a boundary. An answer settles
// nothing: the peer that was asked knows nothing of it, and gives its own.
func (g *Gate) Inserted(now time.Time, f protocol.Frame) {
	g.missed = 0
	if f.Command == protocol.HeartRequest {
		g.shared.ask(now, g.dir, f.Stream, true)
	}
	if g.dir == protocol.ServerToClient {
		g.scheme.frame(&protocol.Piece{Kind: protocol.PieceFrame, First: true, Last: true, Header: f.Header(), Data: f.Data})
	}
}

// Decide decides about one record: buf is the record with [Headroom] bytes in
// front of it. The verdicts point into buf, and are valid until the next call.
// waiting is a frame that wants to be inserted, nil where there is none; where Decide
// orders that, it has taken note of the frame already.
func (g *Gate) Decide(now time.Time, buf []byte, waiting *protocol.Frame) []Verdict {
	b := g.begin(buf)
	g.seen, g.sieve.on = g.seen+int64(len(b)-g.held), false
	start, first := 0, 0 // of what no verdict covers yet: in b, and in the pieces
	at := g.held         // of what the framing has not seen yet
	// The start of the frame that at is in; -1 where that is not in b, or in doubt.
	frame, framePiece := 0, 0
	if !g.AtBoundary() && g.held == 0 {
		frame = -1
	}
	blind := g.framing.State() == session.AwaitingPreamble
	for at < len(b) && !g.framing.State().Opaque() {
		p, n := g.framing.Next(b[at:])
		at += n
		if !blind {
			g.pieces = append(g.pieces, g.framing.Piece(&p, n))
		}
		answer := frame >= 0 && isAnswer(&p)
		if answer && !g.shared.Opaque() && g.shared.settle(now, g.dir, p.Header.Stream) {
			g.verdict(Pass, b[start:frame], first, framePiece)
			g.verdict(Absorb, b[frame:at], framePiece, len(g.pieces))
			start, first = at, len(g.pieces)
		} else if !g.shared.Opaque() {
			g.follow(now, &p, answer)
		}
		if !g.framing.AtBoundary() {
			frame = -1 // after an unknown command: what follows may be no frame
			continue
		}
		frame, framePiece = at, len(g.pieces)
		if waiting != nil && at < len(b) {
			if g.missed++; g.missed > maxMissed {
				g.verdict(Pass, b[start:at], first, len(g.pieces))
				g.verdicts = append(g.verdicts, Verdict{Order: Insert})
				g.Inserted(now, *waiting)
				start, first, waiting = at, len(g.pieces), nil
			}
		}
	}
	if g.framing.State() == session.NotAnyTLS {
		g.shared.opaque.Store(true)
	}
	g.hold(len(b))
	g.verdict(Pass, b[start:len(b)-g.held], first, len(g.pieces))
	if g.dir == protocol.ClientToServer {
		g.padding.recordEnded()
	}
	return g.verdicts
}

// begin forgets the last record, and returns the new one with what the gate held back
// of the last in front.
func (g *Gate) begin(buf []byte) []byte {
	if g.room == nil {
		g.room = g.shared.rooms.take()
		g.pieces = *g.room
	}
	g.verdicts, g.pieces = g.verdicts[:0], g.pieces[:0]
	b := buf[Headroom-g.held:]
	copy(b, g.framing.Buffered()[:g.held])
	if g.held > 0 {
		g.pieces = append(g.pieces, g.heldPiece())
	}
	return b
}

// heldPiece returns the piece that the gate holds back.
func (g *Gate) heldPiece() session.Piece {
	return session.Piece{Wire: uint32(g.held), State: g.framing.State()}
}

// verdict adds one about bytes, if there are any, and the pieces that they consist of.
func (g *Gate) verdict(o Order, b []byte, first, end int) {
	if len(b) > 0 {
		g.verdicts = append(g.verdicts, Verdict{Order: o, Data: b, Pieces: g.pieces[first:end:end]})
	}
}

// isAnswer tells whether the piece is a whole HeartResponse. One that carries
// data is in doubt and goes on: peers disagree about what it is.
func isAnswer(p *protocol.Piece) bool {
	return p.Kind == protocol.PieceFrame && p.Header.Command == protocol.HeartResponse && p.Header.Length == 0
}

// follow takes note of a piece that goes on. settled says that it is an answer
// which the ledger has settled already.
func (g *Gate) follow(now time.Time, p *protocol.Piece, settled bool) {
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

// hold holds back the bytes at the end of a record of n bytes that must wait for the
// next one: those of a header that may turn out to be an answer to the relay. Where the
// header began in an earlier record that was not held back, it is too late.
func (g *Gate) hold(n int) {
	held := 0
	cut := g.framing.Buffered()
	if len(cut) > 0 && len(cut) <= n && !g.shared.Opaque() && g.framing.State() == session.Framed &&
		protocol.Command(cut[0]) == protocol.HeartResponse && (g.held > 0 || g.shared.mayAbsorb(g.dir)) {
		held = len(cut)
		for n := len(g.pieces); n > 0 && g.pieces[n-1].Kind == protocol.PieceNone; n-- {
			g.pieces = g.pieces[:n-1]
		}
	}
	g.held = held
}

// Rest gives back the memory that the gate needs only while records come. The verdicts
// of the last one are not valid any more.
func (g *Gate) Rest() {
	g.sieve.b, g.sieve.parts = nil, nil
	if g.room == nil {
		return
	}
	*g.room = g.pieces
	g.shared.rooms.pool.Put(g.room)
	g.room, g.pieces = nil, nil
	if cap(g.verdicts) > fewVerdicts {
		g.verdicts = nil
	}
	clear(g.verdicts[:cap(g.verdicts)]) // they point into the record
}

// Release returns what the gate still holds back when the direction ends. The bytes
// are the gate's, and valid until its next call. There may be none.
func (g *Gate) Release() Verdict {
	if wire := g.sieve.wire; len(wire) > 0 {
		g.sieve.wire, g.sieve.cuts = nil, nil
		return Verdict{Data: wire, At: g.seen - int64(len(wire)) + 1}
	}
	if g.held == 0 {
		return Verdict{}
	}
	g.pieces = append(g.pieces[:0], g.heldPiece())
	b := g.framing.Buffered()[:g.held]
	g.held = 0
	return Verdict{Data: b, Pieces: g.pieces}
}
