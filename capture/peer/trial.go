package peer

import (
	"time"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
)

// An Answer is the first frame that a server sends on a stream.
type Answer struct {
	// Command is SYNACK, as a server of version 2 answers, or PSH or FIN.
	Command protocol.Command
	Refusal string        // the text of a SYNACK that refuses, printable; else empty
	Took    time.Duration // from when the stream was asked for
}

// An answering is an answer that somebody waits for.
type answering struct {
	asked time.Time
	came  chan Answer // has room for the first
}

// answer takes a frame of the stream's. Only the first one counts.
func (a *answering) answer(command protocol.Command, refusal string, at time.Time) {
	if a == nil {
		return
	}
	select {
	case a.came <- Answer{Command: command, Refusal: protocol.Printable(advice.Cut(refusal)), Took: at.Sub(a.asked)}:
	default:
	}
}
