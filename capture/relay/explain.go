package relay

import (
	"errors"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
)

// A legError is a failure before TLS stood on both legs.
type legError struct {
	peer protocol.Peer
	err  error
}

// Error implements [error].
func (e *legError) Error() string { return e.peer.String() + " leg: " + e.err.Error() }

// Unwrap returns the failure itself.
func (e *legError) Unwrap() error { return e.err }

// explain says of a failed handshake which leg failed, why, and what to do.
func explain(err error) string {
	var le *legError
	if !errors.As(err, &le) {
		return err.Error()
	}
	if what := advice.For(le.peer, le.err); what != "" {
		return le.Error() + ": " + what
	}
	return le.Error()
}
