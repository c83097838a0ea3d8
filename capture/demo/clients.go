package demo

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// requestTimeout is when a request counts as failed. The slowest takes about ten
// seconds by itself.
const requestTimeout = 45 * time.Second

// idleTimeout is how long a pooled session stays open unused. The reference
// takes 30 s; a viewer has less patience.
const idleTimeout = 6 * time.Second

// The clients are the demo's clients: a pool of sessions with one stream at a time, as
// the reference has them, and a session that carries many at once.
type clients struct {
	demo           *Demo
	addr           string
	roots          *x509.CertPool
	pool           *peer.Pool
	desk           sharedSession
	seeds          atomic.Uint64 // of the clients' padding: each has its own
	datagramRounds atomic.Uint64
}

// An activity is something that clients do again and again.
type activity struct {
	kind     string
	first    time.Duration      // when, after the demo began
	min, max time.Duration      // the pause until it is done again
	do       func(*round) error // an error is a failed request
}

// A round is one go at an activity.
type round struct {
	context.Context // ends with the demo, or when the request has taken too long
	*clients
	rand *rand.Rand
}

func newClients(d *Demo, addr string, roots *x509.CertPool) *clients {
	c := &clients{demo: d, addr: addr, roots: roots}
	c.pool = peer.NewPool(func(ctx context.Context, scheme *protocol.PaddingScheme) (*peer.Client, error) {
		return c.dial(ctx, "demo-browser/1.0", scheme)
	})
	c.desk.dial = func(ctx context.Context) (*peer.Client, error) { return c.dial(ctx, "demo-desk/1.0", nil) }
	return c
}

// dial opens a session through the relay.
func (c *clients) dial(ctx context.Context, name string, scheme *protocol.PaddingScheme) (*peer.Client, error) {
	cfg := c.config(name)
	cfg.Scheme = scheme
	client, err := peer.Dial(ctx, cfg)
	if err == nil {
		c.demo.tally.count(func(s *Stats) { s.Sessions++ })
	}
	return client, err
}

func (c *clients) config(name string) peer.ClientConfig {
	return peer.ClientConfig{
		Address:  c.addr,
		Password: password,
		Name:     name,
		TLS:      &tls.Config{RootCAs: c.roots, ServerName: serverName},
		Rand:     rand.NewPCG(c.demo.seed, c.seeds.Add(1)),
	}
}

// run repeats all activities until ctx ends, and closes the sessions.
func (c *clients) run(ctx context.Context) {
	var all sync.WaitGroup
	for i, a := range c.activities() {
		random := rand.New(rand.NewPCG(c.demo.seed, uint64(i)))
		all.Go(func() { c.repeat(ctx, a, random) })
	}
	all.Wait()
	c.pool.Close()
	c.desk.close()
}

// repeat does one activity again and again.
func (c *clients) repeat(ctx context.Context, a activity, random *rand.Rand) {
	for wait := a.first; c.demo.pause(ctx, wait); {
		bounded, cancel := context.WithTimeout(ctx, requestTimeout)
		err := a.do(&round{Context: bounded, clients: c, rand: random})
		cancel()
		switch {
		case err != nil && ctx.Err() != nil:
			return // cut short by the demo's end
		case errors.Is(err, errNoRequest):
		default:
			c.demo.tally.request(a.kind, err)
		}
		wait = a.min + time.Duration(random.Int64N(int64(a.max-a.min)))
	}
}

// errNoRequest is what an activity returns that is not a request.
var errNoRequest = errors.New("not a request")

// A sharedSession is opened when it is needed first, and again after it
// ended.
type sharedSession struct {
	dial func(context.Context) (*peer.Client, error)

	mu     sync.Mutex
	client *peer.Client
}

// session returns the session, which stays shared.
func (s *sharedSession) session(ctx context.Context) (*peer.Client, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		if s.client.Err() == nil {
			return s.client, nil
		}
		s.client.Close()
		s.client = nil
	}
	client, err := s.dial(ctx)
	if err != nil {
		return nil, err
	}
	s.client = client
	return client, nil
}

func (s *sharedSession) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.Close()
	}
}
