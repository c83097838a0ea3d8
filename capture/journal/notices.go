package journal

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// The notices in this file come from a source's events, and not from what frames
// mean. They stand in the journal beside those of package session.

// Listen is the notice of a relay that accepts clients, of one route of several or of
// its only one.
type Listen struct {
	Address string // host:port
	Server  string // host:port; empty where there is one route
}

// SessionOpen is the notice of a session whose TLS handshakes are done. TLS is nil
// where the session failed before that.
type SessionOpen struct {
	Client, Server string      // host:port
	Leg            capture.Leg // the relay's leg that a replayed session was recorded on
	TLS            *capture.TLS
	// ServerTLS is that of the relay's leg with the server; nil where there is one
	// connection.
	ServerTLS *capture.TLS
}

// SessionClose is the notice of a session that ended.
type SessionClose struct {
	By       session.Closer
	Reason   string // why, printable; empty for an end in good order
	Up, Down uint64 // payload bytes
	Frames   uint64 // of both directions
	Streams  uint64 // SYNs
	// Untracked counts those of them that were not followed, since too many were open.
	Untracked uint64
	Owed      []session.Obligation // what the peers owed when it ended, oldest first
	Evidence  Evidence             // what was not seen of it
	// Looks are the guesses of the peers' implementations that are worth telling.
	Looks protocol.ByPeer[session.Guess]
}

// Probe is the notice of a client that connected and ended without a byte. It is no
// session.
type Probe struct{ Client string } // host:port

// Gap is the notice of bytes that a capture lacks.
type Gap struct {
	Dir   protocol.Direction
	Bytes int64 // -1 where it is not known
}

// Unseen is the notice of a direction of which nothing more is seen.
type Unseen struct {
	Dir protocol.Direction
	Why string // printable
}

// Order is the notice of how far times and order of the two directions can be relied on:
// see [session.Evidence].
type Order struct {
	Within    time.Duration
	Uncertain bool
	Why       string // printable
}

// NoticeName implements [session.Notice].
func (Listen) NoticeName() string { return "listen" }

// NoticeName implements [session.Notice].
func (SessionOpen) NoticeName() string { return "session-open" }

// NoticeName implements [session.Notice].
func (SessionClose) NoticeName() string { return "session-close" }

// NoticeName implements [session.Notice].
func (Probe) NoticeName() string { return "probe" }

// NoticeName implements [session.Notice].
func (Gap) NoticeName() string { return "gap" }

// NoticeName implements [session.Notice].
func (Unseen) NoticeName() string { return "unseen" }

// NoticeName implements [session.Notice].
func (Order) NoticeName() string { return "order" }
