package tcpflow

// fin is how many sequence numbers a FIN has.
const fin = 1

// lacking returns how many bytes from next on are given up, before the byte of
// number hole. Where nothing is held, the receiver has acknowledged bytes that the
// capture never shows; but one alone may be a FIN.
func (s *Stream) lacking(hole int64) int64 {
	if hole > s.next && (s.flushing || s.settled >= hole || s.exceeds()) {
		return hole - s.next
	}
	if s.doubts.covers(s.next) {
		return 0
	}
	n := int64(0)
	if hole == s.next && !s.finSeen && s.settled > s.next+fin {
		n = s.settled - s.next
	}
	if len(s.voids) == 0 {
		return n
	}
	limit := hole
	if limit == s.next { // nothing is held
		limit = s.next + 1<<31
	}
	kept := s.voids[:0]
	for _, v := range s.voids {
		switch {
		case v.end <= s.next:
		case v.start <= s.next:
			n = max(n, min(v.end, limit)-s.next)
		default:
			kept = append(kept, v)
		}
	}
	s.voids = kept
	return n
}

// Expected returns the sequence number behind all that came without a hole, a FIN
// included: the receiver can have acknowledged as much. Bytes of a bad checksum
// count. It returns false where the stream has not started.
func (s *Stream) Expected() (seq uint32, ok bool) {
	if !s.started {
		return 0, false
	}
	n := s.next
	if s.Holding() {
		n = s.contiguous()
	}
	if s.finSeen && n >= s.fin {
		n += fin
	}
	return s.base + uint32(n), s.based
}

// contiguous returns the number of the byte behind all that is held without a hole. Of each
// packet that waits it is asked again, while the stream stays as it is.
func (s *Stream) contiguous() int64 {
	if s.reach == never {
		s.reach = s.reaches()
	}
	return s.reach
}

// reaches is contiguous, counted.
func (s *Stream) reaches() int64 {
	n := s.next + int64(len(s.direct))
	for i, j := 0, 0; ; {
		switch {
		case i < len(s.held.runs) && s.held.runs[i].start <= n:
			n = max(n, s.held.runs[i].end())
			i++
		case j < len(s.doubts.runs) && s.doubts.runs[j].start <= n:
			n = max(n, s.doubts.runs[j].end())
			j++
		default:
			return n
		}
	}
}
