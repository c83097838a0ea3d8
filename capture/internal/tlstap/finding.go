package tlstap

import (
	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// An Kind says what an [Finding] is about.
type Kind uint8

// The kinds of findings.
const (
	// Hello: client and server have said hello: all of Info but ALPN (which TLS
	// 1.3 encrypts) and Early is known. Once, before all but Alert and Stopped.
	Hello Kind = iota
	// Established: both sides have finished the handshake, or application data
	// is about to come before that, as TLS 1.3 lets it. Once, before any Data.
	Established
	// Data: the plaintext of one application data record; it may be empty.
	Data
	// Alert: a side sent an alert.
	Alert
	// NoKey: the key is not known, and records wait for it or were dropped for
	// it. At most once. Not the end: when the key turns up, what is still held is
	// emitted, after a Lost for what is not.
	NoKey
	// Lost: bytes of the direction were missing, or could not be opened, and the
	// direction goes on behind them. Before the next finding of the direction.
	Lost
	// Stopped: no more is emitted of the direction, because of Err. At most once
	// a direction.
	Stopped
)

// A Finding is what an [Observer] found. It is the observer's, and valid until the function
// that it is handed to returns. Which fields count depends on Kind.
type Finding struct {
	Kind Kind
	Dir  protocol.Direction // of all but Hello, Established and NoKey
	// Offset is where in the direction the record that the finding rests on ends:
	// how many bytes were fed up to there, missing ones included, as far as their
	// number is known. Records that waited for a key are emitted late: by the
	// offset a caller finds their time.
	Offset int64

	Data  []byte // Data: the plaintext. It aliases what was fed, or the observer's buffer
	Early bool   // Data: 0-RTT: the client sent it before the handshake ended
	Info  *Info  // Hello, Established, NoKey

	Level, Description uint8 // Alert: see Closing and AlertName
	// Closing: the alert ends its direction (close_notify) or the connection.
	Closing bool
	// First: it is the first closing alert of the connection.
	First bool

	Gap Gap   // Lost
	Err error // Lost, Stopped: why; errors.Is one of this package's errors, or of tlsrec's
}

// A Gap is what was lost of a direction.
type Gap struct {
	// Wire is how many bytes, from the last record that was opened to the next;
	// -1 where that is not known.
	Wire int64
	// Records is how many records they were; -1 where that is not known, as when
	// keys changed meanwhile.
	Records int64
	// Plaintext is how many bytes of plaintext these records carried: exact as
	// far as they were application data without padding; -1 where Records is.
	Plaintext int64
}

// An EarlyState says what became of 0-RTT.
type EarlyState uint8

// What may become of 0-RTT.
const (
	EarlyNone     EarlyState = iota // the client did not offer it
	EarlyUnknown                    // offered; the server's answer is not known (yet)
	EarlyAccepted                   // the server accepted it: it is application data
	EarlyRejected                   // the server skipped it: it is not emitted
)

// Info is what a handshake agreed on.
type Info struct {
	Version      uint16 // VersionTLS13, ...
	Suite        tlsrec.Suite
	SNI          string // printable; empty where the client sent none
	ALPN         string // printable; empty where none was agreed on, or see Incomplete
	ClientRandom keylog.Random
	Resumed      bool // by a session ID, ticket or PSK
	Retried      bool // by a HelloRetryRequest (TLS 1.3)
	Early        EarlyState
	// Incomplete: a part of the handshake was lost; ALPN and Early may be.
	Incomplete bool
}
