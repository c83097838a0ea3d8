package tlstap

import (
	"bytes"
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// handshake handles the body of a handshake record of h.
func (t *Tap) handshake(h *half, b []byte) error {
	wanted := func(typ uint8) bool { return t.wanted(h, typ) }
	for len(b) > 0 {
		msg, n, ok, err := h.messages.next(b, wanted)
		if err != nil || !ok {
			return err
		}
		b = b[n:]
		changed, err := t.follow(h, msg)
		if err != nil {
			return err
		}
		if changed && len(b) > 0 { // RFC 8446, section 5.1
			return fmt.Errorf("%w: %d bytes behind a change of keys", tlsrec.ErrUnexpected, len(b))
		}
	}
	return nil
}

// wanted reports whether a message is read, not only noted.
func (t *Tap) wanted(h *half, typ uint8) bool {
	switch typ {
	case msgClientHello, msgServerHello:
		return !h.sealed && !h.said
	case msgEncryptedExtensions:
		return h.sealed && h.epoch == handshake
	case msgKeyUpdate:
		return h.sealed && h.epoch == application
	}
	return false
}

// follow acts on a message of h, and reports whether h has new keys behind it.
func (t *Tap) follow(h *half, msg message) (changed bool, err error) {
	switch {
	case !h.sealed && !h.said && h == t.client() && msg.typ == msgClientHello:
		return false, t.clientHello(h, msg.body)
	case !h.sealed && !h.said && h == t.server() && msg.typ == msgServerHello:
		return t.serverHello(h, msg.body)
	case !h.sealed && h.said && msg.typ != msgClientHello && msg.typ != msgServerHello && t.params != nil:
		return false, nil // the handshake of TLS 1.2
	case !h.sealed:
		return false, fmt.Errorf("%w: handshake message %d", tlsrec.ErrUnexpected, msg.typ)
	case t.info.Version == tlsrec.VersionTLS13:
		return t.follow13(h, msg)
	}
	return false, t.follow12(h, msg)
}

// follow12 acts on a protected message of TLS 1.2: Finished, and then
// HelloRequests, which need not be followed (RFC 5246, section 7.4.1.1).
func (t *Tap) follow12(h *half, msg message) error {
	switch {
	case !h.finished && msg.typ == msgFinished:
		t.finished(h)
		return nil
	case !h.finished:
		return fmt.Errorf("%w: handshake message %d in place of Finished", tlsrec.ErrUnexpected, msg.typ)
	case h == t.server() && msg.typ == msgHelloRequest:
		return nil
	}
	return ErrRenegotiation
}

// follow13 acts on a protected message of TLS 1.3 (RFC 8446, section 4).
func (t *Tap) follow13(h *half, msg message) (changed bool, err error) {
	switch {
	case h.epoch == early && msg.typ == msgEndOfEarlyData:
		h.epoch, h.opener = handshake, nil
		return true, nil
	case h.epoch == early:
		return false, fmt.Errorf("%w: handshake message %d in 0-RTT", tlsrec.ErrUnexpected, msg.typ)
	case h.epoch == handshake && msg.typ == msgFinished:
		h.epoch, h.opener = application, nil
		t.finished(h)
		return true, nil
	case h.epoch == handshake && msg.typ == msgEncryptedExtensions && h == t.server():
		return false, t.encryptedExtensions(msg.body)
	case h.epoch == application && msg.typ == msgKeyUpdate:
		if len(msg.body) != 1 || msg.body[0] > 1 {
			return false, malformed("KeyUpdate")
		}
		return true, h.opener.Update()
	}
	return false, nil
}

// finished notes h's Finished.
func (t *Tap) finished(h *half) {
	h.finished = true
	if t.other(h).finished {
		t.establish(h)
	}
}

func (t *Tap) clientHello(h *half, body []byte) error {
	hello, err := parseClientHello(body)
	if err != nil {
		return err
	}
	h.said = true
	t.info.ClientRandom, t.info.SNI, t.sessionID = hello.random, hello.sni, hello.sessionID
	if hello.early && !t.info.Retried {
		t.info.Early = EarlyUnknown
	}
	return nil
}

// serverHello agrees on version and suite, or asks for another ClientHello.
func (t *Tap) serverHello(h *half, body []byte) (changed bool, err error) {
	hello, err := parseServerHello(body)
	if err != nil {
		return false, err
	}
	t.info.Version, t.info.Suite = hello.version, hello.suite
	tls13 := hello.version == tlsrec.VersionTLS13
	if tls13 && hello.random == retryRandom {
		if t.info.Retried {
			return false, fmt.Errorf("%w: a second HelloRetryRequest", tlsrec.ErrUnexpected)
		}
		t.info.Retried, t.client().said = true, false
		if t.info.Early == EarlyUnknown {
			t.info.Early = EarlyRejected // RFC 8446, section 4.2.10
		}
		return false, nil
	}
	h.said = true
	t.serverRandom, t.info.ALPN = hello.random, hello.alpn
	t.info.Resumed = hello.psk
	switch {
	case !tls13:
		t.info.Resumed = len(t.sessionID) > 0 && bytes.Equal(hello.sessionID, t.sessionID)
		t.info.Early = EarlyNone
	case !hello.psk && t.info.Early == EarlyUnknown:
		t.info.Early = EarlyRejected // RFC 8446, section 4.2.10
	}
	t.sessionID = nil
	t.send(h, Event{Kind: Hello, Info: &t.info})
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
	t.params = params
	if tls13 {
		t.seal(h)
	}
	return tls13, nil
}

// seal notes that both sides protect what they send from here on (TLS 1.3).
func (t *Tap) seal(server *half) {
	client := t.client()
	client.sealed, server.sealed = true, true
	client.epoch, server.epoch = handshake, handshake
	if t.info.Early != EarlyNone {
		client.epoch = early
	}
}

func (t *Tap) encryptedExtensions(body []byte) error {
	alpn, accepted, err := parseEncryptedExtensions(body)
	if err != nil {
		return err
	}
	t.info.ALPN, t.extensions = alpn, true
	switch {
	case t.info.Early != EarlyUnknown:
	case accepted:
		t.info.Early = EarlyAccepted
	default:
		t.info.Early = EarlyRejected
	}
	return nil
}
