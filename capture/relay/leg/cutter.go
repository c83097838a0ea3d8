package leg

// headerLen is the length of a record's header in bytes (RFC 8446, section 5.1).
const headerLen = 5

// A cutter follows a stream of TLS records by their headers, and finds where each ends.
type cutter struct {
	header [headerLen]byte
	have   int // bytes of the header that have passed
	left   int // bytes of the record behind its header that have not passed
	whole  int // records that have passed, and that nobody has counted off
}

// next returns how many of the first bytes of b belong to the record that the stream is in,
// or that begins there. They have passed then.
func (c *cutter) next(b []byte) int {
	n := 0
	if c.left == 0 {
		n = copy(c.header[c.have:], b)
		if c.have += n; c.have < headerLen {
			return n
		}
		c.have = 0
		c.left = int(c.header[3])<<8 | int(c.header[4])
	}
	body := min(c.left, len(b)-n)
	if c.left -= body; c.left == 0 {
		c.whole++
	}
	return n + body
}

// most returns how many of the first bytes of b belong to that record, and to others
// behind it that are in b as a whole. They have passed then.
func (c *cutter) most(b []byte) int {
	n := c.next(b)
	for n < len(b) {
		ahead := *c
		m := ahead.next(b[n:])
		if ahead.whole == c.whole {
			break
		}
		*c = ahead
		n += m
	}
	return n
}
