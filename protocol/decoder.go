package protocol

// A PieceKind says what a [Piece] is part of.
type PieceKind uint8

// The kinds of pieces.
const (
	// PieceNone is a part of a header or preamble that is not complete yet.
	PieceNone PieceKind = iota
	// PiecePreamble is the auth preamble, or a part of its padding0.
	PiecePreamble
	// PieceFrame is a frame, or a part of its data.
	PieceFrame
)

// A Piece is what one call of [Decoder.Next] found: a whole frame where the
// input holds one, else the part of it that the input holds.
type Piece struct {
	Kind PieceKind
	// First is set on the piece that completes the header, or the fixed part of the
	// preamble. Pieces before it have no Kind.
	First bool
	// Last is set on the piece that completes the frame. A frame that came in
	// one piece is both First and Last.
	Last   bool
	Header Header // of the frame; zero for a preamble
	// Preamble is nil for a frame. It is the decoder's own, and valid until the next call
	// of Next: a pointer keeps the pieces of frames small.
	Preamble *Preamble
	// Data is the part of the frame's data (or of padding0) that the input held.
	// It aliases the input: valid as long as the input is.
	Data []byte
}

// A Decoder cuts one direction of a session into frames (sections Authentication
// and Session). It takes the bytes in chunks of any size, copies nothing but a
// header that was cut, and allocates nothing. Decoding can't fail: every sequence
// of bytes is a sequence of frames. Package session judges whether it is a
// sensible one.
//
// The zero value decodes the server's direction, which begins with a frame. The
// client's direction begins with a preamble: see [NewDecoder].
type Decoder struct {
	state  decoderState
	have   uint8 // bytes of a cut header or preamble in buf
	buf    [PreambleLen]byte
	left   int // bytes of data or padding0 still to come
	header Header
	pre    Preamble
}

// A decoderState says what the next byte belongs to.
type decoderState uint8

const (
	inHeader   decoderState = iota // a frame's header
	inData                         // a frame's data
	inPreamble                     // the preamble's fixed part
	inPadding                      // padding0
)

// NewDecoder returns the decoder for direction d, from its first byte.
func NewDecoder(d Direction) Decoder {
	if d == ClientToServer {
		return Decoder{state: inPreamble}
	}
	return Decoder{}
}

// Next takes bytes from the start of b, which must not be empty. It returns the
// next piece, and how many bytes it took: at least 1. The caller calls it again
// with the rest until b is used up.
func (d *Decoder) Next(b []byte) (p Piece, n int) {
	if h, n := d.Whole(b); n > 0 {
		return Piece{Kind: PieceFrame, First: true, Last: true, Header: h, Data: b[HeaderLen:n:n]}, n
	}
	switch d.state {
	case inHeader:
		fixed, n := d.fill(b, HeaderLen)
		if fixed == nil {
			return Piece{}, n
		}
		d.header, _ = ParseHeader(fixed)
		d.state, d.left = inData, int(d.header.Length)
		data, n := d.take(b, n)
		return Piece{Kind: PieceFrame, First: true, Last: d.left == 0, Header: d.header, Data: data}, n
	case inData:
		data, n := d.take(b, 0)
		return Piece{Kind: PieceFrame, Last: d.left == 0, Header: d.header, Data: data}, n
	case inPreamble:
		fixed, n := d.fill(b, PreambleLen)
		if fixed == nil {
			return Piece{}, n
		}
		d.pre, _ = ParsePreamble(fixed)
		d.state, d.left = inPadding, int(d.pre.Padding)
		data, n := d.take(b, n)
		return Piece{Kind: PiecePreamble, First: true, Last: d.left == 0, Preamble: &d.pre, Data: data}, n
	default:
		data, n := d.take(b, 0)
		return Piece{Kind: PiecePreamble, Last: d.left == 0, Preamble: &d.pre, Data: data}, n
	}
}

// Whole is [Decoder.Next] for the common case, without the cost of a [Piece]: the
// decoder stands between frames, and b begins with a whole one. It returns the frame's
// header and how many bytes the frame takes, and n is 0 where the case is another one.
// Either way the decoder stands where it stood: it need not be told what was taken.
func (d *Decoder) Whole(b []byte) (h Header, n int) {
	if len(b) < HeaderLen || !d.AtBoundary() {
		return Header{}, 0
	}
	h, _ = ParseHeader(b)
	if n = HeaderLen + int(h.Length); n > len(b) {
		return Header{}, 0
	}
	return h, n
}

// fill collects size bytes. It returns them, or nil while b does not complete
// them, and how many bytes of b it took. They alias b or the decoder's buffer.
func (d *Decoder) fill(b []byte, size int) (fixed []byte, n int) {
	if d.have == 0 && len(b) >= size {
		return b[:size], size
	}
	n = copy(d.buf[d.have:size], b)
	d.have += uint8(n)
	if int(d.have) < size {
		return nil, n
	}
	d.have = 0
	return d.buf[:size], n
}

// take takes from b, at offset n, what b holds of the current frame's data or of
// padding0. It returns that, and the offset after it.
func (d *Decoder) take(b []byte, n int) (data []byte, end int) {
	end = min(len(b), n+d.left)
	d.left -= end - n
	if d.left == 0 {
		d.state = inHeader
	}
	return b[n:end:end], end
}

// Skip brings the decoder past bytes that it did not see: into the data of a frame,
// with left bytes of it to come, or between two frames where left is 0.
func (d *Decoder) Skip(h Header, left int) {
	d.header, d.left, d.have, d.state = h, left, 0, inHeader
	if left > 0 {
		d.state = inData
	}
}

// Pass brings the decoder past the n bytes that come next, and that it does not see, where
// all of them belong to the frame's data, or to the padding0, that it is inside of. It returns
// the piece that they are, without its data. Between frames it passes no bytes, and the piece
// is none. Elsewhere ok is false, and the decoder stands where it stood.
func (d *Decoder) Pass(n int64) (p Piece, ok bool) {
	switch {
	case n < 0:
		return Piece{}, false
	case d.AtBoundary():
		return Piece{}, n == 0
	case d.state == inData && n <= int64(d.left):
		p = Piece{Kind: PieceFrame, Header: d.header}
	case d.state == inPadding && n <= int64(d.left):
		p = Piece{Kind: PiecePreamble, Preamble: &d.pre}
	default:
		return Piece{}, false
	}
	if d.left -= int(n); d.left == 0 {
		d.state, p.Last = inHeader, true
	}
	return p, true
}

// AtBoundary tells whether the decoder stands between frames: the only place where
// another frame can be inserted.
func (d *Decoder) AtBoundary() bool { return d.state == inHeader && d.have == 0 }

// Buffered returns the bytes of a header or preamble that is not complete yet.
// They are the decoder's own, and valid until the next call of Next.
func (d *Decoder) Buffered() []byte { return d.buf[:d.have] }

// Left returns how many bytes of the current frame's data, or of padding0, are still to come.
func (d *Decoder) Left() int { return d.left }

// Pending returns the header of the frame whose data the decoder is inside of, and
// how many bytes of the data are still to come. ok is false, and the rest zero,
// between frames and inside a header or the preamble.
func (d *Decoder) Pending() (h Header, left int, ok bool) {
	if d.state != inData {
		return Header{}, 0, false
	}
	return d.header, d.left, true
}
