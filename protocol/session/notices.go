package session

import (
	"time"

	"anytls-inspect/protocol"
)

// A Notice is something that the frames meant. NoticeName returns the name that it
// has in the program's output.
type Notice interface{ NoticeName() string }

// A PasswordMatch says whether the client's credential is the expected one.
type PasswordMatch uint8

// The outcomes of comparing credentials.
const (
	PasswordUnknown PasswordMatch = iota // there is nothing to compare with
	PasswordMatches
	PasswordDiffers
)

// String returns "unknown", "match" or "mismatch".
func (m PasswordMatch) String() string {
	return [...]string{"unknown", "match", "mismatch"}[min(m, PasswordDiffers)]
}

// Auth is the notice of a complete preamble (section Authentication).
type Auth struct {
	Padding     int // length of padding0, in bytes
	Password    PasswordMatch
	Fingerprint string // of the credential: [protocol.FingerprintKey.Of]
	User        string // whose password matches, printable; empty where it has no name
}

// StreamOpen is the notice of a stream whose target became known (section Proxy).
type StreamOpen struct {
	Stream uint32
	Target string // host:port, printable; that of a UDP stream's first datagram
	UDP    bool
}

// StreamClose is the notice of a stream that ended.
type StreamClose struct {
	Stream   uint32
	By       Closer
	Up, Down uint64        // payload bytes, the target not counted
	SYNACK   time.Duration // from the SYN to the SYNACK
	HasACK   bool          // there was a SYNACK
	Error    string        // the text of the SYNACK, printable
}

// A Closer says who ended a stream or a session.
type Closer uint8

// Who can end a stream (the first three) or a session.
const (
	ClosedByClient Closer = iota
	ClosedByServer
	ClosedBySession // the stream's session ended
	ClosedByRelay
	ClosedByCapture // the capture ends before the session
)

// String returns the closer as the output calls it.
func (c Closer) String() string {
	return [...]string{"client", "server", "session", "relay", "capture"}[min(c, ClosedByCapture)]
}

// HeartbeatResult is the notice of what became of a HeartRequest. One that is
// answered late gets two: first Lost or Unsupported, then Late.
type HeartbeatResult struct {
	Toward protocol.Peer
	Origin Origin
	RTT    time.Duration // 0 where it is not answered
	Lost   bool          // it was not answered within the timeout
	Late   bool          // it was answered after the timeout
	// Unsupported stands for Lost in a session of version 1, whose peers need not
	// answer.
	Unsupported bool
	Estimated   bool // RTT is an estimate: see [Request]
	// Rule is the number of the rule that dropped the answer; 0: none did.
	Rule uint16
}

// Blocked is the notice of bytes that have not moved toward their receiver for a second
// or more, and of their moving again.
type Blocked struct {
	Dir    protocol.Direction // that can't be written
	Stream uint32             // of the frame that the direction is inside of, or of nearly all that came last, or of the last PSH; 0: none
	Since  time.Time          // when bytes moved last
	Bytes  uint64             // that wait
	Silent bool               // the receiver's TCP does not acknowledge them: see [Tracker.Blocked]
	Text   string             // what is cut, and what waits behind it; printable
	Ended  bool               // they move again
	// Incident is as in [Diagnostic].
	Incident uint64
}

// HeartbeatWaiting is the notice of HeartRequests of the relay that can't be sent, and of
// their going on.
type HeartbeatWaiting struct {
	Toward protocol.Peer
	Since  time.Time
	Why    string // printable
	Ended  bool
	// Incident is as in [Diagnostic].
	Incident uint64
}

// Diagnostic is the notice of something odd.
type Diagnostic struct {
	Code Code
	// Severity is that of the code, unless what the other peer did showed it to be
	// another.
	Severity Severity
	Stream   uint32 // 0 where it is about the session
	Dir      protocol.Direction
	Text     string // what was seen, printable
	Nth      uint64 // how many of its code the session has had with this one
	// Target is the stream's, where the diagnostic is about that; host:port, printable.
	Target string
	Wait   Wait // what waits, where that is what it is about
	// Rule is the number of the rule that may be why, as Text says at its end; 0: none may.
	Rule uint16
	// Incident is the number of the [Incident] of which it is an effect; 0 where nobody has
	// asked [Incidents] yet.
	Incident uint64
}

// NoticeName implements [Notice].
func (Auth) NoticeName() string { return "auth" }

// NoticeName implements [Notice].
func (StreamOpen) NoticeName() string { return "stream-open" }

// NoticeName implements [Notice].
func (StreamClose) NoticeName() string { return "stream-close" }

// NoticeName implements [Notice].
func (HeartbeatResult) NoticeName() string { return "heartbeat" }

// NoticeName implements [Notice].
func (Blocked) NoticeName() string { return "blocked" }

// NoticeName implements [Notice].
func (HeartbeatWaiting) NoticeName() string { return "heartbeat" }

// NoticeName implements [Notice].
func (Diagnostic) NoticeName() string { return "diagnostic" }
