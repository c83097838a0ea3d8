package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Config is what a relay needs to know. All but the route, its roots and its
// certificates may be shared by several relays.
type Config struct {
	// Route is where the relay listens, and its server. Listen is what it was told to
	// listen on; the relay goes by its listener.
	capture.Route
	// Roots verify the server's certificate; nil: the system's.
	Roots *x509.CertPool
	// ClientCertificate is what the server is shown where it asks for a certificate; nil:
	// there is none.
	ClientCertificate *tls.Certificate
	// FromFile says that a file of routes says all this: advice names the file's keys.
	FromFile bool
	// Certificate returns what a client is shown.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
	// Trust says how a client comes to take that; empty: by the authority that 'ca' exports.
	Trust string
	// KeyLog gets the TLS secrets of both legs, in NSS format; nil: nobody does.
	// crypto/tls serialises the writes to it.
	KeyLog io.Writer
	// Recorder is told what goes over both legs below TLS; nil: nobody is. It slows
	// the relay down where it must.
	Recorder capture.Recorder
	// HeartbeatTimeout is how long an injected request waits for its answer before it
	// becomes a tombstone; [session.DefaultHeartbeatTimeout] where it is zero. It must
	// be the journal's.
	HeartbeatTimeout time.Duration
	// HandshakeTimeout is how long both TLS handshakes of a session, and the dial between
	// them, may take together; [DefaultHandshakeTimeout] where it is zero.
	HandshakeTimeout time.Duration
	// KeepAlive is how long a connection of either leg is idle before TCP asks whether
	// the peer is there, and then the time between two such probes; 0: it never asks, and
	// what is between the relay and a peer sees no more than what the pair sends.
	KeepAlive time.Duration
	// Schemes is what padding schemes are looked up in: the journal's, which learns
	// them from the wire. Nil: only the default scheme is known.
	Schemes *session.Schemes
	// AckTimeout is how long bytes toward a peer may stay unacknowledged by its TCP before
	// the session ends; a minute where it is zero. An idle session has none.
	AckTimeout time.Duration
	// Registry numbers the sessions, and is how they are controlled; nil: nobody does
	// that.
	Registry *capture.Registry
	// Rules say what is done with the frames of sessions; nil: nothing is.
	Rules *rule.Book
	// Warn is told what goes wrong outside of any session; nil: nobody is.
	Warn func(string)
}

// DefaultHandshakeTimeout is longer than clients wait: when it is too long for them, they
// say.
const DefaultHandshakeTimeout = time.Minute

// A Relay accepts the clients of one route and relays them to its server.
type Relay struct {
	cfg     Config
	sink    capture.Sink
	clock   func() time.Time
	buffers leg.Buffers // of all legs
	rooms   gate.Rooms  // of all gates

	mu       sync.Mutex
	sessions map[*liveSession]bool // that have not ended

	tickets atomic.Uint64 // the last that was given out
}

// New returns a relay that records into sink.
func New(cfg Config, sink capture.Sink) *Relay {
	if cfg.HeartbeatTimeout <= 0 {
		cfg.HeartbeatTimeout = session.DefaultHeartbeatTimeout
	}
	if cfg.HandshakeTimeout <= 0 {
		cfg.HandshakeTimeout = DefaultHandshakeTimeout
	}
	if cfg.Schemes == nil {
		cfg.Schemes = session.NewSchemes()
	}
	if cfg.AckTimeout <= 0 {
		cfg.AckTimeout = time.Minute
	}
	if cfg.Registry == nil {
		cfg.Registry = capture.NewRegistry()
	}
	if cfg.Warn == nil {
		cfg.Warn = func(string) {}
	}
	return &Relay{
		cfg: cfg, sink: sink, clock: time.Now,
		sessions: make(map[*liveSession]bool),
	}
}

// Announce enters the route into the registry, and records that clients are accepted at
// an address. Who serves several routes announces all of them first: then readers know
// them before the first session.
func (r *Relay) Announce(listener net.Addr) {
	route := r.cfg.Route
	route.Listen = listener.String()
	r.cfg.Registry.AddRoute(route)
	r.sink.Record(&capture.Event{
		Kind: capture.Listening, At: r.clock(), Route: route.Name, Client: route.Listen, Server: route.Server,
	})
}

// warnAgain is how long it is not told again that clients can't be accepted for want of file
// descriptors. It is tried again all the time.
const warnAgain = time.Minute

// Serve accepts clients from ln until ctx ends or ln is closed, then closes the
// sessions and returns when all have ended. It returns nil where ctx ended, and
// [net.ErrClosed] where ln was closed by others. It closes ln. Other errors of Accept
// don't end it: they may pass (too many open files).
func (r *Relay) Serve(ctx context.Context, ln net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	wg.Go(func() { r.keepPace(ctx) })
	wg.Go(func() { r.lookAfter(ctx) })

	var backoff time.Duration
	var warned time.Time // of descriptors that are missing
	for {
		nc, err := ln.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				_ = nc.Close()
			}
			return nil
		case errors.Is(err, net.ErrClosed):
			return err
		case err != nil:
			backoff = min(max(2*backoff, 5*time.Millisecond), time.Second)
			what := advice.Descriptors(err)
			switch now := r.clock(); {
			case what == "":
				r.cfg.Warn("accept: " + protocol.Printable(err.Error()) + "; trying again")
			case now.Sub(warned) >= warnAgain:
				warned = now
				r.cfg.Warn("clients can't be accepted, " + what + "; trying again")
			}
			select {
			case <-time.After(backoff):
			case <-ctx.Done():
			}
			continue
		}
		backoff = 0
		client := nc.(*net.TCPConn)
		setKeepAlive(client, r.cfg.KeepAlive)
		s := &liveSession{relay: r, accepted: r.clock(), client: leg.NewSocket(client, &r.buffers)}
		wg.Go(func() { s.serve(ctx) })
	}
}

// begin numbers a session.
func (r *Relay) begin(s *liveSession) {
	s.id = r.cfg.Registry.Begin(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	r.sessions[s] = true
}

// ready lets requests be injected into a session.
func (r *Relay) ready(s *liveSession, links protocol.ByDirection[*link]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.links = links
}

// remove forgets a session that has ended.
func (r *Relay) remove(s *liveSession) {
	r.cfg.Registry.End(s.id)
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, s)
}

// linksOf returns a session's links; nil ones before TLS stands on both legs.
func (r *Relay) linksOf(s *liveSession) protocol.ByDirection[*link] {
	r.mu.Lock()
	defer r.mu.Unlock()
	return s.links
}

// ticket returns one that nobody has yet.
func (r *Relay) ticket() capture.Ticket { return capture.Ticket(r.tickets.Add(1)) }

// keepPace injects the periodic heartbeats until ctx ends.
func (r *Relay) keepPace(ctx context.Context) {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		p, changed := r.cfg.Registry.Pace()
		if p.Every > 0 {
			ticker.Reset(p.Every)
		} else {
			ticker.Stop()
		}
		for same := true; same; {
			select {
			case <-ticker.C:
				r.injectAll(p)
			case <-changed:
				same = false
			case <-ctx.Done():
				return
			}
		}
	}
}

// injectAll sends a heartbeat in each direction that is ready for one.
func (r *Relay) injectAll(p capture.Periodic) {
	var links []*link
	r.mu.Lock()
	for s := range r.sessions {
		for d, l := range s.links {
			if l != nil && p.Toward[protocol.Direction(d).Receiver()] {
				links = append(links, l)
			}
		}
	}
	r.mu.Unlock()
	for _, l := range links {
		l.beat(r.ticket())
	}
}
