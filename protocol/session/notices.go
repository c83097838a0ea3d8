package session

import (
	"time"

	"anytls-inspect/protocol"
)

// An Notice is something that the frames meant. Its name is the one that the
// command line's JSON Lines give it.
type Notice interface{ NoticeName() string }

// A PasswordMatch says whether the client's credential is the expected one.
type PasswordMatch uint8

// The outcomes of comparing credentials.
const (
	PasswordUnknown PasswordMatch = iota // there is none to compare with
	PasswordMatches
	PasswordDiffers
)

// String returns "unknown", "match" or "mismatch".
func (m PasswordMatch) String() string {
	return [...]string{"unknown", "match", "mismatch"}[min(m, PasswordDiffers)]
}

// Auth is the event of a complete preamble.
type Auth struct {
	Padding     int // length of padding0, in bytes
	Password    PasswordMatch
	Fingerprint string // [protocol.Fingerprint] of the credential
}

// StreamOpen is the event of a stream whose target became known.
type StreamOpen struct {
	Stream uint32
	Target string // host:port, printable; of a UDP stream the first datagram's
	UDP    bool
}

// StreamClose is the event of a stream that ended.
type StreamClose struct {
	Stream   uint32
	By       Closer
	Up, Down uint64 // payload bytes, the target not counted
	SYNACK   time.Duration
	HasACK   bool   // SYNACK is known
	Error    string // the text of its SYNACK, printable
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

// String returns the closer as the events call it.
func (c Closer) String() string {
	return [...]string{"client", "server", "session", "relay", "capture"}[min(c, ClosedByCapture)]
}

// HeartbeatResult is the event of a HeartRequest that was answered or lost. One
// that is answered late is first lost, then answered with Late set.
type HeartbeatResult struct {
	Toward protocol.Peer
	Origin Origin
	RTT    time.Duration
	Lost   bool
	Late   bool
	// Unsupported stands in for Lost in a session of version 1.
	Unsupported bool
}

// Diagnostic is the event of something odd.
type Diagnostic struct {
	Code   Code
	Stream uint32 // 0 where it is about the session
	Dir    protocol.Direction
	Text   string // what was seen, printable
	Nth    uint64 // how many of its code the session has had, this one included
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
func (Diagnostic) NoticeName() string { return "diagnostic" }
