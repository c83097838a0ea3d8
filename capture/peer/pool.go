package peer

import (
	"context"
	"slices"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// A Pool keeps idle sessions for reuse, as the reference client does: a session
// is taken for one stream at a time, the newest idle one first, and those that
// stay idle are reaped oldest first. A padding scheme that a server sent is used
// by sessions that are opened later. It is safe for concurrent use.
type Pool struct {
	dial func(context.Context, *protocol.PaddingScheme) (*Client, error)

	mu     sync.Mutex
	scheme *protocol.PaddingScheme // the newest; nil: the default
	idle   []idleClient            // oldest first
	closed bool
}

type idleClient struct {
	*Client
	since time.Time
}

// NewPool returns a pool that opens sessions with dial. Its scheme is nil until
// a server sent one.
func NewPool(dial func(context.Context, *protocol.PaddingScheme) (*Client, error)) *Pool {
	return &Pool{dial: dial}
}

// Take returns an idle session, or opens one. The caller puts it back or closes
// it. It fails with dial's error, or with [ErrPoolClosed].
func (p *Pool) Take(ctx context.Context) (*Client, error) {
	for {
		c, scheme, err := p.newest()
		switch {
		case err != nil:
			return nil, err
		case c == nil:
			return p.dial(ctx, scheme)
		case c.Err() == nil:
			return c, nil
		}
		c.Close() // it ended while it was idle
	}
}

// newest takes out the newest idle session; there may be none.
func (p *Pool) newest() (*Client, *protocol.PaddingScheme, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed {
		return nil, nil, ErrPoolClosed
	}
	if len(p.idle) == 0 {
		return nil, p.scheme, nil
	}
	last := len(p.idle) - 1
	c := p.idle[last].Client
	p.idle = p.idle[:last]
	return c, nil, nil
}

// Put takes a session back. One that has ended, or that comes after the pool was
// closed, is closed.
func (p *Pool) Put(c *Client) {
	p.mu.Lock()
	if learned := c.LearnedScheme(); learned != nil {
		p.scheme = learned
	}
	keep := !p.closed && c.Err() == nil
	if keep {
		p.idle = append(p.idle, idleClient{c, time.Now()})
	}
	p.mu.Unlock()
	if !keep {
		c.Close()
	}
}

// Reap closes the sessions that have been idle since before the given time, and
// returns how many.
func (p *Pool) Reap(before time.Time) int {
	p.mu.Lock()
	n := slices.IndexFunc(p.idle, func(c idleClient) bool { return !c.since.Before(before) })
	if n < 0 {
		n = len(p.idle)
	}
	old := slices.Clone(p.idle[:n])
	p.idle = slices.Delete(p.idle, 0, n)
	p.mu.Unlock()
	for _, c := range old {
		c.Close()
	}
	return n
}

// Close closes the idle sessions. Those that are taken close when they are put
// back.
func (p *Pool) Close() {
	p.mu.Lock()
	p.closed = true
	old := p.idle
	p.idle = nil
	p.mu.Unlock()
	for _, c := range old {
		c.Close()
	}
}
