package tlstap

import (
	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/protocol"
)

// A Kind says what a [Finding] is about.
type Kind uint8

// The kinds of findings.
const (
	// Hello says that client and server have said hello, or that what a lost hello said
	// was found out: see Info.Incomplete. All of Info is known but Early, and ALPN, which
	// TLS 1.3 encrypts. It comes once, before all findings but Alert, NoKey and Stopped.
	Hello Kind = iota
	// Established says that both sides have finished the handshake, or that
	// application data comes before that, as TLS 1.3 lets it. It comes once, before
	// any Data.
	Established
	// Data is the plaintext of one application data record. It may be empty.
	Data
	// Alert says that a side sent an alert.
	Alert
	// NoKey says that a key is not known, and that records of the direction were given
	// up for it. It comes at most once a direction. When the key turns up, the direction
	// goes on: a Lost for what was dropped comes before what is still held.
	NoKey
	// Damaged says that a record has a fault, and that another one is looked for that
	// opens. Lost or Stopped follows.
	Damaged
	// Lost says that bytes of the direction were missing, or could not be opened,
	// and that the direction goes on behind them.
	Lost
	// Stopped says that nothing more is found in the direction, because of Err. It
	// comes at most once a direction.
	Stopped
)

// A Finding is something that an [Observer] has found. It is the observer's, and
// valid until the function that it is handed to returns. Which fields count depends
// on Kind.
type Finding struct {
	Kind Kind
	Dir  protocol.Direction // of all but Hello and Established
	// Offset is where the record that the finding rests on ends: how many bytes of
	// the direction were fed up to there, missing ones included as far as their
	// number is known. What waited for a key is found late: by the offset a caller
	// knows when it came.
	Offset int64

	Data  []byte // of Data: the plaintext. It aliases what was fed, or the observer's buffer
	Early bool   // of Data: it is 0-RTT, sent before the handshake ended
	Info  *Info  // of Hello, Established and NoKey

	Level, Description uint8 // of Alert: see [tlsrec.AlertName]
	// Closing says of an Alert that it ends its direction (close_notify) or the
	// connection.
	Closing bool
	// Plain says of an Alert that nothing protects it: its sender was not done with the
	// handshake.
	Plain bool
	// First says of an Alert that it is the connection's first that is Closing.
	First bool

	Gap Gap   // of Lost
	Err error // of Damaged, Lost and Stopped: wraps an error of this package, or of package tlsrec
}

// A Gap is what was lost of a direction.
type Gap struct {
	// Wire is how many bytes lie between the last record that was opened and the
	// next one; -1 where that is not known.
	Wire int64
	// Records is how many records these bytes were; -1 where that is not known, as
	// when keys changed meanwhile.
	Records int64
	// Plaintext is how many bytes of application data these records carried; -1 where
	// that is not known, as where some may have been of another kind. It is exact where
	// they had no padding.
	Plaintext int64
}

// An EarlyState says what became of 0-RTT (RFC 8446, section 4.2.10).
type EarlyState uint8

// The states of 0-RTT.
const (
	EarlyNone     EarlyState = iota // the client did not offer it
	EarlyUnknown                    // offered; the server's answer is not known (yet)
	EarlyAccepted                   // the server accepted it: it is application data
	EarlyRejected                   // the server skipped it: it is not found as Data
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
	// Incomplete says that a part of the handshake was lost, and with it perhaps
	// ALPN and Early. Where that was the ClientHello, SNI is lost, and ClientRandom is
	// not known before a record was opened.
	Incomplete bool
}
