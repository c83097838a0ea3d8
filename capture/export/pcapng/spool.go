package pcapng

// A spool holds whole blocks that wait for the writer, and knows which of them belong
// to which file.
type spool struct {
	buf   []byte
	cuts  []int // the offsets in buf at which another file begins
	limit int64 // the most bytes in one file; 0: no limit
	// begun is the offset in buf at which the newest file begins. It is negative
	// where that file's first bytes were taken already.
	begun int64
}

// full tells whether n more bytes would exceed the limit of the newest file.
func (s *spool) full(n int) bool {
	return s.limit > 0 && int64(len(s.buf)+n)-s.begun > s.limit
}

// cut begins the next file at the end of buf.
func (s *spool) cut() {
	s.cuts = append(s.cuts, len(s.buf))
	s.begun = int64(len(s.buf))
}

// take returns all blocks, and goes on with another, empty buffer. The blocks before
// the first cut belong to the file that is being written.
func (s *spool) take(empty []byte) (buf []byte, cuts []int) {
	buf, cuts = s.buf, s.cuts
	s.buf, s.cuts = empty[:0], nil
	s.begun -= int64(len(buf))
	return buf, cuts
}
