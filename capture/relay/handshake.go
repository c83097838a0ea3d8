package relay

import (
	"context"
	"crypto/tls"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// handshake stands TLS up on both legs. The server is dialed in the middle of
// the client's handshake, when its ClientHello is known: the server is shown the
// client's SNI and ALPN, and the client what the server chose.
func (s *liveSession) handshake(ctx context.Context) (conns protocol.ByPeer[*tls.Conn], info protocol.ByPeer[*capture.TLS], err error) {
	ctx, cancel := context.WithTimeout(ctx, s.relay.cfg.HandshakeTimeout)
	defer cancel()
	var serverErr error
	client := tls.Server(s.client, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			server, err := s.dial(ctx, hello)
			if err != nil {
				serverErr = &legError{peer: protocol.Server, err: s.relay.serverError(&s.greeting, err)}
				return nil, serverErr
			}
			conns[protocol.Server] = server
			return s.clientConfig(hello, server.ConnectionState().NegotiatedProtocol)
		},
	})
	conns[protocol.Client] = client
	if err := client.HandshakeContext(ctx); err != nil {
		if serverErr != nil {
			return conns, info, serverErr
		}
		return conns, info, &legError{peer: protocol.Client, err: err}
	}
	st := client.ConnectionState()
	info[protocol.Client] = tlsInfo(st, st.ServerName)
	info[protocol.Server] = tlsInfo(conns[protocol.Server].ConnectionState(), s.greeting.sni)
	return conns, info, nil
}

// tlsInfo returns what a handshake agreed on.
func tlsInfo(st tls.ConnectionState, sni string) *capture.TLS {
	return &capture.TLS{
		Version: tls.VersionName(st.Version),
		Cipher:  tls.CipherSuiteName(st.CipherSuite),
		SNI:     protocol.Printable(sni),
		ALPN:    protocol.Printable(st.NegotiatedProtocol),
	}
}

// clientConfig returns how the relay answers a ClientHello.
func (s *liveSession) clientConfig(hello *tls.ClientHelloInfo, alpn string) (*tls.Config, error) {
	cert, err := s.relay.cfg.Certificate(hello)
	if err != nil {
		return nil, err
	}
	cfg := &tls.Config{
		MinVersion:                  tls.VersionTLS12,
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
