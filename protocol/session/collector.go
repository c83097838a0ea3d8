package session

import "anytls-inspect/protocol"

// A collector gathers the data of a frame that comes in pieces. It copies nothing
// of a frame that comes in one.
type collector struct{ buf []byte }

// add takes a piece and returns the frame's data so far, up to limit bytes. It
// returns the piece's own data where that is the whole frame, else the collector's
// copy, which is valid until the next frame.
func (c *collector) add(p *protocol.Piece, limit int) []byte {
	if p.First && p.Last {
		return p.Data[:min(len(p.Data), limit)]
	}
	if p.First {
		c.buf = c.buf[:0]
	}
	room := max(limit-len(c.buf), 0)
	c.buf = append(c.buf, p.Data[:min(len(p.Data), room)]...)
	return c.buf
}
