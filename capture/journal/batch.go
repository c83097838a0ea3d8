package journal

import "slices"

// A Batch is a run of entries from a cursor on, for a reader that wants them all. A
// reader uses one Batch again and again, since Read reuses its memory.
type Batch struct {
	// Next is the cursor: the index of the entry that comes after the batch. 0 begins
	// with the first entry ever, which counts as missed if it was evicted.
	Next uint64
	// Payload asks for the data of PSH and Waste frames too.
	Payload bool

	// Entries are in order. They and their data are valid until the next Read.
	Entries []Entry
	// Missed is how many entries before these were evicted unread.
	Missed uint64

	arena []byte
}

// Read fills b with at most limit entries from the cursor on, and moves the cursor.
// It returns false where there are none.
func (j *Journal) Read(b *Batch, limit int) bool {
	b.Entries, b.arena, b.Missed = b.Entries[:0], b.arena[:0], 0
	b.Next = max(b.Next, 1)
	for j.readTurn(b, min(limit-len(b.Entries), maxTurn)) {
		j.ringMu.between()
	}
	return len(b.Entries) > 0
}

// readTurn adds at most limit entries to b. It returns false where there are no more
// that belong to this batch: those that were evicted since its beginning are told
// before the next one.
func (j *Journal) readTurn(b *Batch, limit int) (more bool) {
	b.Entries = slices.Grow(b.Entries, max(limit, 0))
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	if oldest := r.oldest(); b.Next < oldest {
		if len(b.Entries) > 0 {
			return false
		}
		b.Missed = oldest - b.Next
		b.Next = oldest
	}
	if limit <= 0 || b.Next > r.last {
		return false
	}
	c := r.cursor(b.Next)
	for began := len(b.arena); limit > 0 && b.Next <= r.last && len(b.arena)-began < maxTurnBytes; limit-- {
		b.Entries = b.Entries[:len(b.Entries)+1]
		e := &b.Entries[len(b.Entries)-1]
		kept := c.entry(e)
		if kept > 0 && (b.Payload || e.speaks()) {
			start := len(b.arena)
			b.arena = r.load(b.arena, c.place, kept)
			// Where appending moves the arena, slices of the old one stay valid.
			e.Data = b.arena[start:len(b.arena):len(b.arena)]
		}
		c.next(kept)
		b.Next++
	}
	return true
}
