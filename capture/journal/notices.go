package journal

import (
	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

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
