package capture

import (
	"errors"
	"time"

	"anytls-inspect/protocol"
)

// Why a frame can't be inserted. Nothing was written or queued. [Control].Inject
// returns all but the last, which stands for a source that has no Control.
var (
	ErrNoSession        = errors.New("no such session")
	ErrNotAuthenticated = errors.New("the client has not sent its preamble yet")
	ErrBeforeSettings   = errors.New("the client has not sent its Settings yet")
	ErrDesynchronised   = errors.New("the framing is lost or in doubt: a frame inserted here could land inside another")
	ErrNotAnyTLS        = errors.New("the session is not AnyTLS")
	ErrSessionClosed    = errors.New("the session is closed")
	ErrPeerGone         = errors.New("that peer is gone: it would answer nothing")
	ErrStreamEnded      = errors.New("the other peer is gone, and its end was passed on: nothing more can be sent this way")
	ErrTooManyOwed      = errors.New("too many heartbeats wait or are unanswered already")
	ErrOutboxFull       = errors.New("too much waits to be written in this direction already")
	ErrReadOnly         = errors.New("this run only looks: nothing is injected, held or changed")
	ErrNotLive          = errors.New("this session is not one of a relay")
)

// An Insert is a frame that is to be written into a session, between two frames of
// the peer that sends in its direction. A HeartRequest should have stream id 0: some
// peers end the session on another one, and the answer to it goes to the other peer.
type Insert struct {
	Toward protocol.Peer
	Frame  protocol.Frame // its data is the caller's again when Inject returns
	When   When
	Due    time.Time // it is not written before; zero: as soon as it can be
	Rule   uint16    // the number of the rule that inserts it, from 1; 0: none does
}

// A When says what an [Insert] waits for besides the end of the frame that its
// direction is inside of.
type When uint8

// What an Insert waits for. In either case it also waits for what waits in the same
// direction for the same stream: the order of these is kept.
const (
	// WhenUnpadded makes a HeartRequest toward the client wait until the padding scheme
	// no longer shapes the client's writes (section paddingScheme): the answer would use
	// up one of the scheme's slots. And it makes any frame wait while bytes toward the peer
	// do not move, or those of its answer would not.
	WhenUnpadded When = iota
	// WhenPossible does not wait for that, and lets go what waits for it in front. While
	// the other peer does not read, it may end the session: the Go implementations since
	// 0.0.9 give up a write that has not ended 5 s after they answer.
	WhenPossible
)

// An Outcome says what became of an [Insert].
type Outcome uint8

// The outcomes.
const (
	Written         Outcome = iota // nothing holds it up: it is on the wire, or being written
	WaitsMidFrame                  // it waits: the direction is inside a frame
	WaitsWriting                   // it waits: a write in that direction has not ended for some time
	WaitsForStop                   // it waits: the client's padding scheme still shapes its writes
	WaitsInDoubt                   // it waits: the last frame has an unknown command
	WaitsForDue                    // it waits for its time
	WaitsForReader                 // it waits: its answer would stand behind bytes that the other peer has not taken
	WaitsForAnswers                // it waits: so many are without an answer that more could end the session
	WaitsForRelease                // it waits: a rule holds it until it is released, or until its time is up
	WrittenUnread                  // as Written, though the answer can't be written: it may end the session
)

// String returns the outcome in words.
func (o Outcome) String() string {
	return [...]string{
		"sent",
		"waits: inside a frame",
		"waits: bytes toward the peer wait in front of it",
		"waits: the client's writes are still padded",
		"waits: the framing is in doubt",
		"waits for its time",
		"waits: bytes toward the other peer wait, and the answer would wait behind them",
		"waits: too many heartbeats are unanswered",
		"waits: a rule holds it",
		"sent, though bytes toward the other peer wait: it may end the session, since some implementations give up a write that has not ended 5 s later",
	}[min(o, WrittenUnread)]
}

// A Ticket names what waits to be written, within its session.
type Ticket uint64

// A Waiting is an [Insert] that waits to be written, or a frame of a peer that a rule holds.
type Waiting struct {
	Ticket Ticket
	Insert
	// Came says that a peer has sent the frame, and that rule Rule holds it, or that it
	// waits behind one that is held. It goes when it is due at the latest.
	Came bool
	// Preamble says that it is the client's preamble, whose frame has no header and no data.
	Preamble bool
	Since    time.Time
	Why      Outcome
}

// A Periodic says how often a HeartRequest is injected into every session that is
// ready, and toward which peers.
type Periodic struct {
	Every  time.Duration // 0: never
	Toward protocol.ByPeer[bool]
}

// A Control changes what passes through live sessions. It is safe for concurrent use,
// and no method waits for a peer.
type Control interface {
	// Inject inserts a frame: at once where its direction stands between frames, else as
	// soon as it does. The error is one of this package's, or
	// [protocol.ErrDataTooLong].
	Inject(SessionID, Insert) (Outcome, error)
	// Waiting returns what waits to be written in a session, toward the client first,
	// in the order in which it came. What is being written does not wait any more, even
	// where the peer does not read.
	Waiting(SessionID) []Waiting
	// Cancel removes what waits: an insert is not written, and a frame of a peer is dropped.
	// It returns false where that is written already, or never waited.
	Cancel(SessionID, Ticket) bool
	// Release lets a frame that a rule holds go on at once; those of its stream in front of
	// it must go first, and go with it. It returns false where it does not wait.
	Release(SessionID, Ticket) bool
	// Periodic returns what SetPeriodic set last.
	Periodic() Periodic
	// SetPeriodic starts, changes or ends the periodic heartbeats.
	SetPeriodic(Periodic)
}
