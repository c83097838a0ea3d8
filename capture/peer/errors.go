package peer

import (
	"errors"
	"strconv"
	"time"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Reasons for the end of a session or a stream.
var (
	// ErrClosedByPeer says that the peer closed the session without a reason. Of a server
	// that had sent no frame a [RejectedError] says more.
	ErrClosedByPeer = errors.New("the peer closed the session without a reason")
	// ErrStreamEnded is the error of a write after the peer's FIN.
	ErrStreamEnded = errors.New("the peer ended the stream")
	// ErrTooManyHeartbeats says that too many HeartRequests of one direction are not
	// answered. Where they are the peer's it ends the session.
	ErrTooManyHeartbeats = errors.New("too many HeartRequests are unanswered")
	// ErrPoolClosed is the error of Take from a [Pool] that was closed.
	ErrPoolClosed = errors.New("the pool is closed")
)

// A RejectedError says that the server ended a session before it had sent a frame.
type RejectedError struct {
	Err error // how it did that
}

// Error implements error.
func (e *RejectedError) Error() string {
	return "rejected: the server closed the connection before any frame: " + session.WrongPassword
}

// Unwrap returns how the server ended the session.
func (e *RejectedError) Unwrap() error { return e.Err }

// A NotAnyTLSError says that the server answered as another service.
type NotAnyTLSError struct {
	Answer string // what it sent: the protocol, or the first line; printable
	// Unnamed says that the server was shown no SNI, by which it may choose the service.
	Unnamed bool
}

// Error implements error. It is safe to print.
func (e *NotAnyTLSError) Error() string {
	text := "not AnyTLS: it answered with " + e.Answer + ": another service on this port, or a fallback for a wrong password"
	if e.Unnamed {
		text += "; it was shown no name, and may want --sni NAME"
	}
	return text
}

// A SilentError says that the server has sent nothing since the client's Settings.
type SilentError struct {
	For time.Duration
}

// Error implements error.
func (e *SilentError) Error() string {
	quiet := e.For.Truncate(time.Millisecond)
	if quiet >= time.Second {
		quiet = quiet.Truncate(time.Second)
	}
	return "server-silent: the server has sent nothing for " + quiet.String() +
		": " + session.SilentCauses(session.PasswordUnknown)
}

// A RefusedError is a SYNACK with a text: the server's reason not to open a stream.
// Reads and writes of the stream return it.
type RefusedError struct {
	Stream uint32
	Text   string // as the server sent it: see [protocol.Printable]
}

// Error implements error. It is safe to print.
func (e *RefusedError) Error() string {
	return "stream " + strconv.FormatUint(uint64(e.Stream), 10) + " refused: " + protocol.Printable(advice.Cut(e.Text))
}

// An AlertError is an Alert: the server's reason to end a session. Both ends return it.
type AlertError struct {
	Text string // as the server sent it: see [protocol.Printable]
}

// Error implements error. It is safe to print.
func (e *AlertError) Error() string {
	return "session refused: " + protocol.Printable(advice.Cut(e.Text))
}
