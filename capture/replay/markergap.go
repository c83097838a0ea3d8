package replay

import (
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// reasonMisplaced is why a direction of a recording is unseen where notes can't be placed.
const reasonMisplaced = "packets of the recording are missing: it is not known which frames its notes are about, what the relay injected or kept back"

// lose tells that n bytes of a direction are missing, -1 where their number is not known.
// It returns how many of them are the sender's.
//
// Where they are of the data of one frame, or of padding0, the frames behind them are known. Else
// they are found again: see finds. No frame gets a fate by a guess.
func (m *marker) lose(dir protocol.Direction, n int64) int64 {
	s := &m.sides[dir]
	m.doubt()
	// Nothing that rests on records is judged any more. But behind missing bytes, frames are
	// found by where a record begins.
	s.records, s.cuts = false, false
	if s.fate.Made() { // it is lost, and was none of the sender's
		s.made, n, s.bytes = s.made[:0], -1, 0
	}
	if s.lost {
		n = -1
	}
	p, ok := s.decoder.Pass(n)
	if !ok {
		s.lost, s.fate, s.expected.Opens = true, session.Fate{}, true
		s.byte, s.at, s.greeted, s.framed, s.headed = 0, -1, true, true, false
		return -1
	}
	if p.Last {
		s.fate, s.byte = session.Fate{}, 0
	}
	if s.at >= 0 {
		s.at += n
	}
	return n
}

// doubt takes note that requests or answers may be missing.
func (m *marker) doubt() {
	for d := range m.sides {
		m.sides[d].doubtful = true
	}
}

// finds tells whether the frames of a side are found again: a record consists of whole
// frames that may come.
func (s *markedSide) finds(record []byte) bool {
	if !s.expected.Resumes(record) {
		return false
	}
	s.lost = false
	s.decoder.Skip(protocol.Header{}, 0)
	return true
}

// follow takes what a frame says of those that may come behind missing bytes.
func (s *markedSide) follow(h protocol.Header) {
	switch h.Command {
	case protocol.SYN:
		s.expected.Last = max(s.expected.Last, h.Stream)
	case protocol.Settings, protocol.ServerSettings:
		s.expected.Greeted = true
	}
}

// doubts tells whether it is not known if a frame is the one that a note is about: one of
// several answers in a packet was absorbed, and requests may be missing.
func (s *markedSide) doubts(h protocol.Header, said *comment) bool {
	return s.doubtful && said != nil && said.used && said.note.Fate.Kind == session.Absorbed && said.note.Is(h)
}
