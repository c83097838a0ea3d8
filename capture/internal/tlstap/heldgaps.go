package tlstap

import "anytls-inspect/capture/internal/tlsrec"

// maxHeldGaps is how many gaps of a side may wait. What waits between those that follow is
// lost with them.
const maxHeldGaps = 1 << 8

// A heldGap is a gap behind bytes that wait.
type heldGap struct {
	turn    uint64
	end     int64 // of the bytes that wait before it, in the direction
	missing int64 // bytes; -1 where that is not known
}

// postpone notes a gap behind what s holds, in the turn of that number.
func (s *side) postpone(number uint64, missing int64) {
	end := s.offset + int64(len(s.buf))
	if n := len(s.gaps); n == maxHeldGaps {
		last := &s.gaps[n-1]
		last.missing = plus(plus(last.missing, end-last.end), missing)
		s.buf = s.buf[:last.end-s.offset]
		for i := range s.turns {
			s.turns[i].end = min(s.turns[i].end, last.end)
		}
		return
	}
	s.note(number)
	// The turn may be one that stands for several.
	s.gaps = append(s.gaps, heldGap{s.turns[len(s.turns)-1].number, end, missing})
}

// plus adds numbers of bytes; one that is not known is -1, and so is their sum then.
func plus(a, b int64) int64 {
	if a < 0 || b < 0 {
		return -1
	}
	return a + b
}

// atGap tells whether s has come to a gap.
func (s *side) atGap() bool {
	return len(s.gaps) > 0 && (len(s.turns) == 0 || s.turns[0].number >= s.gaps[0].turn)
}

// takeGap takes the next gap. What is left before it was cut by it.
func (o *Observer) takeGap(s *side) {
	g := s.gaps[0]
	if s.gaps = s.gaps[1:]; len(s.gaps) == 0 {
		s.gaps = nil
	}
	o.miss(s, int(max(0, g.end-s.offset)), g.missing)
	for i := range s.turns {
		s.turns[i].end += max(0, g.missing)
	}
	for i := range s.gaps {
		s.gaps[i].end += max(0, g.missing)
	}
}

// miss starts a search of s: the first n bytes that it holds are lost, and with them the
// missing ones behind; -1 stands for a number that is not known.
func (o *Observer) miss(s *side, n int, missing int64) {
	if !s.said {
		o.glean(s, s.buf[:n])
		s.mute = true
	}
	o.missExtensions(s)
	s.lose(n, missing)
}

// glean takes the random out of a ClientHello that is cut: so the key log has its secrets.
func (o *Observer) glean(s *side, b []byte) {
	const before = tlsrec.HeaderLen + 4 + 2 // the headers of record and message, and a version
	if s != o.client() || o.identified || len(b) < before+len(o.info.ClientRandom) || Sniff(b) != StartClientHello {
		return
	}
	copy(o.info.ClientRandom[:], b[before:])
	o.identified = true
}

// lose starts a search: the first n bytes that s holds are lost, and with them the missing
// ones behind; -1 stands for a number that is not known.
func (s *side) lose(n int, missing int64) {
	if s.search == nil {
		s.search = &search{}
	}
	search := s.search
	search.cause, search.fault, search.dropped, search.scanned, search.tried = ErrGap, nil, -1, 0, 0
	if search.exact {
		search.restart()
	}
	search.plain = search.plain || !s.sealed
	if missing < 0 {
		search.inexact, missing = true, 0
	}
	s.missing += missing
	search.lost += int64(n) + missing
	s.unread += int64(n) + missing
	s.offset += int64(n) + missing
	s.drop(n)
	s.wait = waitNone
	s.messages.reset()
}

// missExtensions notes that s loses bytes that may hold the server's
// EncryptedExtensions.
func (o *Observer) missExtensions(s *side) {
	if s == o.server() && o.info.Version != tlsrec.VersionTLS12 && !o.extensions {
		o.info.Incomplete = true
	}
}
