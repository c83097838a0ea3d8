package capture

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Note says of a frame, in a recording, what became of it. A recording holds notes
// as comments of packets, from which a replay knows the frames. It reads
//
//	injected HeartRequest
//	held SYNACK, stream 3, rule 2, for 2.5s
type Note struct {
	Fate    session.Fate
	Command string // its name, as [protocol.Command.String] has it
	Stream  uint32
}

// NoteOf returns the note on a frame.
func NoteOf(f session.Fate, h protocol.Header) Note {
	return Note{Fate: f, Command: h.Command.String(), Stream: h.Stream}
}

// Is tells whether the note may be about a frame with this header.
func (n Note) Is(h protocol.Header) bool {
	return n.Command == h.Command.String() && n.Stream == h.Stream
}

// String returns the note's text.
func (n Note) String() string {
	text := n.Fate.Kind.String() + " " + n.Command
	if n.Stream != 0 {
		text += fmt.Sprintf(", stream %d", n.Stream)
	}
	if n.Fate.Rule != 0 {
		text += fmt.Sprintf(", rule %d", n.Fate.Rule)
	}
	if n.Fate.Held != 0 {
		text += ", for " + n.Fate.Held.String()
	}
	return text
}

// ParseNote returns the note that a comment is. ok is false where it is none: a
// recording may have comments of others.
func ParseNote(comment string) (n Note, ok bool) {
	parts := strings.Split(comment, ", ")
	kind, command, _ := strings.Cut(parts[0], " ")
	var err error
	if n.Fate.Kind, err = session.ParseFateKind(kind); err != nil || command == "" {
		return Note{}, false
	}
	n.Command = command
	for _, part := range parts[1:] {
		name, value, _ := strings.Cut(part, " ")
		var number uint64
		switch name {
		case "stream":
			number, err = strconv.ParseUint(value, 10, 32)
			n.Stream = uint32(number)
		case "rule":
			number, err = strconv.ParseUint(value, 10, 16)
			n.Fate.Rule = uint16(number)
		case "for":
			n.Fate.Held, err = time.ParseDuration(value)
			if n.Fate.Held < 0 {
				return Note{}, false
			}
		default:
			return Note{}, false
		}
		if err != nil {
			return Note{}, false
		}
	}
	return n, true
}
