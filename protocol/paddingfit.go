package protocol

import "fmt"

// Bounds of what a preamble's padding0 may be, with Go peers (section Authentication).
const (
	// maxPadding0 is the longest padding0 with which the preamble fits into one TLS
	// record: Go's servers read one.
	maxPadding0 = MaxRecord - PreambleLen
	// maxGoPadding0 is the longest with which Go's client writes the preamble as one
	// record: its first ones hold 1,186 bytes.
	maxGoPadding0 = 1186 - PreambleLen
)

// Misfit says in words what in the scheme does not fit what carries it: a size that needs a
// longer Waste frame than there is, or a padding0 with which the preamble is not one TLS
// record. It is empty where all fits.
func (s *PaddingScheme) Misfit() string {
	if items := s.Slot(0); len(items) > 0 && !items[0].Check {
		switch longest := items[0]; {
		case longest.Max > MaxData:
			return fmt.Sprintf("slot 0 asks for up to %d bytes, more than the 65535 that the preamble can tell", longest.Max)
		case longest.Max > maxPadding0:
			return fmt.Sprintf("slot 0 asks for up to %d bytes: with more than %d the preamble takes two TLS records, and Go servers, which read one, refuse the client", longest.Max, maxPadding0)
		case longest.Min > maxGoPadding0 || longest.Max > maxGoPadding0+1: // Go draws no maximum
			return fmt.Sprintf("slot 0 asks for up to %d bytes: with more than %d Go clients write the preamble as two TLS records, and Go servers, which read one, refuse them", longest.Max, maxGoPadding0)
		}
	}
	if slot, most := s.widest(); most > MaxData {
		return fmt.Sprintf("slot %d asks for up to %d bytes: a Waste frame holds 65535, so that its length is cut off, and the server loses the framing", slot, most)
	}
	return ""
}

// Overlong tells whether a slot behind the first asks for more than a Waste frame holds.
func (s *PaddingScheme) Overlong() bool {
	_, most := s.widest()
	return most > MaxData
}

// widest returns the lowest of the slots before stop, but slot 0, with the largest size.
func (s *PaddingScheme) widest() (slot, most int) {
	for n, items := range s.slots {
		if n == 0 || n >= s.Stop {
			continue
		}
		for _, item := range items {
			if item.Max > most || item.Max == most && n < slot {
				slot, most = n, item.Max
			}
		}
	}
	return slot, most
}
