package capture

import (
	"net/netip"
	"time"
)

// A Recorder takes the connections of a live source as they are below TLS: the
// bytes of their TCP streams, and the secrets that open them. It is safe for
// concurrent use.
type Recorder interface {
	// Leg begins a connection whose TCP handshake is over. It returns nil where
	// that leg is not wanted.
	Leg(LegInfo) LegRecorder
}

// A LegInfo is one leg of a session, as TCP sees it.
type LegInfo struct {
	Session     SessionID
	Leg         Leg
	Relay, Peer netip.AddrPort // its two ends: ours, and the peer's
	Asked       time.Time      // when its SYN was sent; on the client's leg as Answered
	Answered    time.Time      // when it stood
}

// The notes of [LegRecorder.Bytes] on bytes with a frame that did not come from a
// peer, or was not passed on to one.
const (
	NoteInjected = "injected HeartRequest"
	NoteAbsorbed = "absorbed HeartResponse"
)

// A Way is whether bytes came from the peer of a connection or went to it.
type Way uint8

// The two ways.
const (
	Received Way = iota
	Sent
)

// Reverse returns the other way.
func (w Way) Reverse() Way { return w ^ 1 }

// A LegRecorder takes what goes over one connection, in the order in which it does. It
// is safe for concurrent use. A call may block: what takes the bytes slows the
// source rather than lose any.
//
// What is sent is told before it is handed to the operating system, so that
// nothing that answers it comes first. What was received may be told after a
// reset, by another goroutine. After the end of a stream there is nothing more of
// it, and nothing is sent after a reset: a LegRecorder ignores what is told all the same.
type LegRecorder interface {
	// Secret takes a line of an NSS key log. It does not block.
	Secret(line []byte)
	// Bytes takes bytes of the TCP stream. They are the caller's again when it
	// returns. A note says what is special about them; it is empty for most.
	Bytes(at time.Time, w Way, b []byte, note string)
	// Fin says that a stream came to its end.
	Fin(at time.Time, w Way)
	// Reset says that one side reset the connection.
	Reset(at time.Time, w Way)
	// Close says that nothing more will be told.
	Close()
}
