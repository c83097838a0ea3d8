package tcpflow

import "math"

// doubts are the bytes of packets with a bad checksum. They wait until the receiver
// acknowledges them, or the stream waits for nothing any more. Bytes of a packet
// without a fault take their place until then.
type doubts struct {
	held

	fin     int64 // number of the byte after the last, once finSeen is set
	finSeen bool
}

// begin returns the number of the first byte behind number next. Where the receiver
// acknowledges anything, what it has not acknowledged does not count: the sequence
// number may be what is bad.
func (d *doubts) begin(next, acked int64) (int64, bool) {
	for _, r := range d.runs {
		if r.end() > next {
			return r.start, r.start > next && (acked == never || r.start < acked)
		}
	}
	return 0, false
}

// covers tells whether the byte of this number is there.
func (d *doubts) covers(n int64) bool {
	for _, r := range d.runs {
		if r.end() > n {
			return r.start <= n
		}
	}
	return false
}

// doubt takes the bytes b of a packet with a bad checksum. The first has the number
// off.
func (s *Stream) doubt(off int64, b []byte) {
	if s.started && off < s.next {
		b = b[min(s.next-off, int64(len(b))):]
		off = s.next
	}
	s.doubts.insert(off, b)
}

// doubted returns bytes in doubt that come next and wait no longer.
func (s *Stream) doubted() []byte {
	d := &s.doubts
	if len(d.runs) == 0 {
		return nil
	}
	for len(d.runs) > 0 && d.runs[0].end() <= s.next {
		d.drop()
	}
	if len(d.runs) == 0 || d.runs[0].start > s.next {
		return nil
	}
	limit := max(s.acked, s.settled)
	if s.flushing || s.exceeds() {
		limit = math.MaxInt64
	}
	if len(s.held.runs) > 0 {
		limit = min(limit, s.held.runs[0].start)
	}
	r := &d.runs[0]
	if limit = min(limit, r.end()); limit <= s.next {
		return nil
	}
	return r.data[s.next-r.start : limit-r.start]
}

// finish notes where the stream ends. A packet with a bad checksum may say so
// wrongly: that counts once the receiver has acknowledged it.
func (s *Stream) finish(end int64, doubtful bool) {
	if doubtful {
		s.doubts.fin, s.doubts.finSeen = end, true
		return
	}
	s.fin, s.finSeen = end, true
}

// believe takes the end that a packet with a bad checksum had, where all before
// number acked is acknowledged.
func (s *Stream) believe(acked int64) {
	if d := &s.doubts; d.finSeen && acked > d.fin && !s.finSeen && (!s.started || d.fin >= s.next-fin) {
		s.fin, s.finSeen = d.fin, true
	}
}
