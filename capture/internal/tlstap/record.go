package tlstap

import (
	"errors"
	"fmt"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
)

// take takes one whole record of s, or sets s.wait and leaves the record as it is.
// An error ends the side.
func (o *Observer) take(s *side, record []byte) error {
	plainAlert := isPlainAlert(record) && (!s.sealed || o.info.Version == tlsrec.VersionTLS13 && s.epoch < application)
	switch {
	case plainAlert:
		return o.alert(s, record[tlsrec.HeaderLen:], true)
	case s.sealed:
		return o.takeSealed(s, record)
	}
	return o.takePlain(s, record)
}

// isPlainAlert tells whether b begins with an alert that nothing protects: a
// protected one has a tag, and is longer.
func isPlainAlert(b []byte) bool {
	return tlsrec.ContentType(b[0]) == tlsrec.AlertRecord && tlsrec.RecordLen(b) == tlsrec.HeaderLen+2
}

// takePlain takes a record that nothing protects: one of the handshake, before the
// first change of keys.
func (o *Observer) takePlain(s *side, record []byte) error {
	typ, body := tlsrec.ContentType(record[0]), record[tlsrec.HeaderLen:]
	if o.mustHearOther(s) {
		s.wait = waitHello
		return nil
	}
	switch {
	case typ == tlsrec.Handshake && len(body) > 0 && len(body) <= tlsrec.MaxPlaintext:
		return o.handshake(s, body)
	case typ == tlsrec.Handshake:
		return fmt.Errorf("%w: a handshake record of %d bytes", ErrNotTLS, len(body))
	case typ == tlsrec.ChangeCipherSpec && isChange(body) && o.info.Version == tlsrec.VersionTLS12:
		s.sealed, s.epoch = true, application
		return nil
	case typ == tlsrec.ChangeCipherSpec && isChange(body) && (o.info.Retried || o.mayRetry(s)):
		return nil // for middleboxes: RFC 8446, appendix D.4
	case typ == tlsrec.ApplicationData && s == o.client() && s.said && o.params == nil:
		s.guess()
		return nil
	case typ == tlsrec.ApplicationData && o.info.Retried && !s.said && s == o.client():
		s.unread += int64(len(record)) // 0-RTT that the HelloRetryRequest has refused
		return nil
	}
	return fmt.Errorf("%w: an unprotected record of type %d", tlsrec.ErrUnexpected, typ)
}

// mustHearOther tells whether the next plain record of s has no meaning until the
// other side has said hello.
func (o *Observer) mustHearOther(s *side) bool {
	if s == o.client() {
		return s.said && !o.server().said && !o.server().mute
	}
	return !o.client().said && !o.client().mute
}

// isChange tells whether body is that of a ChangeCipherSpec.
func isChange(body []byte) bool { return len(body) == 1 && body[0] == 1 }

// takeSealed takes a protected record.
func (o *Observer) takeSealed(s *side, record []byte) error {
	if o.info.Version == tlsrec.VersionTLS13 && tlsrec.ContentType(record[0]) == tlsrec.ChangeCipherSpec && isChange(record[tlsrec.HeaderLen:]) {
		return nil // for middleboxes: RFC 8446, appendix D.4
	}
	if !o.identified {
		s.guess()
		return nil
	}
	if s.epoch == early && s.opener == nil && !o.judgeEarly(s) {
		return nil
	}
	if err := o.obtain(s); err != nil || s.wait != waitNone || s.search != nil {
		return err
	}
	if s.skipped != nil || s.epoch == early && o.info.Early != EarlyAccepted {
		return o.takeDoubtful(s, record)
	}
	typ, plaintext, err := s.opener.Open(record)
	if err != nil {
		if errors.Is(err, tlsrec.ErrOpen) || len(record) < s.opener.Overhead() {
			return o.orDamaged(s, err)
		}
		return err
	}
	return o.deliver(s, typ, plaintext)
}

// obtain gives s the opener of its epoch, or makes it wait for the key. It fails
// where no key will come. Where only the handshake's will not, s looks for the place
// where the next one is used.
func (o *Observer) obtain(s *side) error {
	if s.opener != nil {
		return nil
	}
	opener, err := o.openerOf(s, s.epoch)
	if opener != nil || err != nil {
		s.opener = opener
		return err
	}
	if s.epoch == handshake {
		// A key log has the secrets in the order in which they are derived.
		if next, err := o.openerOf(s, application); next != nil || err != nil {
			o.missExtensions(s)
			s.search = &search{cause: ErrNoKey, dropped: -1}
			return err
		}
	}
	if o.final {
		o.missKey(s, false)
		return ErrNoKey
	}
	s.wait = waitKey
	return nil
}

// openerOf returns an opener for the first record of an epoch of s, nil where its
// secret is not known.
func (o *Observer) openerOf(s *side, e epoch) (*tlsrec.Opener, error) {
	secrets, _ := o.lookup(o.info.ClientRandom)
	return o.agreed().opener(o, s, e, &keylog.Session{Random: o.info.ClientRandom, Secrets: secrets})
}

// deliver takes what a protected record of s carried.
func (o *Observer) deliver(s *side, typ tlsrec.ContentType, plaintext []byte) error {
	switch typ {
	case tlsrec.ApplicationData:
		if s.epoch == handshake || o.info.Version == tlsrec.VersionTLS12 && !s.finished {
			return fmt.Errorf("%w: application data before Finished", tlsrec.ErrUnexpected)
		}
		if !s.spoke {
			client := o.client()
			s.spoke = client.finished || client.mute || !client.open()
		}
		o.establish(s)
		o.emit(s, Finding{Kind: Data, Data: plaintext, Early: s.epoch == early})
		return nil
	case tlsrec.AlertRecord:
		return o.alert(s, plaintext, false)
	case tlsrec.Handshake:
		return o.handshake(s, plaintext)
	}
	return fmt.Errorf("%w: a protected record of type %d", tlsrec.ErrUnexpected, typ)
}

// alert takes an alert (RFC 8446, section 6). plain says that nothing protects it.
func (o *Observer) alert(s *side, body []byte, plain bool) error {
	if len(body) != 2 {
		return fmt.Errorf("%w: an alert of %d bytes", tlsrec.ErrUnexpected, len(body))
	}
	level, description := body[0], body[1]
	ends := tlsrec.AlertCloses(o.info.Version, level, description)
	first := ends && !o.closing
	o.emit(s, Finding{Kind: Alert, Level: level, Description: description, Closing: ends, First: first, Plain: plain})
	if ends {
		o.closing = true
		s.state = closed
	}
	return nil
}
