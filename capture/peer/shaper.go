package peer

import (
	"math/rand/v2"

	"anytls-inspect/protocol"
)

// A shaper cuts and fills a client's first writes as its padding scheme says. Each slot
// of a scheme is for one write, which the protocol document calls a packet; slot 0 is
// padding0. Where the document leaves room, the shaper does as the reference: a size's
// maximum is exclusive, and a record that is all Waste is a header longer than the size
// that was drawn.
type shaper struct {
	scheme *protocol.PaddingScheme
	rand   *rand.Rand
	slot   int // of the next write
}

// padding0 draws the length of padding0, in bytes, and goes on to slot 1.
func (s *shaper) padding0() uint16 {
	s.slot = 1
	for _, size := range s.scheme.Slot(0) {
		if !size.Check {
			return uint16(s.draw(size))
		}
	}
	return 0
}

// shape calls emit with the pieces that the next slot makes of b, the frames of one
// write. Each piece is to be one write to TLS. shape appends to b. It stops at emit's
// first error.
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
			// Only the last piece can be too short: what is appended to it
			// overwrites nothing of b.
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

// draw picks a size, in bytes. The server chose the scheme, and may not be trusted: no
// size is larger than the data of a frame.
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
