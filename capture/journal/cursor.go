package journal

// A cursor stands on an entry of the ring, while the ring's lock is held.
type cursor struct {
	ring  *ring
	seq   uint64 // sequence number of its item
	it    *item  // nil behind the newest entry
	nth   uint64 // which of the item's entries it is
	place uint64 // of a frame: where its data begins
}

// cursor returns the cursor of the entry with this index, which must be held.
func (r *ring) cursor(index uint64) cursor {
	c := cursor{ring: r}
	c.jump(r.seek(index), index)
	return c
}

// jump goes to the entry with this index, which is one of the item's.
func (c *cursor) jump(seq, index uint64) {
	c.seq, c.it = seq, c.ring.item(seq)
	c.nth = index - c.it.first
	c.place = c.it.end
	// From the end, since the item's first frames may be evicted.
	for n := c.nth; n < uint64(c.it.frames); n++ {
		_, kept := c.ring.header(c.it, c.it.frame+n)
		c.place -= uint64(kept)
	}
}

// to goes on to the entry with this index, which must be held and not lie before the
// cursor. It costs least where that is one of the same item, of the next one, or of the
// session's next one.
func (c *cursor) to(index uint64) {
	holds := func(seq uint64) bool {
		it := c.ring.item(seq)
		return it != nil && it.first <= index && index <= it.lastEntry()
	}
	switch {
	case c.it == nil:
		c.jump(c.ring.seek(index), index)
	case index <= c.it.lastEntry():
		for c.nth < index-c.it.first {
			_, kept := c.ring.header(c.it, c.it.frame+c.nth)
			c.next(kept)
		}
	case holds(c.seq + 1):
		c.jump(c.seq+1, index)
	case holds(c.it.next - 1):
		c.jump(c.it.next-1, index)
	default:
		c.jump(c.ring.seek(index), index)
	}
}

// entry fills in e: see [ring.entry].
func (c *cursor) entry(e *Entry) (kept int) { return c.ring.entry(c.it, c.nth, e) }

// next goes on to the next entry. Kept is what entry returned. The data of frames that
// follow one another does so, too.
func (c *cursor) next(kept int) {
	c.place += uint64(kept)
	if c.nth++; c.nth >= c.it.entries() {
		c.seq++
		c.it, c.nth = c.ring.item(c.seq), 0
	}
}
