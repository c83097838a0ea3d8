package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// maxSkipped is how many bytes of 0-RTT that can't be opened are skipped at most.
// What follows them has to open.
const maxSkipped = 256 << 10

// judgeEarly decides what becomes of the client's 0-RTT (RFC 8446, section 4.2.10):
// it is opened or skipped. It returns false where that has to wait.
func (o *Observer) judgeEarly(s *side) bool {
	if server := o.server(); o.info.Early == EarlyUnknown && server.epoch == handshake && !server.done() && !s.impatient {
		s.wait = waitAnswer // in its EncryptedExtensions
		return false
	}
	if o.info.Early != EarlyRejected {
		secrets, _ := o.lookup(o.info.ClientRandom)
		agreed := o.agreed()
		if agreed.secret(&secrets, s, early) != nil {
			return true
		}
		// A key log has the secrets in the order in which they are derived: where
		// the next one is there, this one will not come.
		if agreed.secret(&secrets, s, handshake) == nil && !o.final {
			s.wait = waitKey
			return false
		}
	}
	s.epoch, s.skipped = handshake, &Gap{}
	return true
}

// takeDoubtful takes a record that may be of the epoch of s, or else 0-RTT that the
// server has rejected, or whose key is not known. It does not open it in place,
// which would overwrite a record that does not open.
func (o *Observer) takeDoubtful(s *side, record []byte) error {
	if typ, plaintext, ok := o.tryOpen(s.opener, record, s.opener.Seq()); ok {
		s.opener.SetSeq(s.opener.Seq() + 1)
		o.endSkipping(s)
		return o.deliver(s, typ, plaintext)
	}
	if s.epoch == early { // rejected, by an answer that was lost
		s.epoch, s.opener, s.skipped = handshake, nil, &Gap{}
		return o.takeSealed(s, record)
	}
	if s.skipped.Wire+int64(len(record)) > maxSkipped {
		return fmt.Errorf("%w: nor do the %d bytes before it", tlsrec.ErrOpen, s.skipped.Wire)
	}
	s.skipped.Wire += int64(len(record))
	s.skipped.Records++
	s.skipped.Plaintext += int64(len(record) - s.opener.Overhead())
	s.unread += int64(len(record))
	return nil
}

// endSkipping says how much 0-RTT was skipped that the server had not rejected.
func (o *Observer) endSkipping(s *side) {
	if s.skipped == nil {
		return
	}
	if s.skipped.Records > 0 && o.info.Early != EarlyRejected {
		o.emit(s, Finding{Kind: Lost, Gap: *s.skipped, Err: fmt.Errorf("%w: of 0-RTT", ErrNoKey)})
	}
	s.skipped = nil
}

// tryOpen tells whether record opens as number seq. It opens it into the observer's
// scratch, and leaves record as it is.
func (o *Observer) tryOpen(opener *tlsrec.Opener, record []byte, seq uint64) (typ tlsrec.ContentType, plaintext []byte, ok bool) {
	if o.scratch == nil {
		o.scratch = make([]byte, 0, tlsrec.MaxRecord)
	}
	return opener.Try(o.scratch[:0], record, seq)
}
