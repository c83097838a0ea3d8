package peer

import (
	"context"
	"errors"
	"fmt"
	"net"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// explain adds what it means, and what to do, to the reason why a client's session ended.
// It does so for an end of the server's before its first frame, and for a certificate that
// the server refused behind the handshake, as TLS 1.3 has it. An Alert speaks for itself.
func (c *Client) explain(err error) error {
	if refused, missed := c.certificate.Refused(err), c.certificateMissed(err); refused || missed {
		at := &advice.ServerError{Err: err}
		if refused {
			at.Certificate = &c.certificate
		}
		return fmt.Errorf("%w: %s", err, advice.For(protocol.Server, at))
	}
	return c.e.beginning.explain(err)
}

// certificateMissed tells whether the server has asked for a certificate, got none, and gone
// away without an answer.
func (c *Client) certificateMissed(err error) bool {
	return c.certificate.Missed(err) && c.ServerVersion() == 0
}

// unopened records the end of a session that TLS did not stand for. ctx is that of Dial:
// where it was given up, nobody is to blame.
func (c *Client) unopened(ctx context.Context, t *trace, err error) {
	if errors.Is(ctx.Err(), context.Canceled) {
		t.end(session.ClosedByClient, err.Error())
		return
	}
	t.tlsFailed(err.Error())
}

// ended records how the session has ended.
func (c *Client) ended() {
	err, notAnyTLS := c.e.cause(), (*NotAnyTLSError)(nil)
	switch {
	case errors.Is(err, net.ErrClosed), errors.As(err, &notAnyTLS):
		c.e.trace.end(session.ClosedByClient, "")
	case advice.OfTLS(err), c.certificateMissed(err):
		c.e.trace.tlsFailed(c.explain(err).Error())
	case errors.Is(err, ErrClosedByPeer):
		c.e.trace.end(session.ClosedByServer, "")
	default:
		c.e.trace.end(session.ClosedByServer, err.Error())
	}
}
