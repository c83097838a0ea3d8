package journal

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// An Entry is a frame or an event in the journal. A frame has no Event, and an
// event has none of the frame's fields.
type Entry struct {
	Index   uint64 // from 1, without holes
	At      time.Time
	Session capture.SessionID
	Notice  session.Notice // nil for a frame

	Dir      protocol.Direction
	Header   protocol.Header // of a preamble only Length, that of padding0
	Preamble bool
	Target   bool // the data begins with the stream's target
	Cut      bool // the session ended inside the frame
	session.Marks
	// Data is what was kept of the frame's data: the beginning. It is empty
	// where a reader did not ask for it, or where it was evicted.
	Data []byte

	// The frames of one session form a chain, by index; 0 ends it.
	prev, next uint64
	at         uint64 // where its data is in the data ring
	kept       int    // how much of it
}

// IsFrame reports whether e is a frame or preamble.
func (e *Entry) IsFrame() bool { return e.Notice == nil }

// Frame returns the frame that e is, with the data that e has.
func (e *Entry) Frame() *session.Frame {
	return &session.Frame{
		At: e.At, Dir: e.Dir, Header: e.Header, Data: e.Data, Marks: e.Marks,
		Preamble: e.Preamble, Target: e.Target, Cut: e.Cut,
	}
}

// Name returns the command's name, or "preamble".
func (e *Entry) Name() string {
	if e.Preamble {
		return "preamble"
	}
	return e.Header.Command.String()
}
