package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
)

// take handles one whole record of h, or sets h.wait and leaves it as it is. An
// error ends the direction.
func (t *Tap) take(h *half, record []byte) error {
	plainAlert := isPlainAlert(record) && (!h.sealed || t.info.Version == tlsrec.VersionTLS13 && h.epoch < application)
	switch {
	case plainAlert:
		return t.alert(h, record[tlsrec.HeaderLen:])
	case h.sealed:
		return t.takeSealed(h, record)
	}
	return t.takePlain(h, record)
}

// isPlainAlert reports whether b begins with an alert that nothing protects: one
// that is has a tag, and is longer.
func isPlainAlert(b []byte) bool {
	return tlsrec.ContentType(b[0]) == tlsrec.AlertRecord && tlsrec.RecordLen(b) == tlsrec.HeaderLen+2
}

// takePlain handles a record that nothing protects: those of the handshake,
// until the keys change.
func (t *Tap) takePlain(h *half, record []byte) error {
	typ, body := tlsrec.ContentType(record[0]), record[tlsrec.HeaderLen:]
	if t.mustHearOther(h) {
		h.wait = waitHello
		return nil
	}
	switch {
	case typ == tlsrec.Handshake && len(body) > 0 && len(body) <= tlsrec.MaxPlaintext:
		return t.handshake(h, body)
	case typ == tlsrec.Handshake:
		return fmt.Errorf("%w: a handshake record of %d bytes", ErrNotTLS, len(body))
	case typ == tlsrec.ChangeCipherSpec && isChange(body) && t.info.Version == tlsrec.VersionTLS12:
		h.sealed, h.epoch = true, application
		return nil
	case typ == tlsrec.ChangeCipherSpec && isChange(body) && t.info.Retried:
		return nil // for middleboxes: RFC 8446, appendix D.4
	case typ == tlsrec.ApplicationData && t.info.Retried && !h.said && h == t.client():
		h.unread += int64(len(record)) // 0-RTT that the HelloRetryRequest has refused
		return nil
	}
	return fmt.Errorf("%w: an unprotected record of type %d", tlsrec.ErrUnexpected, typ)
}

// mustHearOther reports whether the next plain record of h means nothing until
// the other side has said hello.
func (t *Tap) mustHearOther(h *half) bool {
	if h == t.client() {
		return h.said && !t.server().said
	}
	return !t.client().said
}

func isChange(body []byte) bool { return len(body) == 1 && body[0] == 1 }

// takeSealed handles a record that is protected.
func (t *Tap) takeSealed(h *half, record []byte) error {
	if t.info.Version == tlsrec.VersionTLS13 && tlsrec.ContentType(record[0]) == tlsrec.ChangeCipherSpec && isChange(record[tlsrec.HeaderLen:]) {
		return nil // for middleboxes: RFC 8446, appendix D.4
	}
	if h.epoch == early && h.opener == nil && !t.judgeEarly(h) {
		return nil
	}
	if err := t.obtain(h); err != nil || h.wait != waitNone {
		return err
	}
	if h.skipped != nil || h.epoch == early && t.info.Early == EarlyUnknown {
		return t.takeDoubtful(h, record)
	}
	typ, plaintext, err := h.opener.Open(record)
	if err != nil {
		return err
	}
	return t.deliver(h, typ, plaintext)
}

// obtain sees to it that h has the opener of its epoch, or waits for its key.
func (t *Tap) obtain(h *half) error {
	if h.opener != nil {
		return nil
	}
	opener, err := t.openerOf(h, h.epoch)
	if opener != nil || err != nil {
		h.opener = opener
		return err
	}
	if t.final {
		t.missKey(h)
		return ErrNoKey
	}
	h.wait = waitKey
	return nil
}

// openerOf returns an opener for an epoch of h, nil where the key is not known.
func (t *Tap) openerOf(h *half, e epoch) (*tlsrec.Opener, error) {
	secrets, _ := t.lookup(t.info.ClientRandom)
	secret := t.secret(&secrets, h, e)
	if secret == nil {
		return nil, nil
	}
	var keys, server tlsrec.Keys
	var err error
	if t.info.Version == tlsrec.VersionTLS13 {
		keys, err = tlsrec.TrafficKeys(t.info.Suite, secret)
	} else if keys, server, err = tlsrec.SessionKeys(t.info.Suite, secret, t.info.ClientRandom[:], t.serverRandom[:]); h == t.server() {
		keys = server
	}
	if err != nil {
		return nil, err
	}
	return tlsrec.NewOpener(keys), nil
}

// secret returns the secret of an epoch of h, nil where it is not known. One of
// a length that is not the suite's is not it: it may have been cut, at the end of
// a key log that is being written.
func (t *Tap) secret(secrets *keylog.Secrets, h *half, e epoch) []byte {
	secret := secrets.Get(t.label(h, e))
	if t.info.Version == tlsrec.VersionTLS13 && len(secret) != t.params.SecretLen() {
		return nil
	}
	return secret
}

// label returns what the key log calls the secret of an epoch of h.
func (t *Tap) label(h *half, e epoch) keylog.Label {
	fromClient := h == t.client()
	switch {
	case t.info.Version != tlsrec.VersionTLS13:
		return keylog.Master
	case e == early:
		return keylog.ClientEarly
	case e == handshake && fromClient:
		return keylog.ClientHandshake
	case e == handshake:
		return keylog.ServerHandshake
	case fromClient:
		return keylog.ClientTraffic
	}
	return keylog.ServerTraffic
}

// deliver handles what a protected record of h carried.
func (t *Tap) deliver(h *half, typ tlsrec.ContentType, plaintext []byte) error {
	switch typ {
	case tlsrec.ApplicationData:
		if h.epoch == handshake || t.info.Version == tlsrec.VersionTLS12 && !h.finished {
			return fmt.Errorf("%w: application data before Finished", tlsrec.ErrUnexpected)
		}
		t.establish(h)
		t.send(h, Event{Kind: Data, Data: plaintext, Early: h.epoch == early})
		return nil
	case tlsrec.AlertRecord:
		return t.alert(h, plaintext)
	case tlsrec.Handshake:
		return t.handshake(h, plaintext)
	}
	return fmt.Errorf("%w: a protected record of type %d", tlsrec.ErrUnexpected, typ)
}

func (t *Tap) alert(h *half, body []byte) error {
	if len(body) != 2 {
		return fmt.Errorf("%w: an alert of %d bytes", tlsrec.ErrUnexpected, len(body))
	}
	level, description := body[0], body[1]
	ends := tlsrec.AlertCloses(t.info.Version, level, description)
	first := ends && !t.closing
	t.send(h, Event{Kind: Alert, Level: level, Description: description, Closing: ends, First: first})
	if ends {
		t.closing = true
		h.state = closed
	}
	return nil
}
