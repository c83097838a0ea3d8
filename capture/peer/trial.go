package peer

import (
	"context"
	"time"

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
	case a.came <- Answer{Command: command, Refusal: protocol.Printable(refusal), Took: at.Sub(a.asked)}:
	default:
	}
}

// Try opens a stream to target, waits for the server's first frame on it, and closes the
// stream. It sends nothing but the target's address. Where ctx ends first it returns ctx's
// error. Where the session ends it fails with Err's error and what to do.
//
// A server of version 1 sends nothing on a stream whose target doesn't, and keeps to itself
// that it has connected.
func (c *Client) Try(ctx context.Context, target protocol.Address) (Answer, error) {
	a := &answering{asked: time.Now(), came: make(chan Answer, 1)}
	s, err := c.openStream(ctx, target, nil, a)
	switch {
	case err != nil && c.e.cause() != nil:
		return Answer{}, c.explain(c.e.cause())
	case err != nil:
		return Answer{}, err
	}
	defer s.Close()
	select {
	case got := <-a.came:
		return got, nil
	case <-ctx.Done():
		return Answer{}, ctx.Err()
	case <-c.e.done:
		return Answer{}, c.explain(c.e.cause())
	}
}
