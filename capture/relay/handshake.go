package relay

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

const (
	dialTimeout = 10 * time.Second
	// closePatience is how long closing waits for a peer that does not read.
	closePatience = 250 * time.Millisecond
)

// handshake stands TLS up on both legs. The server is dialed in the middle of
// the client's handshake, when its ClientHello is known: the server is shown the
// client's SNI and ALPN, and the client what the server chose. legs are indexed
// by peer.
func (c *conn) handshake(ctx context.Context) (legs [2]*tls.Conn, info *capture.TLS, err error) {
	ctx, cancel := context.WithTimeout(ctx, c.relay.handshakeTimeout)
	defer cancel()
	var serverErr error
	leg := tls.Server(c.client, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			server, err := c.dial(ctx, hello)
			if err != nil {
				serverErr = &legError{peer: protocol.Server, err: err}
				return nil, serverErr
			}
			legs[protocol.Server] = server
			return c.clientConfig(hello, server.ConnectionState().NegotiatedProtocol)
		},
	})
	legs[protocol.Client] = leg
	if err := leg.HandshakeContext(ctx); err != nil {
		if serverErr != nil {
			return legs, nil, serverErr
		}
		return legs, nil, &legError{peer: protocol.Client, err: err}
	}
	st := leg.ConnectionState()
	return legs, &capture.TLS{
		Version: tls.VersionName(st.Version),
		Cipher:  tls.CipherSuiteName(st.CipherSuite),
		SNI:     protocol.Printable(st.ServerName),
		ALPN:    protocol.Printable(st.NegotiatedProtocol),
	}, nil
}

// clientConfig returns how the relay answers a ClientHello.
func (c *conn) clientConfig(hello *tls.ClientHelloInfo, alpn string) (*tls.Config, error) {
	cert, err := c.relay.cfg.Certificate(hello)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{
		MinVersion:                  tls.VersionTLS12,
		Certificates:                []tls.Certificate{*cert},
		KeyLogWriter:                c.keyLog(c.client),
		SessionTicketsDisabled:      true, // each connection is a whole handshake, whose keys are logged
		DynamicRecordSizingDisabled: true,
	}
	if alpn != "" {
		cfg.NextProtos = []string{alpn}
	}
	return cfg, nil
}

// errItself ends a chain of the relay's connections to itself, which would go on
// until no file can be opened.
var errItself = errors.New("the server's address is that of the relay itself")

// dial connects to the server as the client would have.
func (c *conn) dial(ctx context.Context, hello *tls.ClientHelloInfo) (*tls.Conn, error) {
	cfg := c.relay.cfg
	dialer := net.Dialer{Timeout: dialTimeout}
	asked := c.relay.clock()
	raw, err := dialer.DialContext(ctx, "tcp", cfg.Server)
	if err != nil {
		return nil, err
	}
	c.server = newWire(raw.(*net.TCPConn))
	c.recordLeg(capture.ServerLeg, c.server, asked, c.relay.clock())
	if raw.RemoteAddr().String() == c.client.LocalAddr().String() {
		return nil, errItself
	}
	sni := hello.ServerName
	if cfg.SNI != "" {
		sni = cfg.SNI
	}
	leg := tls.Client(c.server, &tls.Config{
		MinVersion:                  tls.VersionTLS12,
		ServerName:                  sni, // crypto/tls sends none for an IP address
		NextProtos:                  hello.SupportedProtos,
		KeyLogWriter:                c.keyLog(c.server),
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
	if err := leg.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	return leg, nil
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
