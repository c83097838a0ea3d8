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
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Config is what a relay needs to know.
type Config struct {
	// Server is the real server's host:port.
	Server string
	// SNI is what the server is shown; empty: what the client sent. An IP address
	// means that none is sent.
	SNI string
	// Insecure skips the verification of the server's certificate.
	Insecure bool
	// Roots verify it; nil: the system's.
	Roots *x509.CertPool
	// Certificate returns what a client is shown.
	Certificate func(*tls.ClientHelloInfo) (*tls.Certificate, error)
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
	// Schemes is what padding schemes are looked up in: the journal's, which learns
	// them from the wire. Nil: only the default scheme is known.
	Schemes *session.Schemes
	// Warn is told what goes wrong outside of any session; nil: nobody is.
	Warn func(string)
}

// A Relay accepts clients and relays them to the server. It implements
// [capture.Control].
type Relay struct {
	cfg   Config
	sink  capture.Sink
	clock func() time.Time
	// handshakeTimeout is how long both TLS handshakes, and the dial between
	// them, may take together.
	handshakeTimeout time.Duration
	buffers          leg.Buffers // of all legs
	rooms            gate.Rooms  // of all gates

	mu       sync.Mutex
	sessions map[capture.SessionID]*liveSession // that have not ended
	next     capture.SessionID
	periodic capture.Periodic
	pace     chan struct{} // told of a change of periodic

	tickets atomic.Uint64 // the last that was given out
}

// New returns a relay that records into sink.
func New(cfg Config, sink capture.Sink) *Relay {
	if cfg.HeartbeatTimeout <= 0 {
		cfg.HeartbeatTimeout = session.DefaultHeartbeatTimeout
	}
	if cfg.Schemes == nil {
		cfg.Schemes = session.NewSchemes()
	}
	if cfg.Warn == nil {
		cfg.Warn = func(string) {}
	}
	return &Relay{
		cfg: cfg, sink: sink, clock: time.Now, handshakeTimeout: 15 * time.Second,
		sessions: make(map[capture.SessionID]*liveSession),
		pace:     make(chan struct{}, 1),
	}
}

// Serve accepts clients from ln until ctx ends or ln is closed, then closes the
// sessions and returns when all have ended. It returns nil where ctx ended, and
// [net.ErrClosed] where ln was closed by others. It closes ln. Other errors of Accept
// don't end it: they may pass (too many open files).
func (r *Relay) Serve(ctx context.Context, ln net.Listener) error {
	r.sink.Record(&capture.Event{Kind: capture.Listening, At: r.clock(), Client: ln.Addr().String()})
	ctx, cancel := context.WithCancel(ctx)
	var wg sync.WaitGroup
	defer wg.Wait()
	defer cancel()
	stop := context.AfterFunc(ctx, func() { _ = ln.Close() })
	defer stop()
	wg.Go(func() { r.keepPace(ctx) })

	var backoff time.Duration
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
			r.cfg.Warn("accept: " + protocol.Printable(err.Error()) + "; trying again")
			select {
			case <-time.After(backoff):
			case <-ctx.Done():
			}
			continue
		}
		backoff = 0
		s := r.begin(leg.NewSocket(nc.(*net.TCPConn), &r.buffers))
		wg.Go(func() { s.serve(ctx) })
	}
}

// begin numbers a session.
func (r *Relay) begin(client *leg.Socket) *liveSession {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.next++
	s := &liveSession{relay: r, id: r.next, client: client}
	r.sessions[s.id] = s
	return s
}

// ready lets requests be injected into a session.
func (r *Relay) ready(s *liveSession, links protocol.ByDirection[*link]) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s.links = links
}

// remove forgets a session that has ended.
func (r *Relay) remove(s *liveSession) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.sessions, s.id)
}

// link returns the link that carries bytes toward a peer of a session.
func (r *Relay) link(id capture.SessionID, toward protocol.Peer) (*link, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.sessions[id]
	switch {
	case s == nil && id > 0 && id <= r.next:
		return nil, capture.ErrSessionClosed
	case s == nil:
		return nil, capture.ErrNoSession
	case s.links[toward.Toward()] == nil:
		return nil, capture.ErrNotAuthenticated
	default:
		return s.links[toward.Toward()], nil
	}
}

// Inject implements [capture.Control].
func (r *Relay) Inject(id capture.SessionID, in capture.Insert) (capture.Outcome, error) {
	l, err := r.link(id, in.Toward)
	if err != nil {
		return 0, err
	}
	return l.inject(in, r.ticket())
}

// ticket returns one that nobody has yet.
func (r *Relay) ticket() capture.Ticket { return capture.Ticket(r.tickets.Add(1)) }

// Waiting implements [capture.Control].
func (r *Relay) Waiting(id capture.SessionID) (waiting []capture.Waiting) {
	for _, toward := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		if l, err := r.link(id, toward); err == nil {
			waiting = l.waiting(waiting)
		}
	}
	return waiting
}

// Cancel implements [capture.Control].
func (r *Relay) Cancel(id capture.SessionID, t capture.Ticket) bool {
	for _, toward := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		if l, err := r.link(id, toward); err == nil && l.cancel(t) {
			return true
		}
	}
	return false
}

// Periodic implements [capture.Control].
func (r *Relay) Periodic() capture.Periodic {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.periodic
}

// SetPeriodic implements [capture.Control].
func (r *Relay) SetPeriodic(p capture.Periodic) {
	r.mu.Lock()
	r.periodic = p
	r.mu.Unlock()
	select {
	case r.pace <- struct{}{}:
	default: // it is told already
	}
}

// keepPace injects the periodic heartbeats until ctx ends.
func (r *Relay) keepPace(ctx context.Context) {
	ticker := time.NewTicker(time.Hour)
	defer ticker.Stop()
	for {
		p := r.Periodic()
		if p.Every > 0 {
			ticker.Reset(p.Every)
		} else {
			ticker.Stop()
		}
		for changed := false; !changed; {
			select {
			case <-ticker.C:
				r.injectAll(p)
			case <-r.pace:
				changed = true
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
	for _, s := range r.sessions {
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
