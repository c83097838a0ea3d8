package journal

import "anytls-inspect/protocol"

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
	j.mu.Lock()
	defer j.mu.Unlock()
	b.Entries, b.arena, b.Missed = b.Entries[:0], b.arena[:0], 0
	oldest := j.ring.oldest()
	if b.Next == 0 {
		b.Next = 1
	}
	if b.Next < oldest {
		b.Missed = oldest - b.Next
		b.Next = oldest
	}
	for ; b.Next <= j.ring.last && len(b.Entries) < limit; b.Next++ {
		e := *j.ring.at(b.Next)
		if e.IsFrame() && (b.Payload || speaks(&e)) {
			start := len(b.arena)
			b.arena = j.ring.load(b.arena, &e)
			// Where appending moves the arena, slices of the old one stay valid.
			e.Data = b.arena[start:len(b.arena):len(b.arena)]
		}
		b.Entries = append(b.Entries, e)
	}
	return len(b.Entries) > 0
}

// speaks tells whether the frame's data says something in one line, as settings and
// targets do, and payload does not.
func speaks(e *Entry) bool {
	switch e.Header.Command {
	case protocol.PSH:
		return e.Target
	case protocol.Waste:
		return false
	default:
		return !e.Preamble
	}
}
