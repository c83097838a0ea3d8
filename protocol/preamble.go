package protocol

import (
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
	// Show its [Fingerprint] instead.
	Hash    [sha256.Size]byte
	Padding uint16 // length of padding0, in bytes
}

// HashPassword returns the credential that goes on the wire for password.
func HashPassword(password string) [sha256.Size]byte {
	return sha256.Sum256([]byte(password))
}

// Fingerprint names a credential without giving it away. It is the first 8 hex
// digits of the SHA-256 of the hash.
func Fingerprint(hash [sha256.Size]byte) string {
	sum := sha256.Sum256(hash[:])
	return hex.EncodeToString(sum[:4])
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
