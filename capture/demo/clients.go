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

// requestTimeout is how long a round may take before it counts as failed. The slowest
// takes about ten seconds by itself.
const requestTimeout = 45 * time.Second

// idleTimeout is how long the pool keeps an idle session. The reference keeps it for
// 30 s, which is more than a viewer waits.
const idleTimeout = 6 * time.Second

// clients are all clients of a demo. They differ in how they use sessions: some share a
// pool of sessions, each with one stream at a time, as the reference does; some share
// one session with many streams at once; some open a session of their own.
type clients struct {
	demo           *Demo
	addr           string // of the relay
	roots          *x509.CertPool
	pool           *peer.Pool
	desk           sharedSession
	seeds          atomic.Uint64 // of padding, the last that was used
	datagramRounds atomic.Uint64 // how many there were
}

// An activity is something that clients do again and again.
type activity struct {
	kind     string             // names it in Stats.LastFailure
	first    time.Duration      // from the demo's start to the first round
	min, max time.Duration      // between two rounds
	do       func(*round) error // does one round; its error is a failed request
}

// A round is one go at an activity, and its context. The context ends with the demo,
// or after requestTimeout.
type round struct {
	context.Context
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

// dial opens a session through the relay. The caller closes it.
func (c *clients) dial(ctx context.Context, name string, scheme *protocol.PaddingScheme) (*peer.Client, error) {
	cfg := c.config(name)
	cfg.Scheme = scheme
	client, err := peer.Dial(ctx, cfg)
	if err == nil {
		c.demo.tally.count(func(s *Stats) { s.Sessions++ })
	}
	return client, err
}

// config returns what a client with the given name opens a session with.
func (c *clients) config(name string) peer.ClientConfig {
	return peer.ClientConfig{
		Address:  c.addr,
		Password: password,
		Name:     name,
		TLS:      &tls.Config{RootCAs: c.roots, ServerName: serverName},
		Rand:     rand.NewPCG(c.demo.seed, c.seeds.Add(1)),
	}
}

// run repeats all activities until ctx ends, waits for them, and closes the sessions
// that are shared.
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

// repeat does the rounds of an activity, until ctx ends.
func (c *clients) repeat(ctx context.Context, a activity, random *rand.Rand) {
	for wait := a.first; c.demo.pause(ctx, wait); {
		bounded, cancel := context.WithTimeout(ctx, requestTimeout)
		err := a.do(&round{Context: bounded, clients: c, rand: random})
		cancel()
		switch {
		case err != nil && ctx.Err() != nil:
			return // the demo's end is no failure
		case errors.Is(err, errNoRequest):
		default:
			c.demo.tally.request(a.kind, err)
		}
		wait = a.min + time.Duration(random.Int64N(int64(a.max-a.min)))
	}
}

// errNoRequest is returned by a round that must not be counted as a request.
var errNoRequest = errors.New("not a request")

// A sharedSession is a session that many streams share. It is opened when it is first
// needed, and again when it is needed after its end.
type sharedSession struct {
	dial func(context.Context) (*peer.Client, error)

	mu     sync.Mutex
	client *peer.Client
}

// session returns the session, and opens it where there is none. The sharedSession
// closes it.
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

// close closes the session.
func (s *sharedSession) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.Close()
	}
}
