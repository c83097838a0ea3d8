package capture

import (
	"fmt"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Why says in words what HeartRequests toward a peer wait for, as the Why of a
// [HeartbeatsWait] event. It is empty where that is told of none.
func (o Outcome) Why(toward protocol.Peer) string {
	switch o {
	case WaitsWriting:
		return fmt.Sprintf("bytes toward the %v wait in front of them", toward)
	case WaitsForReader:
		return fmt.Sprintf("bytes toward the %v wait, and the %v's answer would wait behind them", toward.Other(), toward)
	case WaitsMidFrame:
		return "inside a frame"
	case WaitsForStop:
		return "the client's writes are still padded"
	case WaitsForAnswers:
		return fmt.Sprintf("%d are unanswered", session.MaxInjectedOwed)
	case WaitsInDoubt:
		return "the framing is in doubt"
	default:
		return ""
	}
}

// WhyOverflowed is [Outcome.Why] where so many requests of the other peer toward this one
// are owed an answer that no more are told apart.
func WhyOverflowed(toward protocol.Peer) string {
	return fmt.Sprintf("so many of the %v's own are unanswered that answers can't be told apart", toward.Other())
}

// WhyTakesNone is [Outcome.Why] where bytes wait since a peer takes none at all: this one, or
// the other one, behind whose bytes the answer would stand.
func WhyTakesNone(reader, toward protocol.Peer) string {
	if reader == toward {
		return fmt.Sprintf("the %v takes no byte", reader)
	}
	return fmt.Sprintf("the %v takes no byte, so that the %v could not write its answer", reader, toward)
}
