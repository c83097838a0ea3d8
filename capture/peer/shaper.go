package peer

import (
	"math/rand/v2"

	"anytls-inspect/protocol"
)

// A shaper cuts and fills a client's first writes as its padding scheme says.
// It has the reference's habits where the scheme leaves them open: a size's
// maximum is exclusive, and a record that is all Waste is a header longer than
// the size drawn for it.
type shaper struct {
	scheme *protocol.PaddingScheme
	rand   *rand.Rand
	slot   int // of the next write; 0 is padding0's
}

// padding0 draws the length of padding0, in bytes.
func (s *shaper) padding0() uint16 {
	s.slot = 1
	for _, size := range s.scheme.Slot(0) {
		if !size.Check {
			return uint16(s.draw(size))
		}
	}
	return 0
}

// shape hands b, the frames of one write, to emit, in the pieces that the next
// slot asks for. Each piece is to be a TLS record, or several where it is too
// large for one. b may be appended to. It stops at emit's first error.
func (s *shaper) shape(b []byte, emit func([]byte) error) error {
	items := s.scheme.Slot(s.slot)
	if s.slot < s.scheme.Stop {
		s.slot++
	}
	for _, item := range items {
		if item.Check {
			if len(b) == 0 {
				return nil
			}
			continue
		}
		size := s.draw(item)
		piece := b[:min(size, len(b))]
		b = b[len(piece):]
		switch missing := size - len(piece); {
		case len(piece) == 0:
			piece = appendWaste(piece, size)
		case missing >= protocol.HeaderLen:
			// Only the last piece can be too short, so that nothing of b is
			// overwritten.
			piece = appendWaste(piece, missing-protocol.HeaderLen)
		}
		if err := emit(piece); err != nil {
			return err
		}
	}
	if len(b) == 0 {
		return nil
	}
	return emit(b)
}

// draw picks a size in bytes. What a scheme asks for comes from a server that
// may mean no good, so no size is larger than the data of a frame.
func (s *shaper) draw(size protocol.PaddingSize) int {
	from, to := min(size.Min, protocol.MaxData), min(size.Max, protocol.MaxData)
	if to <= from {
		return from
	}
	return from + s.rand.IntN(to-from)
}

// appendWaste appends a Waste frame with n bytes of data.
func appendWaste(dst []byte, n int) []byte {
	dst = protocol.Header{Command: protocol.Waste, Length: uint16(n)}.Append(dst)
	return append(dst, make([]byte, n)...)
}
