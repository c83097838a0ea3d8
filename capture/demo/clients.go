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

// A cast is a scene's clients: a pool of sessions with one stream at a time, as
// the reference has them, and a session that carries many at once.
type cast struct {
	scene *Scene
	addr  string
	roots *x509.CertPool
	pool  *peer.Pool
	desk  standing
	seeds atomic.Uint64 // of the clients' padding: each has its own
	round atomic.Uint64 // of the UDP act, which does it in turns
}

// An act is something that clients do again and again.
type act struct {
	kind     string
	first    time.Duration     // when, after the scene began
	min, max time.Duration     // the pause until it is done again
	do       func(*play) error // an error is a failed request
}

// A play is one go of an act.
type play struct {
	context.Context // ends with the scene, or when the request has taken too long
	*cast
	rand *rand.Rand
}

func newCast(s *Scene, addr string, roots *x509.CertPool) *cast {
	c := &cast{scene: s, addr: addr, roots: roots}
	c.pool = peer.NewPool(func(ctx context.Context, scheme *protocol.PaddingScheme) (*peer.Client, error) {
		return c.dial(ctx, "demo-browser/1.0", scheme)
	})
	c.desk.dial = func(ctx context.Context) (*peer.Client, error) { return c.dial(ctx, "demo-desk/1.0", nil) }
	return c
}

// dial opens a session through the relay.
func (c *cast) dial(ctx context.Context, name string, scheme *protocol.PaddingScheme) (*peer.Client, error) {
	cfg := c.config(name)
	cfg.Scheme = scheme
	client, err := peer.Dial(ctx, cfg)
	if err == nil {
		c.scene.tally.count(func(s *Stats) { s.Sessions++ })
	}
	return client, err
}

func (c *cast) config(name string) peer.ClientConfig {
	return peer.ClientConfig{
		Address:  c.addr,
		Password: scenePassword,
		Name:     name,
		TLS:      &tls.Config{RootCAs: c.roots, ServerName: sceneName},
		Rand:     rand.NewPCG(c.scene.seed, c.seeds.Add(1)),
	}
}

// play plays all acts until ctx ends, and closes the sessions.
func (c *cast) play(ctx context.Context) {
	var acts sync.WaitGroup
	for i, a := range c.acts() {
		random := rand.New(rand.NewPCG(c.scene.seed, uint64(i)))
		acts.Go(func() { c.repeat(ctx, a, random) })
	}
	acts.Wait()
	c.pool.Close()
	c.desk.close()
}

// repeat does one act again and again.
func (c *cast) repeat(ctx context.Context, a act, random *rand.Rand) {
	for wait := a.first; c.scene.pause(ctx, wait); {
		bounded, cancel := context.WithTimeout(ctx, requestTimeout)
		err := a.do(&play{Context: bounded, cast: c, rand: random})
		cancel()
		switch {
		case err != nil && ctx.Err() != nil:
			return // cut short by the scene's end
		case errors.Is(err, errNoRequest):
		default:
			c.scene.tally.request(a.kind, err)
		}
		wait = a.min + time.Duration(random.Int64N(int64(a.max-a.min)))
	}
}

// errNoRequest is what an act returns that is not a request.
var errNoRequest = errors.New("not a request")

// A standing session is opened when it is needed first, and again after it
// ended.
type standing struct {
	dial func(context.Context) (*peer.Client, error)

	mu     sync.Mutex
	client *peer.Client
}

// session returns the session, which stays the standing one's.
func (s *standing) session(ctx context.Context) (*peer.Client, error) {
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

func (s *standing) close() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.client != nil {
		s.client.Close()
	}
}
