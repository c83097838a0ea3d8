package pairtest

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// idleTimeout is how long a session is idle before the client closes it, as the reference's does.
const idleTimeout = 30 * time.Second

// A ClientConfig says how a client behaves. Server and Password are needed.
type ClientConfig struct {
	Server   string // host:port
	Password string
	// Roots verify the server's certificate; nil: nothing does.
	Roots *x509.CertPool
	// Idle is how long a session is idle before the client closes it; 0: as the reference.
	Idle time.Duration
	// Heartbeat is the time between two heartbeats of the client's own; 0: it sends none.
	Heartbeat time.Duration
	Fault     Fault
	// Logf logs a line; nil: nothing is logged. It is called by many goroutines.
	Logf func(format string, args ...any)
}

// Client serves the SOCKS5 clients of a listener, each connection in a stream to the server,
// until ctx ends. It returns nil then. It closes the listener.
func Client(ctx context.Context, l net.Listener, cfg ClientConfig) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	c := &client{
		cfg:     cfg,
		streams: streams{name: "Client", fault: cfg.Fault, log: orNone(cfg.Logf), die: cancel},
	}
	c.pool = peer.NewPool(c.session)
	defer c.pool.Close()
	defer c.background.Wait()
	defer cancel(nil) // runs before Wait
	c.background.Go(func() { c.reap(ctx) })
	c.log("INFO [Client] SOCKS at %v, server %s", l.Addr(), cfg.Server)
	to := inbound{dial: c.dial, associate: c.associate, hangUp: cfg.Fault.HangUp, early: cfg.Fault.Early}
	if cfg.Fault.NoUDP {
		to.associate = nil
	}
	err := to.serve(ctx, l)
	return cmp.Or(err, c.died(ctx))
}

// A client is what its connections share.
type client struct {
	streams
	cfg        ClientConfig
	pool       *peer.Pool
	background sync.WaitGroup // the reaper, and the heartbeats of sessions
}

// session opens a session. ctx is that of the whole client.
func (c *client) session(ctx context.Context, scheme *protocol.PaddingScheme) (*peer.Client, error) {
	s, err := peer.Dial(ctx, peer.ClientConfig{
		Address: c.cfg.Server, Password: c.cfg.Password, Name: "pairtest/1", Scheme: scheme,
		TLS: &tls.Config{
			RootCAs:            c.cfg.Roots,
			InsecureSkipVerify: c.cfg.Roots == nil, //nolint:gosec // servers under test sign for themselves
		},
		Plaintext: func(conn net.Conn) net.Conn {
			return newTap(conn, protocol.ServerToClient, c.log, c.cfg.Fault)
		},
	})
	if err != nil {
		c.log("ERROR [Client] no session with %s: %v", c.cfg.Server, err)
		return nil, err
	}
	if c.cfg.Heartbeat > 0 {
		beats := peer.PingConfig{Interval: c.cfg.Heartbeat, Timeout: time.Minute}
		// They end with the session, whose end others see.
		c.background.Go(func() { _ = s.Ping(ctx, beats, func(peer.Ping) {}) })
	}
	return s, nil
}

// reap closes sessions that are idle, until ctx ends.
func (c *client) reap(ctx context.Context) {
	idle := cmp.Or(c.cfg.Idle, idleTimeout)
	again := time.NewTicker(idle)
	defer again.Stop()
	for {
		select {
		case now := <-again.C:
			c.pool.Reap(now.Add(-idle))
		case <-ctx.Done():
			return
		}
	}
}

// dial opens a stream to a target, as an inbound wants it.
func (c *client) dial(ctx context.Context, target protocol.Address) (net.Conn, error) {
	session, err := c.take(ctx, target)
	if err != nil {
		return nil, err
	}
	s, err := session.OpenStream(ctx, target)
	if err != nil {
		c.pool.Put(session)
		return nil, err
	}
	return &stream{Stream: s, release: sync.OnceFunc(func() { c.pool.Put(session) })}, nil
}

// associate opens a stream of datagrams, as an inbound wants it.
func (c *client) associate(ctx context.Context, hint protocol.Address) (peer.PacketConn, error) {
	session, err := c.take(ctx, hint)
	if err != nil {
		return nil, err
	}
	d, err := session.OpenDatagrams(ctx, hint, false)
	if err != nil {
		c.pool.Put(session)
		return nil, err
	}
	return &datagrams{Datagrams: d, lose: c.fault.LoseUDP, release: sync.OnceFunc(func() { c.pool.Put(session) })}, nil
}

// take takes a session from the pool, unless the stream that it is for is refused.
func (c *client) take(ctx context.Context, target protocol.Address) (*peer.Client, error) {
	if err := c.begin(target); err != nil {
		return nil, err
	}
	return c.pool.Take(ctx)
}

// A stream puts its session back into the pool when it is closed.
type stream struct {
	*peer.Stream
	release func()
}

// Close implements [net.Conn].
func (s *stream) Close() error {
	err := s.Stream.Close()
	s.release()
	return err
}

// datagrams is a stream of datagrams as a [peer.PacketConn]. It puts its session back into the
// pool when it is closed.
type datagrams struct {
	*peer.Datagrams
	lose    bool
	release func()
}

// ReadFrom implements [peer.PacketConn].
func (d *datagrams) ReadFrom(b []byte) (int, protocol.Address, error) {
	got, err := d.Receive()
	return copy(b, got.Payload), got.Address, err
}

// WriteTo implements [peer.PacketConn].
func (d *datagrams) WriteTo(b []byte, to protocol.Address) error {
	if d.lose {
		return nil
	}
	return d.Send(protocol.Datagram{Address: to, Payload: b})
}

// Close implements [peer.PacketConn].
func (d *datagrams) Close() error {
	err := d.Datagrams.Close()
	d.release()
	return err
}
