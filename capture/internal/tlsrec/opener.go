package tlsrec

import "fmt"

// An Opener opens the records of one direction, in their order. One goroutine uses
// it at a time.
type Opener struct{ protection }

// NewOpener returns an opener for the first record that k protects, which must
// come from [TrafficKeys] or [SessionKeys].
func NewOpener(k Keys) *Opener { return &Opener{protection{Keys: k}} }

// Open opens one whole record, header included, in place: the plaintext aliases
// record, whose bytes are overwritten, also where Open fails. Of a TLS 1.3 record,
// typ is the inner type, and the plaintext is without the padding (RFC 8446,
// section 5.4).
//
// It fails with [ErrUnexpected] where record is not one whole record, or can't be a
// protected one, and with [ErrOpen] where it does not open with these keys at this
// sequence number. A record that does not open is not counted.
func (o *Opener) Open(record []byte) (typ ContentType, plaintext []byte, err error) {
	if fault := o.fault(record); fault != "" {
		return 0, nil, fmt.Errorf("%w: %s", ErrUnexpected, fault)
	}
	body := record[HeaderLen+o.params.explicit:]
	plaintext, ok := o.decrypt(body[:0], record, o.seq)
	if !ok {
		return 0, nil, fmt.Errorf("%w: number %d, %d bytes", ErrOpen, o.seq, len(record))
	}
	o.seq++
	typ, plaintext, ok = o.inner(record, plaintext)
	if !ok {
		return 0, nil, fmt.Errorf("%w: a record without a content type", ErrUnexpected)
	}
	if len(plaintext) > MaxPlaintext {
		return 0, nil, fmt.Errorf("%w: %d bytes in one record", ErrUnexpected, len(plaintext))
	}
	return typ, plaintext, nil
}

// fault says why record can't be a protected one, "" where it can.
func (o *Opener) fault(record []byte) string {
	if len(record) < HeaderLen || len(record) != RecordLen(record) {
		return "not one whole record"
	}
	switch {
	case len(record) < o.params.Overhead():
		return fmt.Sprintf("a protected record of %d bytes", len(record))
	case len(record) > o.params.MaxRecord():
		return fmt.Sprintf("a record of %d bytes", len(record))
	case o.params.version == VersionTLS13 && ContentType(record[0]) != ApplicationData:
		return fmt.Sprintf("an unprotected record of type %d", record[0])
	}
	return ""
}

// Try tells whether record opens as number seq, whichever number comes next, and
// appends its plaintext to dst. It changes neither record nor the opener's number.
// The spare room of dst must not overlap record. Where the plaintext does not fit
// into it, Try allocates.
func (o *Opener) Try(dst, record []byte, seq uint64) (typ ContentType, plaintext []byte, ok bool) {
	if o.fault(record) != "" {
		return 0, nil, false
	}
	if plaintext, ok = o.decrypt(dst, record, seq); !ok {
		return 0, nil, false
	}
	typ, plaintext, ok = o.inner(record, plaintext)
	return typ, plaintext, ok && len(plaintext) <= MaxPlaintext
}

// decrypt tells whether record, which has no fault, opens as number seq, and
// appends what it holds, inner type and padding included, to dst. The spare room of
// dst may be the body of record. Where decrypt fails, it is overwritten.
func (o *Opener) decrypt(dst, record []byte, seq uint64) (plaintext []byte, ok bool) {
	explicit := record[HeaderLen : HeaderLen+o.params.explicit]
	body := record[HeaderLen+o.params.explicit:]
	o.setNonce(seq, explicit)
	plaintext, err := o.aead.Open(dst, o.nonce[:], body, o.additional(record, seq, len(body)-tagLen))
	return plaintext, err == nil
}

// inner returns the type and the content of what record held: in TLS 1.3, behind
// the content come its type and the padding (RFC 8446, section 5.2). It returns
// false where there is no type.
func (o *Opener) inner(record, plaintext []byte) (ContentType, []byte, bool) {
	if o.params.version != VersionTLS13 {
		return ContentType(record[0]), plaintext, true
	}
	for i := len(plaintext) - 1; i >= 0; i-- {
		if plaintext[i] != 0 {
			return ContentType(plaintext[i]), plaintext[:i], true
		}
	}
	return 0, nil, false
}

// Next returns an opener for the first record behind the next KeyUpdate (RFC 8446,
// section 7.2), and leaves o as it is. It fails with [ErrUnexpected] for TLS 1.2,
// which has no KeyUpdate.
func (o *Opener) Next() (*Opener, error) {
	keys, err := o.next()
	if err != nil {
		return nil, err
	}
	return NewOpener(keys), nil
}

// Update goes on to the next keys, as the receiver of a KeyUpdate does (RFC 8446,
// section 7.2). It fails with [ErrUnexpected] for TLS 1.2, which has no KeyUpdate.
func (o *Opener) Update() error { return o.update() }

// Seq returns the sequence number of the record to be opened next (RFC 8446,
// section 5.3).
func (o *Opener) Seq() uint64 { return o.seq }

// SetSeq sets the sequence number of the record to be opened next.
func (o *Opener) SetSeq(n uint64) { o.seq = n }

// Overhead returns by how many bytes a record exceeds its plaintext, header
// included and padding apart.
func (o *Opener) Overhead() int { return o.params.Overhead() }
