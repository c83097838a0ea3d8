package protocol

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/binary"
	"encoding/hex"
)

// PreambleLen is the length of the auth preamble without padding0, in bytes.
const PreambleLen = sha256.Size + 2

// A Preamble is what a client sends first after the TLS handshake (section
// Authentication): the credential, and the length of padding0, which follows.
type Preamble struct {
	// Hash is sha256(password). It is the credential: whoever has it can log in.
	// Show its fingerprint instead: [FingerprintKey.Of].
	Hash    [sha256.Size]byte
	Padding uint16 // length of padding0, in bytes
}

// HashPassword returns the credential that goes on the wire for password.
func HashPassword(password string) [sha256.Size]byte {
	return sha256.Sum256([]byte(password))
}

// A FingerprintKey is the secret by which credentials are named. Whoever has it can
// find a password by its fingerprint in a list of words; without it nobody can. The zero
// key is no secret.
type FingerprintKey [32]byte

// Of returns the fingerprint of a credential, which names it without giving it away:
// the first 8 hex digits of the HMAC-SHA256 of the hash. With one key, equal credentials
// have equal fingerprints, and others nearly always different ones.
func (k *FingerprintKey) Of(hash [sha256.Size]byte) string {
	mac := hmac.New(sha256.New, k[:])
	_, _ = mac.Write(hash[:]) // never fails
	return hex.EncodeToString(mac.Sum(nil)[:4])
}

// ParsePreamble decodes the preamble at the start of b. It does not look at
// padding0. ok is false where b is shorter than [PreambleLen].
func ParsePreamble(b []byte) (p Preamble, ok bool) {
	if len(b) < PreambleLen {
		return Preamble{}, false
	}
	copy(p.Hash[:], b)
	p.Padding = binary.BigEndian.Uint16(b[sha256.Size:])
	return p, true
}

// Append appends the preamble and a padding0 of zeros to dst and returns the
// extended slice.
func (p Preamble) Append(dst []byte) []byte {
	dst = append(dst, p.Hash[:]...)
	dst = binary.BigEndian.AppendUint16(dst, p.Padding)
	return append(dst, make([]byte, p.Padding)...)
}
