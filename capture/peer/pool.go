package peer

import (
	"context"
	"slices"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// A Pool keeps idle sessions for reuse (section Session reuse), as the reference does.
// A session is taken for one stream at a time, the newest idle one first. Sessions that
// stay idle are closed, oldest first. A padding scheme from the server applies to
// sessions that are opened later. A Pool is safe for concurrent use.
type Pool struct {
	dial func(context.Context, *protocol.PaddingScheme) (*Client, error)

	mu     sync.Mutex
	scheme *protocol.PaddingScheme // the newest from the server; nil: it sent none
	idle   []idleClient            // oldest first
	closed bool
}

// An idleClient is a session in the pool, idle since it was put there.
type idleClient struct {
	*Client
	since time.Time
}

// NewPool returns a pool that opens sessions with dial. It calls dial with the newest
// scheme from the server, or nil where the server sent none.
func NewPool(dial func(context.Context, *protocol.PaddingScheme) (*Client, error)) *Pool {
	return &Pool{dial: dial}
}

// Take returns the newest idle session, or opens one. The caller puts it back or closes
// it. Take fails with dial's error, or with [ErrPoolClosed].
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

// newest takes the newest idle session out. Where there is none it returns nil and the
// scheme to open one with.
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

// Put takes a session back. It closes the session instead where it has ended, or where
// the pool is closed.
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

// Reap closes the sessions that have been idle since before the given time, and returns
// their number.
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

// Close closes the idle sessions. The ones that are taken are closed when they are put
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
