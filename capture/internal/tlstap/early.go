package tlstap

import (
	"fmt"

	"anytls-inspect/capture/internal/tlsrec"
)

// maxSkipped is how many bytes of 0-RTT are skipped that are not to be opened,
// until what follows them has to open.
const maxSkipped = 256 << 10

// judgeEarly decides what becomes of the client's 0-RTT (RFC 8446, section
// 4.2.10): it is opened, or skipped, or has to wait; then it returns false.
func (t *Tap) judgeEarly(h *half) bool {
	if server := t.server(); t.info.Early == EarlyUnknown && server.epoch == handshake && !server.done() {
		h.wait = waitHello // for its EncryptedExtensions
		return false
	}
	if t.info.Early != EarlyRejected {
		secrets, _ := t.lookup(t.info.ClientRandom)
		if t.secret(&secrets, h, early) != nil {
			return true
		}
		// The key log is written in the order in which the secrets come to be.
		if t.secret(&secrets, h, handshake) == nil && !t.final {
			h.wait = waitKey
			return false
		}
	}
	h.epoch, h.skipped = handshake, &Gap{}
	return true
}

// takeDoubtful handles a record that may be one of 0-RTT which the server has
// rejected or whose key is not known, and so not of h's epoch. It tries it
// elsewhere than in place: a record that does not open is overwritten.
func (t *Tap) takeDoubtful(h *half, record []byte) error {
	if typ, plaintext, ok := t.probe(h.opener, record, h.opener.Seq()); ok {
		h.opener.SetSeq(h.opener.Seq() + 1)
		t.endSkipping(h)
		return t.deliver(h, typ, plaintext)
	}
	if h.epoch == early { // it was rejected, and the answer that said so is lost
		h.epoch, h.opener, h.skipped = handshake, nil, &Gap{}
		if err := t.obtain(h); err != nil || h.wait != waitNone {
			return err
		}
		return t.takeDoubtful(h, record)
	}
	if h.skipped.Wire+int64(len(record)) > maxSkipped {
		return fmt.Errorf("%w: nor do the %d bytes before it", tlsrec.ErrOpen, h.skipped.Wire)
	}
	h.skipped.Wire += int64(len(record))
	h.skipped.Records++
	h.skipped.Plaintext += int64(len(record) - h.opener.Overhead())
	h.unread += int64(len(record))
	return nil
}

// endSkipping emits what of 0-RTT was skipped without having been rejected.
func (t *Tap) endSkipping(h *half) {
	if h.skipped == nil {
		return
	}
	if h.skipped.Records > 0 && t.info.Early != EarlyRejected {
		t.send(h, Event{Kind: Lost, Gap: *h.skipped, Err: fmt.Errorf("%w: of 0-RTT", ErrNoKey)})
	}
	h.skipped = nil
}

// probe opens record as number seq into the tap's scratch, and leaves record as
// it is.
func (t *Tap) probe(o *tlsrec.Opener, record []byte, seq uint64) (typ tlsrec.ContentType, plaintext []byte, ok bool) {
	if t.scratch == nil {
		t.scratch = make([]byte, 0, tlsrec.MaxRecord)
	}
	return o.Try(t.scratch[:0], record, seq)
}
