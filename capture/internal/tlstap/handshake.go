package tlstap

import (
	"bytes"
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// handshake takes the body of a handshake record of s.
func (o *Observer) handshake(s *side, b []byte) error {
	wanted := func(typ uint8) bool { return o.wanted(s, typ) }
	for len(b) > 0 {
		msg, n, ok, err := s.messages.next(b, wanted)
		if err != nil || !ok {
			return err
		}
		b = b[n:]
		changed, err := o.follow(s, msg)
		if err != nil {
			return err
		}
		if changed && len(b) > 0 { // RFC 8446, section 5.1
			return fmt.Errorf("%w: %d bytes behind a change of keys", tlsrec.ErrUnexpected, len(b))
		}
	}
	return nil
}

// wanted tells whether the body of a message of s is read, not skipped.
func (o *Observer) wanted(s *side, typ uint8) bool {
	switch typ {
	case msgClientHello, msgServerHello:
		return !s.sealed && (!s.said || o.mayRetry(s))
	case msgEncryptedExtensions:
		return s.sealed && s.epoch == handshake
	case msgKeyUpdate:
		return s.sealed && s.epoch == application
	}
	return false
}

// follow acts on a message of s, and tells whether the keys of s change behind
// it.
func (o *Observer) follow(s *side, msg message) (changed bool, err error) {
	switch {
	case !s.sealed && (!s.said || o.mayRetry(s)) && s == o.client() && msg.typ == msgClientHello:
		return false, o.clientHello(s, msg.body)
	case !s.sealed && !s.said && s == o.server() && msg.typ == msgServerHello:
		return o.serverHello(s, msg.body)
	case !s.sealed && s.said && msg.typ != msgClientHello && msg.typ != msgServerHello && o.params != nil:
		return false, nil // the handshake of TLS 1.2
	case !s.sealed && o.mayRetry(s):
		return false, ErrOneHello // TLS 1.3 has no other plain message
	case !s.sealed:
		return false, fmt.Errorf("%w: handshake message %d", tlsrec.ErrUnexpected, msg.typ)
	case o.info.Version == tlsrec.VersionTLS13:
		return o.follow13(s, msg)
	}
	return false, o.follow12(s, msg)
}

// follow12 acts on a protected message of TLS 1.2: Finished, and behind it a
// HelloRequest, which a client may ignore (RFC 5246, section 7.4.1.1).
func (o *Observer) follow12(s *side, msg message) error {
	switch {
	case !s.finished && msg.typ == msgFinished:
		o.finished(s)
		return nil
	case !s.finished:
		return fmt.Errorf("%w: handshake message %d in place of Finished", tlsrec.ErrUnexpected, msg.typ)
	case s == o.server() && msg.typ == msgHelloRequest:
		return nil
	}
	return ErrRenegotiation
}

// follow13 acts on a protected message of TLS 1.3 (RFC 8446, section 4).
func (o *Observer) follow13(s *side, msg message) (changed bool, err error) {
	switch {
	case s.epoch == early && msg.typ == msgEndOfEarlyData:
		s.epoch, s.opener = handshake, nil
		return true, nil
	case s.epoch == early:
		return false, fmt.Errorf("%w: handshake message %d in 0-RTT", tlsrec.ErrUnexpected, msg.typ)
	case s.epoch == handshake && msg.typ == msgFinished:
		s.epoch, s.opener = application, nil
		o.finished(s)
		return true, nil
	case s.epoch == handshake && msg.typ == msgEncryptedExtensions && s == o.server():
		return false, o.encryptedExtensions(msg.body)
	case s.epoch == application && msg.typ == msgKeyUpdate:
		if len(msg.body) != 1 || msg.body[0] > 1 {
			return false, malformed("KeyUpdate")
		}
		return true, s.opener.Update()
	}
	return false, nil
}

// finished notes that s has sent its Finished.
func (o *Observer) finished(s *side) {
	s.finished = true
	if o.other(s).finished {
		o.establish(s)
	}
}

// clientHello takes the ClientHello, the second one, too, that follows a
// HelloRetryRequest.
func (o *Observer) clientHello(s *side, body []byte) error {
	hello, err := parseClientHello(body)
	if err != nil {
		return err
	}
	if s.said {
		o.info.Retried, o.info.Early = true, EarlyNone // by a HelloRetryRequest that is lost
	}
	s.said, o.identified = true, true
	o.info.ClientRandom, o.info.SNI, o.sessionID = hello.random, hello.sni, hello.sessionID
	if hello.early && !o.info.Retried {
		o.info.Early = EarlyUnknown
	}
	return nil
}

// serverHello takes the server's choice of version and suite, or its
// HelloRetryRequest. It tells whether the keys change behind it.
func (o *Observer) serverHello(s *side, body []byte) (changed bool, err error) {
	hello, err := parseServerHello(body)
	if err != nil {
		return false, err
	}
	o.info.Version, o.info.Suite = hello.version, hello.suite
	tls13 := hello.version == tlsrec.VersionTLS13
	if tls13 && hello.random == retryRandom {
		if o.info.Retried {
			return false, fmt.Errorf("%w: a second HelloRetryRequest", tlsrec.ErrUnexpected)
		}
		o.info.Retried, o.client().said = true, false
		if o.info.Early == EarlyUnknown {
			o.info.Early = EarlyRejected // RFC 8446, section 4.2.10
		}
		return false, nil
	}
	s.said = true
	o.serverRandom, o.info.ALPN = hello.random, hello.alpn
	o.info.Resumed = hello.psk
	switch {
	case !tls13:
		o.info.Resumed = len(o.sessionID) > 0 && bytes.Equal(hello.sessionID, o.sessionID)
		o.info.Early = EarlyNone
	case !hello.psk && o.info.Early == EarlyUnknown:
		o.info.Early = EarlyRejected // RFC 8446, section 4.2.10
	}
	o.sessionID = nil
	o.greet(s)
	if hello.version != tlsrec.VersionTLS12 && !tls13 {
		return false, fmt.Errorf("%w: %s", ErrVersion, tlsrec.VersionName(hello.version))
	}
	params := hello.suite.ForVersion(hello.version)
	if params == nil {
		return false, fmt.Errorf("%w: %v", tlsrec.ErrSuite, hello.suite)
	}
	if hello.compression != 0 {
		return false, fmt.Errorf("%w: %v with compression", tlsrec.ErrSuite, hello.suite)
	}
	o.params = params
	if tls13 {
		o.seal(s)
	}
	return tls13, nil
}

// seal notes that both sides protect what they send behind the hellos of TLS 1.3.
func (o *Observer) seal(server *side) {
	server.sealed, server.epoch = true, handshake
	o.sealClient()
}

// sealClient notes that the client protects what it sends from here on.
func (o *Observer) sealClient() {
	client := o.client()
	if client.sealed {
		return
	}
	client.sealed, client.epoch = true, handshake
	if o.info.Early != EarlyNone {
		client.epoch = early
	}
}

// greet finds Hello, once.
func (o *Observer) greet(s *side) {
	if !o.greeted {
		o.greeted = true
		o.emit(s, Finding{Kind: Hello, Info: &o.info})
	}
}

// mayRetry tells whether s is a client that may say hello again: a HelloRetryRequest
// may be lost.
func (o *Observer) mayRetry(s *side) bool {
	return s == o.client() && s.said && !o.info.Retried && o.params == nil && o.server().mute
}

// encryptedExtensions takes what the server answers to the client's ALPN and 0-RTT.
func (o *Observer) encryptedExtensions(body []byte) error {
	alpn, accepted, err := parseEncryptedExtensions(body)
	if err != nil {
		return err
	}
	o.info.ALPN, o.extensions = alpn, true
	switch {
	case o.info.Early != EarlyUnknown:
	case accepted:
		o.info.Early = EarlyAccepted
	default:
		o.info.Early = EarlyRejected
	}
	return nil
}
