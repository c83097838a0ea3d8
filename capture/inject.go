package capture

import (
	"errors"
	"time"

	"anytls-inspect/protocol"
)

// Why a HeartRequest can't be injected. Nothing was written or queued. [Injector].Inject
// returns all but the last, which stands for a source that has no Injector.
var (
	ErrNoSession        = errors.New("no such session")
	ErrNotAuthenticated = errors.New("the client has not sent its preamble yet")
	ErrBeforeSettings   = errors.New("the client has not sent its Settings yet")
	ErrDesynchronised   = errors.New("the framing is lost or in doubt: a frame inserted here could land inside another")
	ErrNotAnyTLS        = errors.New("the session is not AnyTLS")
	ErrSessionClosed    = errors.New("the session is closed")
	ErrTooManyOwed      = errors.New("too many heartbeats wait or are unanswered already")
	ErrNotLive          = errors.New("this session is not one of a relay")
)

// An Outcome says what became of a HeartRequest that Inject accepted.
type Outcome uint8

// The outcomes.
const (
	Written       Outcome = iota // it is on the wire
	WaitsMidFrame                // it waits: the direction is inside a frame
	WaitsWriting                 // it waits: a write in that direction has not ended yet
	WaitsForStop                 // it waits: the client's padding scheme still shapes its writes
)

// String returns the outcome in words.
func (o Outcome) String() string {
	return [...]string{
		"sent",
		"waits: inside a frame",
		"waits: the peer does not read",
		"waits: the client's writes are still padded",
	}[min(o, WaitsForStop)]
}

// A Periodic says how often a HeartRequest is injected into every session that is
// ready, and toward which peers.
type Periodic struct {
	Every  time.Duration // 0: never
	Toward protocol.ByPeer[bool]
}

// An Injector sends HeartRequests into live sessions (section cmdHeartRequest). It is
// safe for concurrent use.
type Injector interface {
	// Inject sends a HeartRequest toward a peer: at once where the direction stands
	// between frames, else as soon as it does. Toward the client, the request waits
	// until the padding scheme no longer shapes the client's writes, since the answer
	// would use up one of the scheme's slots. With force it does not wait for that.
	// The error is one of this package's.
	Inject(id SessionID, toward protocol.Peer, force bool) (Outcome, error)
	// Waiting returns how many requests wait to be written toward a peer, and why the
	// next one does.
	Waiting(id SessionID, toward protocol.Peer) (n int, why Outcome)
	// Periodic returns what SetPeriodic set last.
	Periodic() Periodic
	// SetPeriodic starts, changes or ends the periodic heartbeats.
	SetPeriodic(Periodic)
}
