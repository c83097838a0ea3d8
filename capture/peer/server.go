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

// loginTimeout bounds the TLS handshake and the preamble, together.
const loginTimeout = 10 * time.Second

// A ServerConfig says how a server behaves. TLS and Password are needed.
type ServerConfig struct {
	TLS      *tls.Config
	Password string
	// Scheme is what clients with another are told to use; nil is the default scheme.
	Scheme *protocol.PaddingScheme
	// Dial connects to a stream's target; nil dials TCP. ctx ends with the stream. The
	// client gets the text of an error, in the SYNACK.
	Dial func(ctx context.Context, target protocol.Address) (net.Conn, error)
	// ListenPacket opens the UDP socket of a UDP-over-TCP stream; nil is
	// [ListenLoopback]. ctx and errors are as Dial's.
	ListenPacket func(ctx context.Context) (PacketConn, error)
	// Fallback serves a connection whose preamble does not hold the password. It reads
	// all that the client sent. The connection is closed when it returns; nil: at once.
	Fallback func(net.Conn)
	// Plaintext returns what a session is read from and written to in place of its TLS
	// connection, which conn is: whoever wants to see the plaintext, or change it. Each write
	// is of whole frames. nil: the connection itself.
	Plaintext func(net.Conn) net.Conn
}

// Serve accepts connections from listener until ctx ends, and then returns nil. It fails
// where accepting fails, or where cfg is not complete. Nothing that a client does makes
// it return. When it returns, the listener and all connections are closed, and their
// goroutines have ended.
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

// A server is what the connections of Serve share. It does not change.
type server struct {
	cfg    ServerConfig
	hash   [32]byte // of the password
	scheme *protocol.PaddingScheme
}

// newServer fills in what cfg leaves out.
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

// serve serves a connection until it ends.
func (s *server) serve(ctx context.Context, raw net.Conn) {
	secure := tls.Server(raw, s.cfg.TLS)
	defer secure.Close()
	stop := context.AfterFunc(ctx, func() { secure.Close() })
	defer stop()
	deadline := time.Now().Add(loginTimeout)
	if err := secure.SetDeadline(deadline); err != nil {
		return
	}
	if err := secure.HandshakeContext(ctx); err != nil {
		return
	}
	conn := plaintext(secure, s.cfg.Plaintext)
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

// plaintext returns what a session is read from and written to.
func plaintext(conn net.Conn, through func(net.Conn) net.Conn) net.Conn {
	if through == nil {
		return conn
	}
	return through(conn)
}
