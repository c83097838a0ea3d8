package session

import "anytls-inspect/protocol"

// A collector gathers the data of a frame that comes in pieces. It copies nothing
// of a frame that comes in one.
type collector struct{ buf []byte }

// keptBuffer is how large a buffer, in bytes, may stay though frames need less.
const keptBuffer = 4 << 10

// add takes a piece and returns the frame's data so far, up to limit bytes. It
// returns the piece's own data where that is the whole frame, else the collector's
// copy, which is valid until the next frame.
func (c *collector) add(p *protocol.Piece, limit int) []byte {
	if p.First && p.Last {
		return p.Data[:min(len(p.Data), limit)]
	}
	switch {
	case p.First && cap(c.buf) > 2*max(limit, keptBuffer):
		c.buf = nil // a long frame of another kind has left it
	case p.First:
		c.buf = c.buf[:0]
	}
	room := max(limit-len(c.buf), 0)
	c.buf = append(c.buf, p.Data[:min(len(p.Data), room)]...)
	return c.buf
}
