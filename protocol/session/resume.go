package session

import (
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// maxOpenedUnseen is how many streams a client may have opened among missing bytes: ids
// further ahead are taken for payload.
const maxOpenedUnseen = 1 << 12

// A Sight is what is known of a session where bytes of one direction are missing. By it the
// frames behind them are told from payload, in which anything may stand: a record must
// consist of frames that this sender may send now, and end where the last of them does. Zeros
// are no frames. Nothing of a Sight changes by asking it.
type Sight struct {
	Dir protocol.Direction
	// Last is the highest stream id of a SYN that was seen. The client may have opened others
	// above it.
	Last uint32
	// Greeted says that the Settings, or ServerSettings, of the sender were seen: they come
	// once.
	Greeted bool
	// Knows tells whether the sender may send a frame of this stream, of those up to Last, as
	// far as is known. Where it is nil, it may of all.
	Knows func(id uint32) bool
	// Opens says that streams above Last may be open: the client opened them where nobody saw.
	Opens bool
}

// Plausible tells whether a frame with this header may come next.
func (s *Sight) Plausible(h protocol.Header) bool { return s.plausible(h, s.Last) }

// plausible is Plausible where streams above an id, up to the last, were just opened.
func (s *Sight) plausible(h protocol.Header, known uint32) bool {
	if !h.Command.Known() {
		return false
	}
	spec := h.Command.Spec()
	if spec.Sender&(1<<s.Dir) == 0 || !spec.Data && h.Length > 0 {
		return false
	}
	switch h.Command {
	case protocol.SYN:
		return h.Stream > s.Last && h.Stream-s.Last <= maxOpenedUnseen
	case protocol.PSH:
		return h.Length > 0 && s.stream(h.Stream, known)
	case protocol.FIN, protocol.SYNACK:
		return s.stream(h.Stream, known)
	case protocol.Settings, protocol.ServerSettings:
		return h.Stream == 0 && h.Length > 0 && !s.Greeted
	case protocol.Waste, protocol.UpdatePaddingScheme:
		return h.Stream == 0 && h.Length > 0
	default:
		return h.Stream == 0
	}
}

// stream tells whether a stream may be open.
func (s *Sight) stream(id, known uint32) bool {
	switch {
	case id == 0:
		return false
	case id <= known:
		return s.Knows == nil || s.Knows(id)
	case id <= s.Last:
		return true
	default:
		return s.Opens && id-s.Last <= maxOpenedUnseen
	}
}

// Resumes tells whether decoding may go on with a record, whose whole plaintext is given: it
// parses to its end as frames that may come. A record with nothing but Waste is a client's.
func (s Sight) Resumes(record []byte) bool { return s.parses(record, false) }

// Continues tells whether b, what a record has behind the end of a frame, begins with a frame
// that may come. The last frame need not end with the record, unless all are Waste.
func (s Sight) Continues(b []byte) bool { return s.parses(b, true) }

// parses tells whether b consists of frames that may come. open says that the last of them may
// be longer than b.
func (s Sight) parses(b []byte, open bool) bool {
	known := s.Last
	told := false // there is a frame that is not Waste
	for len(b) > 0 {
		h, ok := protocol.ParseHeader(b)
		if !ok {
			return open && told
		}
		if !s.plausible(h, known) {
			return false
		}
		end := protocol.HeaderLen + int(h.Length)
		if end > len(b) {
			return open && (told || h.Command != protocol.Waste)
		}
		if !fits(h.Command, b[protocol.HeaderLen:end]) {
			return false
		}
		switch h.Command {
		case protocol.Waste:
		case protocol.SYN:
			s.Last, told = h.Stream, true
		case protocol.Settings, protocol.ServerSettings:
			s.Greeted, told = true, true
		default:
			told = true
		}
		if b = b[end:]; len(b) == 0 {
			return told || s.Dir == protocol.ClientToServer
		}
	}
	return false
}

// fits tells whether data may be that of a command.
func fits(c protocol.Command, data []byte) bool {
	switch c {
	case protocol.Settings, protocol.ServerSettings:
		_, err := protocol.ParseSettings(data)
		return err == nil
	case protocol.UpdatePaddingScheme:
		scheme, _ := protocol.ParsePaddingScheme(data)
		return scheme != nil
	case protocol.Alert, protocol.SYNACK:
		return utf8.Valid(data)
	default:
		return true
	}
}
