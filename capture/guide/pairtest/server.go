package pairtest

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync/atomic"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// A ServerConfig says how a server behaves. Password is needed.
type ServerConfig struct {
	Password string
	// Certificate is what clients are shown; nil: one that is made for the server.
	Certificate *tls.Certificate
	Fault       Fault
	// Logf logs a line; nil: nothing is logged. It is called by many goroutines.
	Logf func(format string, args ...any)
}

// Server serves the clients of a listener, with real targets, until ctx ends. It returns nil then.
// It closes the listener.
func Server(ctx context.Context, l net.Listener, cfg ServerConfig) error {
	defer l.Close()
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	if cfg.Certificate == nil {
		made, _, err := peer.SelfSigned("pairtest.example")
		if err != nil {
			return err
		}
		cfg.Certificate = &made
	}
	s := &streams{name: "Server", fault: cfg.Fault, log: orNone(cfg.Logf), die: cancel}
	s.log("INFO [Server] listens at %v", l.Addr())
	err := peer.Serve(ctx, &earlyListener{l, cfg.Fault.Early}, peer.ServerConfig{
		TLS:      &tls.Config{Certificates: []tls.Certificate{*cfg.Certificate}},
		Password: cfg.Password,
		Dial: func(ctx context.Context, target protocol.Address) (net.Conn, error) {
			if err := s.begin(target); err != nil {
				return nil, err
			}
			conn, err := new(net.Dialer).DialContext(ctx, "tcp", target.String())
			if err != nil { // as real servers do, whoever's fault it is
				s.log("ERROR [Server] can't connect: %v", err)
			}
			return conn, err
		},
		Fallback: func(conn net.Conn) {
			s.log("ERROR [Server] %v: authentication failed", conn.RemoteAddr())
		},
		Plaintext: func(conn net.Conn) net.Conn {
			s.log("INFO [Server] new connection from %v", conn.RemoteAddr())
			return newTap(conn, protocol.ClientToServer, s.log, cfg.Fault)
		},
	})
	return cmp.Or(err, s.died(ctx))
}

// An earlyListener closes the first connections that it takes. Only one goroutine may accept.
type earlyListener struct {
	net.Listener
	left uint64
}

// Accept implements [net.Listener].
func (l *earlyListener) Accept() (net.Conn, error) {
	for ; l.left > 0; l.left-- {
		conn, err := l.Listener.Accept()
		if err != nil {
			return nil, err
		}
		conn.Close()
	}
	return l.Listener.Accept()
}

// streams are those of an end, as its fault wants them.
type streams struct {
	name  string // of the end
	fault Fault
	log   logf
	die   context.CancelCauseFunc // ends the end
	count atomic.Uint64
}

// begin counts a stream. It fails where the stream is refused.
func (s *streams) begin(target protocol.Address) error {
	n := s.count.Add(1)
	if s.fault.LogError && n == 1 {
		s.log("ERROR [%s] something went wrong with %v", s.name, target)
	}
	switch {
	case s.fault.DieAfter > 0 && n > s.fault.DieAfter:
		s.die(ErrDied)
		return ErrDied
	case s.fault.Refuse:
		return errors.New("this end refuses all streams")
	}
	return nil
}

// died returns ErrDied where that is why the end's ctx has ended.
func (s *streams) died(ctx context.Context) error {
	if errors.Is(context.Cause(ctx), ErrDied) {
		return ErrDied
	}
	return nil
}

// orNone returns a logf that may be called where there is none.
func orNone(log logf) logf {
	if log == nil {
		return func(string, ...any) {}
	}
	return log
}
