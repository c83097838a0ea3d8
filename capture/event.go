package capture

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A SessionID numbers the sessions of one run from 1, in the order of their
// first packets.
type SessionID uint32

// A Kind says what an [Event] is about.
type Kind uint8

// The kinds of events, in the order in which a session has them.
const (
	Listening   Kind = iota // the relay accepts clients at Client
	Opened                  // a client connected, from Client toward Server
	Established             // TLS stands on both legs; see TLS
	Data                    // bytes went in direction Dir
	Gap                     // Missing bytes of direction Dir are not in the capture
	Closed                  // the session ended, by By, for Reason
)

// An Event is what the wire carried, with the time when it did. Which fields
// count depends on Kind.
type Event struct {
	Kind    Kind
	Session SessionID
	At      time.Time

	// Data: the plaintext of one TLS record, or a part of one, in the order of
	// the wire. It is the source's, and valid until Record returns.
	Dir  protocol.Direction
	Data []byte
	// Continues says that the record goes on in the direction's next event. What
	// is injected is a record of its own, which may stand between its parts.
	Continues bool
	// RecordsUnknown says that the source can't tell how the bytes were cut into
	// records: Continues then means nothing.
	RecordsUnknown bool
	session.Marks

	Missing int64 // Gap: in bytes; -1 where it is not known

	Client, Server string // Listening, Opened: host:port
	// Leg names the relay's leg that a replayed session was recorded on.
	Leg Leg  // Opened
	TLS *TLS // Established

	By     session.Closer // Closed
	Reason string         // Closed: in words, printable; empty for an orderly end
}

// TLS is what a handshake agreed on.
type TLS struct {
	Version string // "TLS 1.3"
	Cipher  string // the suite's standard name
	SNI     string // printable; empty where the client sent none
	ALPN    string // printable; empty where none was agreed on
}

// A Sink takes events. Record may be called from several goroutines; events of
// one session's direction come from one goroutine at a time, in order. It
// returns soon, and takes no part of the event with it.
type Sink interface{ Record(*Event) }
