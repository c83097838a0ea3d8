package relay

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// handshake stands TLS up on both legs. The server is dialed in the middle of
// the client's handshake, when its ClientHello is known: the server is shown the
// client's SNI and ALPN, and the client what the server chose. Where it fails, info has the
// server's leg if that stood.
func (s *liveSession) handshake(ctx context.Context) (conns protocol.ByPeer[*tls.Conn], info protocol.ByPeer[*capture.TLS], err error) {
	ctx, cancel := context.WithTimeout(ctx, s.relay.cfg.HandshakeTimeout)
	defer cancel()
	// Nobody reads from the client while the server is dialed: it may give up. Behind that
	// its own words say how it ends.
	dialing, leave := context.WithCancelCause(ctx)
	defer leave(nil)
	var serverErr error
	var serverReset atomic.Bool
	said := newOpening(s.client, true)
	greeted := false
	client := tls.Server(said, &tls.Config{
		MinVersion: tls.VersionTLS12,
		GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			began := s.relay.clock()
			s.client.Watch(func(bool) { leave(advice.ErrClientLeft) })
			server, err := s.dial(dialing, hello)
			waited := s.relay.clock().Sub(began)
			left := errors.Is(context.Cause(dialing), advice.ErrClientLeft)
			over := errors.Is(context.Cause(ctx), context.Canceled) // the run is
			switch {
			case err != nil && (left || over) && waited >= session.OwedTime:
				err = advice.ErrNobodyWaits
			case left:
				serverErr = &legError{peer: protocol.Client, err: advice.ClientLeft(waited.Round(time.Millisecond))}
				return nil, serverErr
			}
			if err != nil {
				serverErr = s.serverFailed(err)
				s.passEarly(serverErr)
				return nil, serverErr
			}
			conns[protocol.Server] = server
			s.server.Watch(func(reset bool) { // nobody reads from it until the client has answered
				if reset {
					serverReset.Store(true)
					s.passEarly(s.errServerReset())
				}
			})
			info[protocol.Server] = tlsInfo(server.ConnectionState(), s.greeting.sni)
			cfg, err := s.clientConfig(hello, server.ConnectionState().NegotiatedProtocol)
			greeted = err == nil
			return cfg, err
		},
	})
	conns[protocol.Client] = client
	if err = client.HandshakeContext(ctx); err == nil {
		s.server.EndWatch() // from here on its link sees a reset, and says so
	}
	switch {
	case serverErr != nil:
		return conns, info, serverErr
	case serverReset.Load():
		return conns, info, s.errServerReset()
	case err != nil:
		return conns, info, &legError{peer: protocol.Client, err: &advice.ClientError{Err: said.failure(err), First: said.first, Greeted: greeted, Trust: s.relay.cfg.Trust}}
	}
	said.stand()
	st := client.ConnectionState()
	info[protocol.Client] = tlsInfo(st, st.ServerName)
	return conns, info, nil
}

// serverFailed returns the failure of the server's leg before TLS stood on both.
func (s *liveSession) serverFailed(err error) error {
	return &legError{peer: protocol.Server, err: s.relay.serverError(&s.greeting, err)}
}

// errServerReset returns the error which says that the server reset its connection while the
// client's handshake went on.
func (s *liveSession) errServerReset() error {
	return s.serverFailed(os.NewSyscallError("read", syscall.ECONNRESET))
}

// passEarly passes on how the server ended its connection before TLS stood: by a reset or the
// end of its stream. Else TLS tells the client of a failure. What ended the session is noted
// first, since the recording of the client's leg has it with the packet that ends that.
func (s *liveSession) passEarly(err error) {
	switch {
	case errors.Is(err, syscall.ECONNRESET):
		s.finishAs(neverStood(err), false)
		s.client.Abort()
	case errors.Is(err, io.EOF):
		s.finishAs(neverStood(err), false)
		_ = s.client.CloseWrite()
	}
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

// dial connects to the server as the client would have.
func (s *liveSession) dial(ctx context.Context, hello *tls.ClientHelloInfo) (*tls.Conn, error) {
	r := s.relay
	s.greeting = r.greetingOf(hello.ServerName)
	asked := r.clock()
	raw, err := r.connect(ctx)
	if err != nil {
		return nil, err
	}
	s.server = leg.NewSocket(raw, &r.buffers)
	s.setRecorder(capture.ServerLeg, s.server, asked, r.clock())
	if raw.RemoteAddr().String() == s.client.LocalAddr().String() || r.itself(raw) {
		return nil, errItself
	}
	cfg := r.serverConfig(&s.greeting, cmp.Or(r.cfg.SNI, hello.ServerName, hostOf(r.cfg.Server)))
	cfg.NextProtos = hello.SupportedProtos
	cfg.KeyLogWriter = s.server.KeyLog(r.cfg.KeyLog)
	s.greeting.answer = newOpening(s.server, false)
	conn := tls.Client(s.greeting.answer, cfg)
	if err := conn.HandshakeContext(ctx); err != nil {
		return nil, err
	}
	s.greeting.answer.stand()
	return conn, nil
}

// describe returns how a session ends because a leg failed that had stood. Under TLS 1.3 a
// server refuses what it was shown of a certificate when the leg stands already.
func (s *liveSession) describe(peer protocol.Peer, err error) howEnded {
	e := howEnded{by: session.Closer(peer)}
	asked := s.greeting.certificate
	switch {
	case peer == protocol.Server && (asked.Refused(err) || asked.Missed(err) && !s.links[protocol.ServerToClient].hasCarried()):
		e.tlsFailed = true
		e.why = explain(&legError{peer, s.relay.serverError(&s.greeting, err)})
	case errors.Is(err, syscall.ECONNRESET), errors.Is(err, syscall.EPIPE):
		e.why = capture.ReasonReset(peer)
	default:
		e.tlsFailed = advice.OfTLS(err)
		e.why = (&legError{peer, err}).Error()
		if what := advice.ForOpen(peer, err); what != "" {
			e.why += ": " + what
		}
	}
	e.why = protocol.Printable(e.why)
	return e
}

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
