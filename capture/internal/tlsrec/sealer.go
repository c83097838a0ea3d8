package tlsrec

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// A Sealer seals the records of one direction, in their order. One goroutine uses
// it at a time.
type Sealer struct{ protection }

// NewSealer returns a sealer for the first record that k protects, which must
// come from [TrafficKeys] or [SessionKeys].
func NewSealer(k Keys) *Sealer { return &Sealer{protection{Keys: k}} }

// Headroom returns how many bytes of a record stand before its plaintext: the
// header, and the explicit part of the nonce where the suite has one.
func (s *Sealer) Headroom() int { return HeaderLen + s.params.explicit }

// Overhead returns by how many bytes a record exceeds its plaintext, header
// included and padding apart.
func (s *Sealer) Overhead() int { return s.params.Overhead() }

// Seal appends one record that carries plaintext to dst, and returns the extended
// slice. It allocates only where dst has no room for len(plaintext) + Overhead
// bytes more.
//
// The plaintext may lie anywhere in the spare room of dst, and is then overwritten.
// Where it lies Headroom bytes past len(dst), which is its place in the record, it
// is not moved: so a record that an [Opener] has opened is sealed again in its
// buffer.
//
// Seal fails with [ErrUnexpected] where plaintext is longer than [MaxPlaintext];
// then it returns dst as it was.
func (s *Sealer) Seal(dst []byte, typ ContentType, plaintext []byte) ([]byte, error) {
	return s.SealPadded(dst, typ, plaintext, 0)
}

// SealPadded is Seal with so many bytes of padding (RFC 8446, section 5.4). It
// fails with [ErrUnexpected] where plaintext and padding together are longer than
// [MaxPlaintext], and for any padding in TLS 1.2.
func (s *Sealer) SealPadded(dst []byte, typ ContentType, plaintext []byte, padding int) ([]byte, error) {
	tls13 := s.params.version == VersionTLS13
	if padding < 0 || padding > MaxPlaintext || len(plaintext)+padding > MaxPlaintext || (padding > 0 && !tls13) {
		return dst, fmt.Errorf("%w: %d bytes and %d of padding in one record of %s",
			ErrUnexpected, len(plaintext), padding, VersionName(s.params.version))
	}
	start, size := len(dst), len(plaintext)+padding+s.params.Overhead()
	dst = slices.Grow(dst, size)[:start+size]
	record := dst[start:]
	body := record[s.Headroom() : size-tagLen]
	if len(plaintext) > 0 && &body[0] != &plaintext[0] {
		copy(body, plaintext)
	}
	outer := typ
	if tls13 {
		outer = ApplicationData
		body[len(plaintext)] = byte(typ)
		clear(body[len(plaintext)+1:])
	}
	record[0] = byte(outer)
	binary.BigEndian.PutUint16(record[1:], VersionTLS12) // in TLS 1.3, too
	binary.BigEndian.PutUint16(record[3:], uint16(size-HeaderLen))
	explicit := record[HeaderLen:s.Headroom()]
	if len(explicit) > 0 {
		binary.BigEndian.PutUint64(explicit, s.seq)
	}
	s.setNonce(s.seq, explicit)
	s.aead.Seal(body[:0], s.nonce[:], body, s.additional(record, s.seq, len(body)))
	s.seq++
	return dst, nil
}

// Update goes on to the next keys, as the sender of a KeyUpdate does right after it
// (RFC 8446, section 7.2). It fails with [ErrUnexpected] for TLS 1.2, which has no
// KeyUpdate.
func (s *Sealer) Update() error { return s.update() }

// Seq returns the sequence number of the record to be sealed next (RFC 8446,
// section 5.3).
func (s *Sealer) Seq() uint64 { return s.seq }

// SetSeq sets the sequence number of the record to be sealed next.
func (s *Sealer) SetSeq(n uint64) { s.seq = n }
