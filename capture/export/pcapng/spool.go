package pcapng

// A spool holds whole blocks that are to be written, and knows where one file ends
// and the next begins.
type spool struct {
	buf   []byte
	cuts  []int // where in buf another file begins
	limit int64 // of a file, in bytes; 0: none
	begun int64 // where in buf the last file begins; negative: so far before it
}

// full reports whether n more bytes are for another file.
func (s *spool) full(n int) bool {
	return s.limit > 0 && int64(len(s.buf)+n)-s.begun > s.limit
}

// cut makes what is appended from now on the next file.
func (s *spool) cut() {
	s.cuts = append(s.cuts, len(s.buf))
	s.begun = int64(len(s.buf))
}

// take returns all that is to be written, and goes on with an empty buffer. The
// first of cuts parts is for the file that was being written.
func (s *spool) take(empty []byte) (buf []byte, cuts []int) {
	buf, cuts = s.buf, s.cuts
	s.buf, s.cuts = empty[:0], nil
	s.begun -= int64(len(buf))
	return buf, cuts
}
