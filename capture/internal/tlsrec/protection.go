package tlsrec

import "encoding/binary"

// A protection is the state that openers and sealers share: the keys, the sequence
// number of the next record, and room for nonce and additional data. The AEAD takes
// the latter by reference: as local variables, each record would allocate them.
type protection struct {
	Keys
	seq   uint64
	nonce [12]byte
	aad   [13]byte
}

// setNonce makes the nonce of record number seq (RFC 8446, section 5.3; RFC 7905,
// section 2). Where the record carries a part of it, that is explicit (RFC 5288,
// section 3).
func (p *protection) setNonce(seq uint64, explicit []byte) {
	p.nonce = p.iv
	if len(explicit) > 0 {
		copy(p.nonce[4:], explicit)
		return
	}
	tail := p.nonce[4:]
	binary.BigEndian.PutUint64(tail, binary.BigEndian.Uint64(tail)^seq)
}

// additional returns what is authenticated beside the plaintext: in TLS 1.3 the
// record's header (RFC 8446, section 5.2); in TLS 1.2 sequence number, type,
// version and the length of the plaintext (RFC 5246, section 6.2.3.3).
func (p *protection) additional(header []byte, seq uint64, plaintext int) []byte {
	if p.params.version == VersionTLS13 {
		copy(p.aad[:], header[:HeaderLen])
		return p.aad[:HeaderLen]
	}
	binary.BigEndian.PutUint64(p.aad[:], seq)
	copy(p.aad[8:], header[:3])
	binary.BigEndian.PutUint16(p.aad[11:], uint16(plaintext))
	return p.aad[:]
}

// update goes on to the next keys, whose first record is number 0.
func (p *protection) update() error {
	next, err := p.next()
	if err != nil {
		return err
	}
	p.Keys, p.seq = next, 0
	return nil
}
