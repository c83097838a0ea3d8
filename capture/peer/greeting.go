package peer

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
)

// ErrNoServerSettings says that the server sent no ServerSettings in time. It speaks
// version 1, and need not answer heartbeats.
var ErrNoServerSettings = errors.New("no ServerSettings: the server speaks version 1, and need not answer heartbeats")

// A Step is a part of opening a session.
type Step uint8

// The steps, in order.
const (
	StepTCP      Step = iota // the TCP connection
	StepTLS                  // the TLS handshake
	StepSettings             // from the preamble to the server's ServerSettings
)

// String returns "TCP", "TLS" or "auth".
func (s Step) String() string { return [...]string{"TCP", "TLS", "auth"}[min(s, StepSettings)] }

// A StepError is a step that failed. Its text says why, and what to do.
type StepError struct {
	Step Step
	Err  error
}

// Error implements error. It is safe to print.
func (e *StepError) Error() string {
	text := e.Step.String() + ": " + protocol.Printable(e.Err.Error())
	if what := advice.For(protocol.Server, e.Err); what != "" {
		text += ": " + what
	}
	return text
}

// Unwrap returns the cause.
func (e *StepError) Unwrap() error { return e.Err }

// Steps returns how long each step took. StepSettings is zero before Greet has
// returned.
func (c *Client) Steps() [StepSettings + 1]time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.steps
}

// Greet sends the Settings, if no stream or heartbeat did, and waits for the
// ServerSettings. It fails with [ErrNoServerSettings] where ctx ends first. Where the
// session ends it fails with Err's error and what to do.
func (c *Client) Greet(ctx context.Context) error {
	w := c.e.w
	select {
	case <-w.turn:
	case <-ctx.Done():
		return ctx.Err()
	case <-c.e.done:
		return c.explain(c.e.cause())
	}
	began := time.Now()
	var err error
	if !w.begun() {
		err = w.write()
	}
	w.release()
	if err != nil {
		c.e.fail(err)
		return c.explain(c.e.cause())
	}
	select {
	case <-c.settled:
		c.mu.Lock()
		defer c.mu.Unlock()
		c.steps[StepSettings] = time.Since(began)
		return nil
	case <-c.e.done:
		return c.explain(c.e.cause())
	case <-ctx.Done():
		return ErrNoServerSettings
	}
}

// explain adds what to do to the reason why a client's session ended. Only
// [ErrClosedByPeer] needs it, and a certificate that the server refused behind the
// handshake, as TLS 1.3 has it: an Alert speaks for itself, and package advice takes a
// connection that broke for a handshake that failed.
func (c *Client) explain(err error) error {
	refused := c.certificate.Refused(err) || c.certificate.Missed(err) && c.ServerVersion() == 0
	if !refused && !errors.Is(err, ErrClosedByPeer) {
		return err
	}
	at := &advice.ServerError{Err: err}
	if refused {
		at.Certificate = &c.certificate
	}
	return fmt.Errorf("%w: %s", err, advice.For(protocol.Server, at))
}
