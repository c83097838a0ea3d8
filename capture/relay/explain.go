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

func (e *legError) Error() string { return e.peer.String() + " leg: " + e.err.Error() }

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

// describe says in words how a leg failed that had stood. Under TLS 1.3 a server refuses
// what it was shown of a certificate when the leg stands already.
func (s *liveSession) describe(peer protocol.Peer, err error) string {
	if peer == protocol.Server && s.greeting.certificate.Refused(err) {
		return protocol.Printable(explain(&legError{peer, s.relay.serverError(&s.greeting, err)}))
	}
	return describe(peer, err)
}
