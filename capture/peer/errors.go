package peer

import (
	"errors"
	"strconv"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
)

// Reasons for the end of a session or a stream.
var (
	// ErrClosedByPeer says that the peer closed the session without a reason. A server
	// does that where it does not know the password.
	ErrClosedByPeer = advice.ErrNoReason
	// ErrStreamEnded is the error of a write after the peer's FIN.
	ErrStreamEnded = errors.New("the peer ended the stream")
	// ErrTooManyHeartbeats says that too many HeartRequests of one direction are not
	// answered. Where they are the peer's it ends the session.
	ErrTooManyHeartbeats = errors.New("too many HeartRequests are unanswered")
	// ErrPoolClosed is the error of Take from a [Pool] that was closed.
	ErrPoolClosed = errors.New("the pool is closed")
)

// A RefusedError is a SYNACK with a text: the server's reason not to open a stream.
// Reads and writes of the stream return it.
type RefusedError struct {
	Stream uint32
	Text   string // as the server sent it: see [protocol.Printable]
}

// Error implements error. It is safe to print.
func (e *RefusedError) Error() string {
	return "stream " + strconv.FormatUint(uint64(e.Stream), 10) + " refused: " + protocol.Printable(e.Text)
}

// An AlertError is an Alert: the server's reason to end a session. Both ends return it.
type AlertError struct {
	Text string // as the server sent it: see [protocol.Printable]
}

// Error implements error. It is safe to print.
func (e *AlertError) Error() string { return "session refused: " + protocol.Printable(e.Text) }
