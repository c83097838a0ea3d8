package gate

import (
	"slices"
	"time"

	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A sieve is what a gate knows of a direction under rules. Frames that a rule touches are
// gathered; others pass as they come, but for a cut header, which is held back, since no rule
// can be asked about it.
type sieve struct {
	rules Rules
	on    bool // the last record was sifted
	mode  mode

	// Of the frame that is being gathered: what earlier records had of it, where they ended
	// in it, what the rules say, and whether they were asked.
	wire    []byte
	cuts    []int
	program rule.Program
	judged  bool

	// sure says that the frame that the framing is inside of surely is one: that before it had
	// no unknown command.
	sure bool

	// Of the record: when it came, its bytes with those held back in front, how many of them
	// the framing has seen, where those begin that no part covers yet, and where the frame does
	// that the framing is inside of.
	now              time.Time
	b                []byte
	at, start, frame int
	first            int64  // the number of the first of b, from 1, among all that the sender sent
	parts            []Part // that are told next
	lost, done       bool
}

// A mode says what becomes of the next byte of a direction under rules.
type mode uint8

const (
	between   mode = iota // a frame begins, or a header that is held back goes on
	passing               // it belongs to a frame that passes
	gathering             // it belongs to a frame that is gathered
)

// SetRules sets the rules of the direction, before the first record. Nil: from now on no rule is
// asked about frames, since all are dropped that come.
func (g *Gate) SetRules(r Rules) { g.sieve.rules = r }

// asks tells whether a rule is on.
func (s *sieve) asks() bool { return s.rules != nil && s.rules.On() }

// Sifts tells whether records are to be sifted: a rule is on, or the gate is still inside a
// frame that it gathers for one. Nothing is sifted any more where the framing is lost.
func (g *Gate) Sifts() bool {
	s := &g.sieve
	return s.rules != nil && (g.Gathers() || s.rules.On() && !g.lost())
}

// Gathers tells whether the gate is inside a frame that it gathers.
func (g *Gate) Gathers() bool { return g.sieve.on && g.sieve.mode == gathering }

// Gathered returns what has come of the frame that the gate is inside of, which it gathers, and the
// number of its first byte, from 1, among all that the sender sent. The bytes are the gate's.
func (g *Gate) Gathered() (wire []byte, at int64) {
	return g.sieve.wire, g.seen - int64(len(g.sieve.wire)) + 1
}

// lost tells whether the direction, or the session, can't be cut into frames.
func (g *Gate) lost() bool { return g.framing.State().Opaque() || g.shared.Opaque() }

// Undecided tells whether it is not known yet what becomes of the last bytes that came: they are
// of a frame that is gathered, or of a header that is held back.
func (g *Gate) Undecided() bool {
	return g.sieve.on && (g.sieve.mode == gathering || g.held > 0)
}

// Begin begins to sift a record: buf is as with [Gate.Decide]. The caller calls Sift until
// there are no more parts.
func (g *Gate) Begin(now time.Time, buf []byte) {
	s := &g.sieve
	if !s.on {
		s.on, s.mode = true, between
		if !g.standsBetween() {
			s.mode = passing
		}
	}
	s.now, s.b = now, buf[Headroom-g.held:]
	copy(s.b, g.framing.Buffered()[:g.held])
	s.at, s.start, s.frame = g.held, 0, 0
	s.lost, s.done = false, false
	s.first = g.seen - int64(g.held) + 1
	g.seen += int64(len(s.b) - g.held)
	g.held = 0
}

// standsBetween tells whether the next byte begins a frame, or goes on with a header that is
// held back.
func (g *Gate) standsBetween() bool {
	if g.framing.State() == session.AwaitingPreamble {
		return g.seen == 0
	}
	_, _, inside := g.framing.Pending()
	return g.held > 0 || !inside && len(g.framing.Buffered()) == 0
}

// Sift returns the next part of the record. ok is false where there is none.
func (g *Gate) Sift(q Queue) (p Part, ok bool) {
	s := &g.sieve
	for len(s.parts) == 0 && s.at < len(s.b) && !s.lost {
		g.step(q)
	}
	if len(s.parts) == 0 && !s.done {
		g.finish()
	}
	if len(s.parts) == 0 {
		s.b = nil
		return Part{}, false
	}
	p = s.parts[0]
	s.parts = s.parts[1:]
	return p, true
}

// step follows the framing by one piece.
func (g *Gate) step(q Queue) {
	s := &g.sieve
	if g.lost() {
		g.lose()
		return
	}
	if s.mode == between {
		s.sure = g.framing.State() == session.Framed
	}
	p, n := g.framing.Next(s.b[s.at:])
	if g.framing.State().Opaque() {
		g.lose()
		return
	}
	s.at += n
	if s.mode == between {
		g.open(&p, q)
	}
	switch {
	case s.mode == gathering && p.Last:
		g.complete(&p, q)
	case s.mode == passing:
		g.pass(&p)
		if p.Last {
			g.passed(q)
		}
	}
}

// open decides whether a frame that begins is gathered.
func (g *Gate) open(p *protocol.Piece, q Queue) {
	s := &g.sieve
	s.judged, s.program = false, s.program[:0]
	switch {
	case p.Kind == protocol.PieceFrame:
		on := s.asks()
		s.judged = !on || p.Last || !s.rules.NeedsData()
		if on && s.judged {
			s.program = append(s.program, s.rules.Frame(s.now, p.Header, false, p.Data, p.Last)...)
		}
		s.mode = passing
		if !s.judged || len(s.program) > 0 || q.Queued(p.Header.Stream) {
			s.mode = gathering
		}
	case p.Kind == protocol.PiecePreamble || g.framing.State() == session.AwaitingPreamble:
		s.mode = gathering
	}
}

// pass takes note of a piece of a frame that passes.
func (g *Gate) pass(p *protocol.Piece) {
	s := &g.sieve
	h := p.Header
	if !isAnswer(p) || !s.sure || s.at-s.frame != protocol.HeaderLen {
		g.follow(s.now, p, false)
		return
	}
	if !g.shared.settle(s.now, g.dir, h.Stream) {
		g.follow(s.now, p, true)
		return
	}
	g.part(Pass, s.b[s.start:s.frame])
	s.parts = append(s.parts, Part{Order: Absorb, Data: s.b[s.frame:s.at], At: s.first + int64(s.frame)})
	s.start = s.at
}

// passed ends a frame that has passed. What could be written lets some such places go by, so
// that most records stay whole.
func (g *Gate) passed(q Queue) {
	s := &g.sieve
	s.mode, s.frame = between, s.at
	if s.at == len(s.b) || !q.Due() {
		return
	}
	if g.missed++; g.missed > maxMissed {
		g.missed = 0
		g.part(Pass, s.b[s.start:s.at])
		s.parts = append(s.parts, Part{Order: Insert})
		s.start = s.at
	}
}

// complete ends a frame that was gathered.
func (g *Gate) complete(last *protocol.Piece, q Queue) {
	s := &g.sieve
	here := s.b[s.frame:s.at]
	preamble := last.Kind == protocol.PiecePreamble
	h, fixed := last.Header, protocol.HeaderLen
	if preamble {
		h, fixed = protocol.Header{Length: last.Preamble.Padding}, protocol.PreambleLen
	}
	whole := here
	if len(s.wire) > 0 {
		whole = slices.Concat(s.wire, here)
	}
	if !s.judged && s.asks() {
		s.program = append(s.program[:0], s.rules.Frame(s.now, h, preamble, whole[fixed:], true)...)
	}
	all := protocol.Piece{Kind: last.Kind, First: true, Last: true, Header: h, Data: whole[fixed:]}
	if len(s.program) == 0 && !q.Queued(h.Stream) {
		s.mode = passing
		if len(s.wire) > 0 {
			s.parts = append(s.parts, Part{Order: Late, Data: s.wire, Cuts: s.cuts})
			s.wire, s.cuts = nil, nil
		}
		g.pass(&all)
		g.passed(q)
		return
	}
	f := &Frame{Wire: whole, At: s.first + int64(s.at-len(whole)), Header: h, Preamble: preamble, Program: slices.Clone(s.program)}
	if len(s.wire) == 0 {
		f.Wire = slices.Clone(here)
	}
	if !preamble {
		g.keep(f, &all)
	}
	g.part(Pass, s.b[s.start:s.frame])
	s.parts = append(s.parts, Part{Order: Gather, Data: here}, Part{Order: Whole, Frame: f})
	s.wire, s.cuts = nil, nil
	s.mode, s.start, s.frame = between, s.at, s.at
}

// keep takes note of a whole frame that waits for its program.
func (g *Gate) keep(f *Frame, p *protocol.Piece) {
	if g.dir == protocol.ClientToServer {
		g.padding.frame(p)
	}
	switch {
	case f.Header.Command != protocol.HeartResponse:
	case isAnswer(p) && g.sieve.sure:
		f.Absorb = g.shared.settle(g.sieve.now, g.dir, f.Header.Stream)
	default:
		g.shared.settleForwarded(g.sieve.now, g.dir, f.Header.Stream)
	}
}

// lose gives up the frames of the direction: what waits goes first, and then all that came.
func (g *Gate) lose() {
	s := &g.sieve
	s.lost = true
	g.part(Pass, s.b[s.start:s.frame])
	s.parts = append(s.parts, Part{Order: Lose})
	if len(s.wire) > 0 {
		s.parts = append(s.parts, Part{Order: Late, Data: s.wire, Cuts: s.cuts})
		s.wire, s.cuts = nil, nil
	}
	s.start, s.mode = s.frame, passing
	if g.framing.State() == session.NotAnyTLS {
		g.shared.opaque.Store(true)
	}
	for s.at < len(s.b) && !g.framing.State().Opaque() {
		_, n := g.framing.Next(s.b[s.at:])
		s.at += n
	}
}

// finish ends a record: what is inside a frame that is gathered, or inside a header, is kept.
func (g *Gate) finish() {
	s := &g.sieve
	s.done = true
	end := len(s.b)
	switch cut := len(g.framing.Buffered()); {
	case s.lost:
	case s.mode == gathering:
		end = s.frame
		s.wire = append(s.wire, s.b[s.frame:]...)
		s.cuts = append(s.cuts, len(s.wire))
	case s.mode == between && cut > 0:
		g.held = cut
		end -= cut
	}
	g.part(Pass, s.b[s.start:end])
	if end < len(s.b) {
		s.parts = append(s.parts, Part{Order: Gather, Data: s.b[end:]})
	}
	if g.dir == protocol.ClientToServer {
		g.padding.recordEnded()
	}
}

// part adds a part, if it has bytes.
func (g *Gate) part(o Order, b []byte) {
	if len(b) > 0 {
		g.sieve.parts = append(g.sieve.parts, Part{Order: o, Data: b})
	}
}

// Wrote takes note of a whole frame that the link writes now, by a program: the sender's, or
// one that the relay made. An answer of the sender has settled a request when it came, and one
// that the relay made settles none.
func (g *Gate) Wrote(now time.Time, h protocol.Header, data []byte, made bool) {
	switch {
	case h.Command == protocol.HeartRequest:
		g.shared.ask(now, g.dir, h.Stream, made)
	case h.Command == protocol.Settings && g.dir == protocol.ClientToServer:
		g.settings = true
	}
	if g.dir == protocol.ServerToClient {
		g.scheme.frame(&protocol.Piece{Kind: protocol.PieceFrame, First: true, Last: true, Header: h, Data: data})
	}
}
