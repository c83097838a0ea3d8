package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// loginTimeout bounds the TLS handshake and the preamble.
const loginTimeout = 10 * time.Second

// A ServerConfig says how a server behaves. TLS and Password are needed.
type ServerConfig struct {
	TLS      *tls.Config
	Password string
	// Scheme is what clients are told to use; nil is the default scheme.
	Scheme *protocol.PaddingScheme
	// Dial connects to a stream's target; nil dials TCP. ctx ends when the
	// stream does. The error's text goes into the SYNACK.
	Dial func(ctx context.Context, target protocol.Address) (net.Conn, error)
	// ListenPacket opens the socket of a UDP-over-TCP stream; nil is
	// [ListenLoopback]. The error's text goes into the SYNACK.
	ListenPacket func(ctx context.Context) (PacketConn, error)
	// Fallback gets the connections whose preamble does not hold the password,
	// with all that the client sent, and has them until it returns. nil: they
	// are closed without a word.
	Fallback func(net.Conn)
}

// Serve accepts connections from listener until ctx ends or accepting fails, and
// returns when all of them are closed, and the listener too. At ctx's end it
// returns nil. Nothing that a client does makes it return.
func Serve(ctx context.Context, listener net.Listener, cfg ServerConfig) error {
	s, err := newServer(cfg)
	if err != nil {
		listener.Close()
		return err
	}
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { listener.Close() })
	defer stop()
	var conns sync.WaitGroup
	defer conns.Wait()
	defer cancel()
	for {
		conn, err := listener.Accept()
		switch {
		case ctx.Err() != nil:
			if err == nil {
				conn.Close()
			}
			return nil
		case err != nil:
			listener.Close()
			return err
		}
		conns.Go(func() { s.serve(ctx, conn) })
	}
}

// A server is what its connections share.
type server struct {
	cfg    ServerConfig
	hash   [32]byte // of the password
	scheme *protocol.PaddingScheme
}

func newServer(cfg ServerConfig) (*server, error) {
	if cfg.TLS == nil {
		return nil, errors.New("peer: a server needs a TLS config")
	}
	cfg.TLS = cfg.TLS.Clone()
	cfg.TLS.DynamicRecordSizingDisabled = true // as the client does
	s := &server{cfg: cfg, hash: protocol.HashPassword(cfg.Password), scheme: cfg.Scheme}
	if s.scheme == nil {
		scheme, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
		if err != nil {
			return nil, err
		}
		s.scheme = scheme
	}
	if s.cfg.Dial == nil {
		s.cfg.Dial = func(ctx context.Context, target protocol.Address) (net.Conn, error) {
			return new(net.Dialer).DialContext(ctx, "tcp", target.String())
		}
	}
	if s.cfg.ListenPacket == nil {
		s.cfg.ListenPacket = ListenLoopback
	}
	return s, nil
}

// serve has a connection until it ends.
func (s *server) serve(ctx context.Context, raw net.Conn) {
	conn := tls.Server(raw, s.cfg.TLS)
	defer conn.Close()
	stop := context.AfterFunc(ctx, func() { conn.Close() })
	defer stop()
	deadline := time.Now().Add(loginTimeout)
	if err := conn.SetDeadline(deadline); err != nil {
		return
	}
	if err := conn.HandshakeContext(ctx); err != nil {
		return
	}
	first, ok := s.login(conn)
	if err := conn.SetDeadline(time.Time{}); err != nil {
		return
	}
	if !ok {
		if s.cfg.Fallback != nil {
			s.cfg.Fallback(&rewound{Conn: conn, first: first})
		}
		return
	}
	ss := newServerSession(s, conn)
	ss.e.start(first)
	ss.e.loops.Wait()
	ss.streams.Wait()
}
