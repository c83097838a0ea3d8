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

// The events that come from a source, and not from what frames mean. They stand
// in the journal beside those of package session.

// Listen is the event of a relay that accepts clients.
type Listen struct{ Address string }

// SessionOpen is the event of a session whose TLS stands on both legs, or that
// failed before that; then TLS is nil.
type SessionOpen struct {
	Client, Server string
	Leg            capture.Leg // see [capture.Event]
	TLS            *capture.TLS
}

// SessionClose is the event of a session that ended.
type SessionClose struct {
	By       session.Closer
	Reason   string
	Up, Down uint64 // payload bytes
	Frames   uint64 // both ways, preambles included
	Streams  uint64
}

// Gap is the event of bytes that a capture lacks.
type Gap struct {
	Dir   protocol.Direction
	Bytes int64 // -1 where it is not known
}

// NoticeName implements [session.Notice].
func (Listen) NoticeName() string { return "listen" }

// NoticeName implements [session.Notice].
func (SessionOpen) NoticeName() string { return "session-open" }

// NoticeName implements [session.Notice].
func (SessionClose) NoticeName() string { return "session-close" }

// NoticeName implements [session.Notice].
func (Gap) NoticeName() string { return "gap" }
