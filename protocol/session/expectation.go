package session

import (
	"unicode/utf8"

	"anytls-inspect/protocol"
)

// maxOpenedUnseen is how many streams a client may have opened among missing bytes: ids
// further ahead are taken for payload.
const maxOpenedUnseen = 1 << 12

// An Expectation is which frames may come in a direction of which bytes are missing, by what is
// known of the session. By it the frames behind these are told from payload, in which anything
// may stand: a record must consist of frames that this sender may send now, and end where the
// last of them does. Zeros are no frames. Nothing of an Expectation changes by asking it.
type Expectation struct {
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

// plausible tells whether a frame with this header may come next. Streams above the known id,
// up to Last, were just opened.
func (e *Expectation) plausible(h protocol.Header, known uint32) bool {
	if !h.Command.Known() {
		return false
	}
	spec := h.Command.Spec()
	if spec.Sender&(1<<e.Dir) == 0 || !spec.Data && h.Length > 0 {
		return false
	}
	switch h.Command {
	case protocol.SYN:
		return h.Stream > e.Last && h.Stream-e.Last <= maxOpenedUnseen
	case protocol.PSH:
		return h.Length > 0 && e.stream(h.Stream, known)
	case protocol.FIN, protocol.SYNACK:
		return e.stream(h.Stream, known)
	case protocol.Settings, protocol.ServerSettings:
		return h.Stream == 0 && h.Length > 0 && !e.Greeted
	case protocol.Waste, protocol.UpdatePaddingScheme:
		return h.Stream == 0 && h.Length > 0
	default:
		return h.Stream == 0
	}
}

// stream tells whether a stream may be open.
func (e *Expectation) stream(id, known uint32) bool {
	switch {
	case id == 0:
		return false
	case id <= known:
		return e.Knows == nil || e.Knows(id)
	case id <= e.Last:
		return true
	default:
		return e.Opens && id-e.Last <= maxOpenedUnseen
	}
}

// Resumes tells whether decoding may go on with a record, whose whole plaintext is given: it
// parses to its end as frames that may come. A record with nothing but Waste is a client's.
func (e Expectation) Resumes(record []byte) bool { return e.parses(record, false) }

// Continues tells whether b, what a record has behind the end of a frame, begins with a frame
// that may come. The last frame need not end with the record, unless all are Waste.
func (e Expectation) Continues(b []byte) bool { return e.parses(b, true) }

// parses tells whether b consists of frames that may come. open says that the last of them may
// be longer than b.
func (e Expectation) parses(b []byte, open bool) bool {
	known := e.Last
	told := false // there is a frame that is not Waste
	for len(b) > 0 {
		h, ok := protocol.ParseHeader(b)
		if !ok {
			return open && told
		}
		if !e.plausible(h, known) {
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
			e.Last, told = h.Stream, true
		case protocol.Settings, protocol.ServerSettings:
			e.Greeted, told = true, true
		default:
			told = true
		}
		if b = b[end:]; len(b) == 0 {
			return told || e.Dir == protocol.ClientToServer
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
