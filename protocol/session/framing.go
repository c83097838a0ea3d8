package session

import "anytls-inspect/protocol"

// A FramingState says what is known of one direction's framing.
type FramingState uint8

// The states of a direction.
const (
	// AwaitingPreamble says that the client's preamble is not complete yet.
	AwaitingPreamble FramingState = iota
	// Framed says that no frame has come yet, or that the last one has a known
	// command.
	Framed
	// Doubtful says that the last frame has an unknown command. The command may be
	// newer than this tool, or a peer has lost the framing.
	Doubtful
	// Searching says that bytes are missing, and that no frame was found behind them yet:
	// see [Expectation].
	Searching
	// Desynchronised says that several unknown commands stood in a row, or that nothing
	// more of the direction is seen: what follows can't be cut into frames.
	Desynchronised
	// NotAnyTLS says that the direction's beginning can't be AnyTLS.
	NotAnyTLS
)

// String returns the state in words.
func (s FramingState) String() string {
	switch s {
	case AwaitingPreamble:
		return "awaiting preamble"
	case Framed:
		return "framed"
	case Doubtful:
		return "doubtful"
	case Searching:
		return "searching behind a gap"
	case Desynchronised:
		return "desynchronised"
	default:
		return "not AnyTLS"
	}
}

// Opaque tells whether the bytes of the direction are not decoded: no longer, or, while it
// is searched, not now.
func (s FramingState) Opaque() bool { return s >= Searching }

// maxUnknown is how many unknown commands in a row end the decoding. In random
// bytes, where one in 23 passes for a known command, three in a row come soon. A
// peer with an extension of its own hardly sends three in a row.
const maxUnknown = 3

// A Framing follows one direction of a session. It decodes the frames, and judges
// whether they can be frames at all.
type Framing struct {
	dec     protocol.Decoder
	state   FramingState
	begun   bool // a frame was seen
	server  bool // the direction is the server's
	unknown int  // unknown commands in a row
}

// NewFraming returns the framing of direction d, from its first byte.
func NewFraming(d protocol.Direction) Framing {
	f := Framing{dec: protocol.NewDecoder(d)}
	if d == protocol.ServerToClient {
		f.state, f.server = Framed, true
	}
	return f
}

// State returns what is known of the direction.
func (f *Framing) State() FramingState { return f.state }

// AtBoundary tells whether the direction stands between two frames that are surely
// frames: the only place where one can be inserted.
func (f *Framing) AtBoundary() bool { return f.state == Framed && f.dec.AtBoundary() }

// Pending returns the header of the frame whose data the direction is inside of,
// and how many bytes of the data are still to come. ok is false, and the rest zero,
// between frames, inside a header or the preamble, and in an opaque state.
func (f *Framing) Pending() (h protocol.Header, left int, ok bool) {
	if f.state.Opaque() {
		return protocol.Header{}, 0, false
	}
	return f.dec.Pending()
}

// Buffered returns the bytes of a header or preamble that is not complete yet. They
// are valid until the next call of Next.
func (f *Framing) Buffered() []byte { return f.dec.Buffered() }

// Next is [protocol.Decoder.Next]. Where it finds that the bytes are not frames, the
// state becomes opaque and the piece has no kind: what seemed to be a frame or the
// preamble is none. Next must not be called in an opaque state.
func (f *Framing) Next(b []byte) (protocol.Piece, int) {
	if h, n := f.Whole(b); n > 0 {
		return protocol.Piece{Kind: protocol.PieceFrame, First: true, Last: true, Header: h, Data: b[protocol.HeaderLen:n:n]}, n
	}
	p, n := f.dec.Next(b)
	switch p.Kind {
	case protocol.PieceNone:
		if f.state == AwaitingPreamble && protocol.IsOtherProtocol(f.dec.Buffered()) {
			f.state = NotAnyTLS
		}
	case protocol.PiecePreamble:
		if p.First && protocol.IsOtherProtocol(p.Preamble.Hash[:]) {
			f.state = NotAnyTLS
		} else if p.Last {
			f.state = Framed
		}
	case protocol.PieceFrame:
		if p.First {
			f.judge(p.Header)
		}
	}
	if f.state.Opaque() {
		return protocol.Piece{}, n
	}
	return p, n
}

// Whole is Next for the common case, without the cost of a [protocol.Piece]: b begins
// with a whole frame, whose command is known. Such a frame can't make the state opaque.
// Whole returns the frame's header and how many bytes the frame takes. n is 0, and
// nothing is taken, where the case is another one.
func (f *Framing) Whole(b []byte) (h protocol.Header, n int) {
	h, n = f.dec.Whole(b)
	if n == 0 || !h.Command.Known() || !f.begun && f.isOther(h) {
		return protocol.Header{}, 0
	}
	f.trust()
	return h, n
}

// A Piece is what [Framing.Next] found, without its bytes: small and free of pointers,
// so that a source can hand on how it cut a record.
type Piece struct {
	Header protocol.Header // of the frame; zero where the piece has no kind
	Wire   uint32          // bytes of the record that it took
	Data   uint16          // how many of these are data of the frame: the last ones
	// Kind is never PiecePreamble: what a preamble holds is nobody's to hand on.
	Kind        protocol.PieceKind
	First, Last bool         // as in [protocol.Piece]
	State       FramingState // of the direction, after the piece
}

// whole tells whether the piece is a whole frame whose command is known.
func (p *Piece) whole() bool { return p.First && p.Last && p.Header.Command.Known() }

// Piece returns what Next found last, of which p and n are the results.
func (f *Framing) Piece(p *protocol.Piece, n int) Piece {
	return Piece{
		Header: p.Header, Wire: uint32(n), Data: uint16(len(p.Data)),
		Kind: p.Kind, First: p.First, Last: p.Last, State: f.state,
	}
}

// Follow is Next for bytes that another framing of the same direction has cut
// already: p is what it found, and wire are the bytes.
func (f *Framing) Follow(p *Piece, wire []byte) {
	switch {
	case p.Kind == protocol.PieceNone:
		f.dec.Next(wire) // the decoder collects the header
	case p.First:
		f.judge(p.Header)
		f.dec.Skip(p.Header, int(p.Header.Length)-int(p.Data))
	default:
		_, left, _ := f.dec.Pending()
		f.dec.Skip(p.Header, left-int(p.Data))
	}
	f.state = p.State
}

// followWhole is Follow for a whole frame whose command is known.
func (f *Framing) followWhole() {
	f.trust()
	f.dec.Skip(protocol.Header{}, 0)
}

// lose gives up decoding the direction.
func (f *Framing) lose() {
	if !f.state.Opaque() {
		f.state = Desynchronised
	}
}

// pass is [protocol.Decoder.Pass].
func (f *Framing) pass(n int64) (p protocol.Piece, ok bool) {
	if f.state.Opaque() {
		return protocol.Piece{}, false
	}
	p, ok = f.dec.Pass(n)
	if ok && p.Kind == protocol.PiecePreamble && p.Last {
		f.state = Framed
	}
	return p, ok
}

// left returns how many bytes of the current frame's data, or of padding0, are still to come.
func (f *Framing) left() int { return f.dec.Left() }

// search takes note that bytes are missing, and that it is not known where a frame begins.
func (f *Framing) search() { f.state = Searching }

// resume goes on with the next byte, which begins a frame.
func (f *Framing) resume() {
	f.dec.Skip(protocol.Header{}, 0)
	f.trust()
}

// judge updates the state for the header of a frame.
func (f *Framing) judge(h protocol.Header) {
	if h.Command.Known() && (f.begun || !f.isOther(h)) {
		f.trust()
	} else {
		f.doubt()
	}
}

// isOther tells whether what seems to be the header of the first frame shows another
// protocol, though the command is known.
func (f *Framing) isOther(h protocol.Header) bool { return f.server && protocol.IsHTTP2Settings(h) }

// trust updates the state for a frame with a known command.
func (f *Framing) trust() { f.unknown, f.state, f.begun = 0, Framed, true }

// doubt updates the state for the header of a frame with an unknown command.
func (f *Framing) doubt() {
	if !f.begun {
		f.state, f.begun = NotAnyTLS, true
		return
	}
	f.unknown++
	f.state = Doubtful
	if f.unknown >= maxUnknown {
		f.state = Desynchronised
	}
}
