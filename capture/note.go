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
//	held SYNACK, stream 3, rule 2, for 2.5s, at byte 118
//	injected 12 bytes, rule 4
//	forwarded preamble, rule 1, at byte 1
//
// Where several frames that came in one packet have notes, its comment has a line for each.
//
// On the leg with its sender, a frame that a rule touched is told of as far as that is known
// when it comes: dropped, replaced, absorbed, held (it waits, and how long is not known yet),
// or forwarded. On the leg with its receiver, its final fate is told, at its place among all
// that was written: where nothing was written of the frame, in the comment of a packet without
// bytes. Both name the byte, so that a replay can tell that they are about one frame.
type Note struct {
	Fate    session.Fate
	Command string // its name, as [protocol.Command.String] has it, or [PreambleName]; empty where Bytes counts
	Stream  uint32
	// Bytes is how many bytes it is, where it is no frame and the relay made it; 0: a frame.
	Bytes int
	// Byte is the number, from 1, of the frame's first byte among all plaintext that its
	// sender sent; 0: it is not told.
	Byte int64
}

// PreambleName is what notes call the client's preamble.
const PreambleName = "preamble"

// maxNoted is the most that a note calls no frame, in bytes.
const maxNoted = 1 << 20

// NoteOf returns the note on a frame.
func NoteOf(f session.Fate, h protocol.Header) Note {
	return Note{Fate: f, Command: h.Command.String(), Stream: h.Stream}
}

// NoteOfPreamble returns the note on the client's preamble.
func NoteOfPreamble(f session.Fate) Note { return Note{Fate: f, Command: PreambleName} }

// NoteOfBytes returns the note on what the relay made, which need not be a frame.
func NoteOfBytes(f session.Fate, wire []byte) Note {
	if h, ok := protocol.ParseHeader(wire); ok && len(wire) == protocol.HeaderLen+int(h.Length) {
		return NoteOf(f, h)
	}
	return Note{Fate: f, Bytes: len(wire)}
}

// At returns the note on a frame whose first byte has this number, from 1, among all
// plaintext that its sender sent.
func (n Note) At(b int64) Note {
	n.Byte = b
	return n
}

// Is tells whether the note may be about a frame with this header.
func (n Note) Is(h protocol.Header) bool {
	return n.Command == h.Command.String() && n.Stream == h.Stream
}

// IsPreamble tells whether the note is about the client's preamble.
func (n Note) IsPreamble() bool { return n.Command == PreambleName }

// The unit of a note's bytes, and the word in front of the number of one.
const (
	noteBytes = " bytes"
	noteByte  = "byte "
)

// String returns the note's text.
func (n Note) String() string {
	text := n.Fate.Kind.String() + " "
	if n.Bytes > 0 {
		text += strconv.Itoa(n.Bytes) + noteBytes
	} else {
		text += n.Command
	}
	if n.Stream != 0 {
		text += fmt.Sprintf(", stream %d", n.Stream)
	}
	if n.Fate.Rule != 0 {
		text += fmt.Sprintf(", rule %d", n.Fate.Rule)
	}
	if n.Fate.Held != 0 {
		text += ", for " + n.Fate.Held.String()
	}
	if n.Byte != 0 {
		text += ", at " + noteByte + strconv.FormatInt(n.Byte, 10)
	}
	return text
}

// ParseNote returns the note that a comment, or a line of one, is. ok is false where it is
// none: a recording may have comments of others.
func ParseNote(comment string) (n Note, ok bool) {
	what, rest, more := strings.Cut(comment, ", ")
	kind, command, _ := strings.Cut(what, " ")
	var err error
	if n.Fate.Kind, err = session.ParseFateKind(kind); err != nil || command == "" {
		return Note{}, false
	}
	n.Command = command
	if count, ok := strings.CutSuffix(command, noteBytes); ok {
		if n.Bytes, err = strconv.Atoi(count); err != nil || n.Bytes < 1 || n.Bytes > maxNoted || !n.Fate.Made() {
			return Note{}, false
		}
		n.Command = ""
	}
	for more {
		var part string
		part, rest, more = strings.Cut(rest, ", ")
		if !n.parse(part) {
			return Note{}, false
		}
	}
	return n, true
}

// parse takes one of the parts behind a note's first, and tells whether it is one.
func (n *Note) parse(part string) bool {
	name, value, _ := strings.Cut(part, " ")
	var number uint64
	var err error
	switch name {
	case "stream":
		number, err = strconv.ParseUint(value, 10, 32)
		n.Stream = uint32(number)
	case "rule":
		number, err = strconv.ParseUint(value, 10, 16)
		n.Fate.Rule = uint16(number)
	case "for":
		n.Fate.Held, err = time.ParseDuration(value)
		return err == nil && n.Fate.Held >= 0
	case "at":
		digits, ok := strings.CutPrefix(value, noteByte)
		n.Byte, err = strconv.ParseInt(digits, 10, 64)
		return ok && err == nil && n.Byte > 0
	default:
		return false
	}
	return err == nil
}
