package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
)

// dialTimeout is how long the server may take to accept the connection.
const dialTimeout = 10 * time.Second

// handshake stands TLS up on both legs. The server is dialed in the middle of
// the client's handshake, when its ClientHello is known: the server is shown the
// client's SNI and ALPN, and the client what the server chose.
func (s *liveSession) handshake(ctx context.Context) (conns protocol.ByPeer[*tls.Conn], info *capture.TLS, err error) {
	ctx, cancel := context.WithTimeout(ctx, s.relay.handshakeTimeout)
	defer cancel()
	ctx, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	var serverErr error
	client := tls.Server(s.client, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			// Nobody reads from the client meanwhile: it may give up.
			s.client.Watch(func(bool) { leave(errClientLeft) })
			server, err := s.dial(ctx, hello)
			if errors.Is(context.Cause(ctx), errClientLeft) {
				serverErr = &legError{peer: protocol.Client, err: errClientLeft}
				return nil, serverErr
			}
			if err != nil {
				serverErr = &legError{peer: protocol.Server, err: err}
				return nil, serverErr
			}
			conns[protocol.Server] = server
			return s.clientConfig(hello, server.ConnectionState().NegotiatedProtocol)
		},
	})
	conns[protocol.Client] = client
	if err := client.HandshakeContext(ctx); err != nil {
		if serverErr != nil {
			return conns, nil, serverErr
		}
		return conns, nil, &legError{peer: protocol.Client, err: err}
	}
	st := client.ConnectionState()
	return conns, &capture.TLS{
		Version: tls.VersionName(st.Version),
		Cipher:  tls.CipherSuiteName(st.CipherSuite),
		SNI:     protocol.Printable(st.ServerName),
		ALPN:    protocol.Printable(st.NegotiatedProtocol),
	}, nil
}

// errClientLeft ends a handshake whose client has gone.
var errClientLeft = errors.New("the client closed its connection while the relay waited for the server")

// clientConfig returns how the relay answers a ClientHello.
func (s *liveSession) clientConfig(hello *tls.ClientHelloInfo, alpn string) (*tls.Config, error) {
	cert, err := s.relay.cfg.Certificate(hello)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{
		MinVersion:                  tls.VersionTLS12,
		CipherSuites:                suitesFor(hello),
		Certificates:                []tls.Certificate{*cert},
		KeyLogWriter:                s.client.KeyLog(s.relay.cfg.KeyLog),
		SessionTicketsDisabled:      true, // each connection is a whole handshake, whose keys are logged
		DynamicRecordSizingDisabled: true,
	}
	if alpn != "" {
		cfg.NextProtos = []string{alpn}
	}
	return cfg, nil
}

// errItself ends a chain of the relay's connections to itself, by way of this route or
// of others, which would go on until no file can be opened.
var errItself = errors.New("the server's address is that of the relay itself")

// itself tells whether a connection leads to a listener of this run.
func (s *liveSession) itself(to net.Conn) bool {
	if to.RemoteAddr().String() == s.client.LocalAddr().String() {
		return true
	}
	port := addrPort(to.RemoteAddr()).Port()
	remote, local := addrPort(to.RemoteAddr()).Addr().Unmap(), addrPort(to.LocalAddr()).Addr().Unmap()
	here := remote.IsLoopback() || remote == local
	return slices.ContainsFunc(s.relay.cfg.Registry.Routes(), func(r capture.Route) bool {
		at, err := netip.ParseAddrPort(r.Listen)
		return err == nil && at.Port() == port && (at.Addr().Unmap() == remote || at.Addr().IsUnspecified() && here)
	})
}

// dial connects to the server as the client would have.
func (s *liveSession) dial(ctx context.Context, hello *tls.ClientHelloInfo) (*tls.Conn, error) {
	cfg := s.relay.cfg
	dialer := net.Dialer{Timeout: dialTimeout}
	asked := s.relay.clock()
	raw, err := dialer.DialContext(ctx, "tcp", cfg.Server)
	if err != nil {
		return nil, err
	}
	s.server = leg.NewSocket(raw.(*net.TCPConn), &s.relay.buffers)
	s.setRecorder(capture.ServerLeg, s.server, asked, s.relay.clock())
	if s.itself(raw) {
		return nil, errItself
	}
	sni := hello.ServerName
	if cfg.SNI != "" {
		sni = cfg.SNI
	}
	conn := tls.Client(s.server, &tls.Config{
		MinVersion:                  tls.VersionTLS12,
		ServerName:                  sni, // crypto/tls sends none for an IP address
		NextProtos:                  hello.SupportedProtos,
		KeyLogWriter:                s.server.KeyLog(cfg.KeyLog),
		DynamicRecordSizingDisabled: true,
		// A client that sends no SNI must not be given one; but without a name
		// crypto/tls verifies nothing. So the relay verifies by itself.
		InsecureSkipVerify: true, //nolint:gosec // see VerifyConnection
		VerifyConnection: func(st tls.ConnectionState) error {
			if cfg.Insecure {
				return nil
			}
			return verify(st, cfg.Roots, nameToVerify(sni, cfg.Server))
		},
	})
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return conn, nil
}

// nameToVerify returns the name that the server's certificate must be for.
func nameToVerify(sni, server string) string {
	if sni != "" {
		return sni
	}
	host, _, err := net.SplitHostPort(server)
	if err != nil {
		return server
	}
	return host
}

func verify(st tls.ConnectionState, roots *x509.CertPool, name string) error {
	if len(st.PeerCertificates) == 0 {
		return errors.New("the server has no certificate")
	}
	opts := x509.VerifyOptions{Roots: roots, DNSName: name, Intermediates: x509.NewCertPool()}
	for _, cert := range st.PeerCertificates[1:] {
		opts.Intermediates.AddCert(cert)
	}
	_, err := st.PeerCertificates[0].Verify(opts)
	return err
}
