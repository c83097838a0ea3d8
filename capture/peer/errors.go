package peer

import (
	"errors"
	"fmt"
	"strconv"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
)

// Why a session or a stream ended, or could not begin.
var (
	// ErrClosedByPeer says that the peer closed the session without a reason. A
	// server that does not know the password does just that.
	ErrClosedByPeer = advice.ErrNoReason
	// ErrStreamEnded says that a write came after the peer's FIN.
	ErrStreamEnded = errors.New("the peer ended the stream")
	// ErrTooManyHeartbeats says that so many HeartRequests are unanswered, in
	// one direction or the other, that no more are taken.
	ErrTooManyHeartbeats = errors.New("too many HeartRequests are unanswered")
	// ErrPoolClosed says that a pool hands out no more sessions.
	ErrPoolClosed = errors.New("the pool is closed")
)

// explain adds to the reason that a client's session ended for what to do about
// it. Reasons that are words of the server's say enough.
func explain(err error) error {
	if !errors.Is(err, ErrClosedByPeer) {
		return err
	}
	return fmt.Errorf("%w: %s", err, advice.For(protocol.Server, err))
}

// A RefusedError is a SYNACK that says why a stream was not opened. Reads and
// writes of the stream return it.
type RefusedError struct {
	Stream uint32
	Text   string // as the server sent it: see [protocol.Printable]
}

// Error implements error. It is safe to print.
func (e *RefusedError) Error() string {
	return "stream " + strconv.FormatUint(uint64(e.Stream), 10) + " refused: " + protocol.Printable(e.Text)
}

// An AlertError is an Alert: the server's reason to end a session. It is the
// error of both ends' session.
type AlertError struct {
	Text string // as the server sent it: see [protocol.Printable]
}

// Error implements error. It is safe to print.
func (e *AlertError) Error() string { return "session refused: " + protocol.Printable(e.Text) }
