package tlsrec

import (
	"encoding/binary"
	"fmt"
	"slices"
)

// A Sealer seals the records of one direction, in their order. It is for one
// goroutine.
type Sealer struct{ protection }

// NewSealer returns a sealer for the first record that k protects, which must
// come from [TrafficKeys] or [SessionKeys].
func NewSealer(k Keys) *Sealer { return &Sealer{protection{Keys: k}} }

// Headroom returns how many bytes of a record precede its plaintext's place.
func (s *Sealer) Headroom() int { return HeaderLen + s.params.explicit }

// Overhead returns by how many bytes a record exceeds its plaintext, header
// included and padding apart.
func (s *Sealer) Overhead() int { return s.params.Overhead() }

// Seal appends to dst one record that carries plaintext, and returns the
// extended slice. It allocates only where dst has no room for len(plaintext) +
// Overhead bytes more.
//
// The plaintext may lie in dst's spare room, anywhere, and is then overwritten;
// where it lies at its own place, Headroom bytes past len(dst), it is sealed
// without being moved. So a record that an [Opener] has opened is sealed again
// in the buffer it came in.
//
// It fails with [ErrUnexpected] where plaintext is longer than [MaxPlaintext].
func (s *Sealer) Seal(dst []byte, typ ContentType, plaintext []byte) ([]byte, error) {
	return s.SealPadded(dst, typ, plaintext, 0)
}

// SealPadded is Seal with that many bytes of padding, which only TLS 1.3 has.
// Plaintext and padding together are at most [MaxPlaintext].
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
	binary.BigEndian.PutUint16(record[1:], VersionTLS12) // what TLS 1.3 has there, too
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

// Update goes on to the next keys, as the sender of a KeyUpdate does right after
// it (RFC 8446, section 7.2). It fails for TLS 1.2, which has none.
func (s *Sealer) Update() error { return s.update() }

// Seq returns the sequence number of the record to be sealed next.
func (s *Sealer) Seq() uint64 { return s.seq }

// SetSeq sets the sequence number of the record to be sealed next.
func (s *Sealer) SetSeq(n uint64) { s.seq = n }
