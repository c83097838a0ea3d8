package capture

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A SessionID numbers the sessions of one run from 1, in the order in which they
// begin. 0 is no session.
type SessionID uint32

// A Kind says what an [Event] is about.
type Kind uint8

// The kinds of events, in the order in which a session has them.
const (
	Listening      Kind = iota // the relay accepts clients at Client, for Server
	Opened                     // a client connected from Client, toward Server
	Established                // TLS stands: with whom, fields TLS and ServerTLS say
	Data                       // plaintext went in direction Dir
	Gap                        // bytes of direction Dir are missing from the capture, which goes on behind them
	Unseen                     // nothing of direction Dir is seen from here on, for Why
	Order                      // how far times and order of the two directions can be relied on, from here on
	Gone                       // the sender of Dir ended its stream, by close_notify or below TLS, and not by a reset; the other peer keeps the session
	Blocked                    // bytes of direction Dir have not moved toward their receiver since Since; again where Bytes have become more, or Silent has changed
	Unblocked                  // they move again
	HeartbeatsWait             // the source's own HeartRequests in direction Dir wait since Since, for Why
	HeartbeatsGo               // they do not wait any more
	Applied                    // a rule was applied to a frame of direction Dir, as Application says
	Probed                     // a client connected from Client and ended without a byte: no session
	Closed                     // the session ended, by By, for Reason
)

// An Event is something that the wire carried, and when. Which fields count depends
// on Kind.
type Event struct {
	Kind    Kind
	Session SessionID
	At      time.Time

	Dir protocol.Direction // Data, Gap, Unseen, Gone, Blocked, Unblocked, HeartbeatsWait, HeartbeatsGo, Applied
	// Data is the plaintext of one TLS record, or a part of it. It is the source's,
	// and valid until Record returns.
	Data []byte
	// Continues says that the record goes on in the direction's next Data event. An
	// injected frame is a record of its own, which may stand between the parts.
	Continues bool
	// RecordsUnknown says that the source can't tell how the bytes were cut into
	// records. Continues means nothing then.
	RecordsUnknown bool
	// Fate is what became of Data. Where that is not forwarded, Data is one frame, or a
	// part of one; where the relay made it, it is one whole frame.
	Fate session.Fate
	// Pieces are what Data consists of, where the source has cut it into frames: all of
	// it, in order, up to where the framing is lost. They are the source's, and valid
	// until Record returns.
	Pieces []session.Piece

	Missing int64 // Gap: how many bytes of plaintext; -1 where it is not known

	// Within is by how much the times of the two directions may be off against one another.
	// No span from one to the other is known any better.
	Within time.Duration // Order
	// Uncertain says that not even the order between the two directions is known, for Why.
	Uncertain bool // Order

	Since time.Time // Blocked, HeartbeatsWait
	// Bytes is how many bytes wait: in a write that does not end, and in the send queue of
	// the socket below, as far as that is known.
	Bytes uint64 // Blocked
	// Silent says that the receiver's TCP does not acknowledge what was sent to it: the path
	// is to blame, or the receiver's machine, and not that its program does not read.
	Silent bool // Blocked
	// Why is printable: what HeartbeatsWait is for (the relay's is of [Outcome.Why]), or why
	// Unseen or Order lack something; or why a replay could not decode all of what is Closed,
	// with what to do: that is no part of how it ended.
	Why string // HeartbeatsWait, Unseen, Order, Closed

	Application *Application // Applied: the source's, and valid until Record returns

	// Route names the route of several that this is about: Listening, Opened, Probed.
	// It is empty where there is one.
	Route          string
	Client, Server string // Opened, Listening, Probed (Client only): host:port
	// Leg names the leg of a recording of the relay that a session is made of, where it is one.
	Leg Leg  // Opened
	TLS *TLS // Established: not to be changed any more; nil where only the relay's leg with the server stood
	// ServerTLS is what the relay's leg with the server agreed on, where TLS is that of
	// its leg with the client; nil where there is one connection.
	ServerTLS *TLS // Established: not to be changed any more

	By     session.Closer // Closed
	Reason string         // Closed: how, printable; empty for an end in good order
	// Blind says that nothing of the session was seen, from its beginning on, for Why.
	Blind bool // Closed
	// TLSFailed says that TLS failed with By, or could not be stood up with it. Reason says
	// why, and what to do.
	TLSFailed bool // Closed
}

// TLS is what a handshake agreed on.
type TLS struct {
	Version string // "TLS 1.3"
	Cipher  string // the suite's standard name
	SNI     string // printable; empty where the client sent none
	ALPN    string // printable; empty where none was agreed on
}

// A Sink takes events.
type Sink interface {
	// Record takes an event. It is safe for concurrent use, but the events of one
	// direction must come one after the other, in order. It returns soon, since live
	// traffic waits for it, and keeps neither the event nor its Data
	// and Pieces.
	Record(*Event)
}
