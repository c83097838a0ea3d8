package peer

import (
	"context"
	"errors"
	"time"

	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/protocol"
)

// ErrNoServerSettings says that the server sent no ServerSettings in time. One of version 1
// never does, and one that says nothing at all may be anything.
var ErrNoServerSettings = errors.New("no ServerSettings")

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
	text := e.Step.String() + ": " + protocol.Printable(advice.Words(e.Err))
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
// ServerSettings. It fails with [ErrNoServerSettings] where ctx ends first, and with a
// [*NotAnyTLSError] where the server has sent something else by then. Where the session
// ends it fails with Err's error and what to do.
func (c *Client) Greet(ctx context.Context) error {
	w := c.e.w
	select {
	case <-w.turn: // also where ctx has ended
	default:
		select {
		case <-w.turn:
		case <-ctx.Done():
			return ctx.Err()
		case <-c.e.done:
			return c.explain(c.e.cause())
		}
	}
	var err error
	if !w.begun() {
		err = w.write()
	}
	greetedAt := w.begunAt
	w.release()
	if err != nil {
		c.e.broken(err)
		return c.explain(c.e.cause())
	}
	c.mu.Lock()
	c.greetedAt = greetedAt
	c.mu.Unlock()
	select {
	case <-c.settled:
	case <-c.e.done:
		return c.explain(c.e.cause())
	case <-ctx.Done():
		if c.ServerVersion() == 0 {
			return c.e.beginning.explain(ErrNoServerSettings)
		}
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	c.steps[StepSettings] = c.settledAt.Sub(greetedAt)
	return nil
}

// Silent returns a [*SilentError] where the server has sent nothing since Greet sent the
// Settings, and has not ended the session; else nil.
func (c *Client) Silent() error {
	c.mu.Lock()
	since := c.greetedAt
	c.mu.Unlock()
	select {
	case <-c.e.done:
		return nil
	default:
	}
	if since.IsZero() || !c.e.beginning.silent() {
		return nil
	}
	return &SilentError{For: time.Since(since)}
}
