package capture

import (
	"io"
	"net/netip"
	"time"
)

// A Recorder takes the legs of a live source as they are below TLS: the bytes of
// their TCP streams, and the secrets that decrypt them. It is safe for concurrent
// use.
type Recorder interface {
	// Leg begins the recording of a leg whose TCP handshake is over. It returns nil
	// where this leg is not recorded. It may block as a LegRecorder's calls do. The caller closes the LegRecorder.
	Leg(LegInfo) LegRecorder
}

// A LegInfo is one leg of a session as TCP sees it.
type LegInfo struct {
	Session     SessionID
	Leg         Leg
	Relay, Peer netip.AddrPort // its two ends: the relay's own, and the peer's
	Asked       time.Time      // when TCP's SYN was sent; on the client's leg the same as Answered
	Answered    time.Time      // when the TCP connection stood
	Note        string         // what is to be told of the session, such as a [SessionNote]; may be empty
}

// A Way says whether bytes came from the peer of a leg or went to it.
type Way uint8

// A ByWay has a value for each way.
type ByWay[T any] [2]T

// The two ways.
const (
	Received Way = iota
	Sent
)

// Reverse returns the other way.
func (w Way) Reverse() Way { return w ^ 1 }

// A LegRecorder takes what goes over one leg, in the order in which it does. It is
// safe for concurrent use.
//
// A call may block for a moment: a LegRecorder slows the source rather than lose bytes
// to a disk that is busy. What a recording may cost is bounded. Of any ten seconds the
// calls of all legs together block for about one at most, and for half a second where the
// disk takes nothing. Where that does not do, the recording ends, and calls return at once
// from then on. So they do where the recording of only this session ends. The source goes
// on in either case, and is not told.
//
// The source calls Bytes for what it sends before it hands the bytes to the operating
// system, so that no answer to them comes first. Calls from several goroutines may
// cross: Bytes for what was received may come after Reset, and a last Bytes or Fin
// after Close. A LegRecorder ignores what comes after the end of its stream, what is
// sent after a reset, and bytes and ends after Close.
type LegRecorder interface {
	// Secret takes a line of an NSS key log, as crypto/tls writes it. It does not
	// block.
	Secret(line []byte)
	// Bytes takes bytes of the TCP stream. They are the caller's again when it returns.
	// A note says what is special about them, as [Note.String] has it, in a line for each frame
	// that there is something to say about; most have none.
	Bytes(at time.Time, w Way, b []byte, note string)
	// Remark takes what is to be told of the leg at this place in its recording, such as
	// a [StateNote]. It does not block: who looks after all sessions tells it.
	Remark(at time.Time, text string)
	// Ends takes what is to be told of how the session ends, an [EndNote]. It has no place of
	// its own in the recording, and a later one stands for one that is not recorded yet. It
	// does not block.
	Ends(text string)
	// Fin says that the TCP stream of one way ended.
	Fin(at time.Time, w Way)
	// Reset says that the sender of one way reset the connection.
	Reset(at time.Time, w Way)
	// Close says that the leg is over.
	Close()
}

// SecretWriter returns a writer for the key log of crypto/tls (KeyLogWriter). It gives
// each line to a leg's recorder and, unless log is nil, writes it to log.
func SecretWriter(to LegRecorder, log io.Writer) io.Writer { return &secretWriter{to, log} }

type secretWriter struct {
	to  LegRecorder
	log io.Writer
}

// Write implements [io.Writer].
func (w *secretWriter) Write(line []byte) (int, error) {
	w.to.Secret(line)
	if w.log == nil {
		return len(line), nil
	}
	return w.log.Write(line)
}
