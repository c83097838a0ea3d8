package relay

import (
	"errors"
	"net"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A legError is a failure before TLS stood on both legs.
type legError struct {
	peer protocol.Peer
	err  error
}

// Error implements [error]. What fails again fails with the same words: of a connection they
// name no port that the system picked.
func (e *legError) Error() string {
	err := e.err
	var opErr *net.OpError
	if errors.As(err, &opErr) && (opErr.Op == "read" || opErr.Op == "write") {
		err = opErr.Err
	}
	return e.peer.String() + " leg: " + advice.Words(err)
}

// Unwrap returns the failure itself.
func (e *legError) Unwrap() error { return e.err }

// explain says of a failed handshake which leg failed, why, and what to do.
func explain(err error) string {
	var le *legError
	if !errors.As(err, &le) {
		return advice.Words(err)
	}
	if what := advice.For(le.peer, le.err); what != "" {
		return le.Error() + ": " + what
	}
	return le.Error()
}

// neverStood returns how a session ended in which TLS did not come to stand on both legs.
func neverStood(err error) howEnded {
	if what := advice.Descriptors(err); what != "" {
		return howEnded{by: session.ClosedByRelay, why: what}
	}
	e := howEnded{by: session.ClosedByRelay, why: protocol.Printable(explain(err))}
	var le *legError
	if errors.As(err, &le) {
		var client *advice.ClientError
		unbegun := errors.As(err, &client) && len(client.First) == 0
		e.by = session.Closer(le.peer)
		e.tlsFailed = !unbegun && !errors.Is(err, advice.ErrClientLeft) // which did not wait for an answer
	}
	return e
}
