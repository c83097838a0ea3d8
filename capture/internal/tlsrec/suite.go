package tlsrec

import (
	"crypto/aes"
	"crypto/cipher"
	"crypto/sha256"
	"crypto/sha512"
	"crypto/tls"
	"fmt"
	"hash"

	"golang.org/x/crypto/chacha20poly1305"
)

// The versions of TLS that are opened.
const (
	VersionTLS12 uint16 = tls.VersionTLS12
	VersionTLS13 uint16 = tls.VersionTLS13
)

// A Suite is a cipher suite, by its IANA number.
type Suite uint16

// The suites that are opened and sealed.
const (
	AES128GCMSHA256        Suite = 0x1301 // TLS 1.3
	AES256GCMSHA384        Suite = 0x1302
	ChaCha20Poly1305SHA256 Suite = 0x1303

	RSAWithAES128GCM        Suite = 0x009c // TLS 1.2
	RSAWithAES256GCM        Suite = 0x009d
	ECDHEECDSAWithAES128GCM Suite = 0xc02b
	ECDHEECDSAWithAES256GCM Suite = 0xc02c
	ECDHERSAWithAES128GCM   Suite = 0xc02f
	ECDHERSAWithAES256GCM   Suite = 0xc030
	ECDHERSAWithChaCha20    Suite = 0xcca8
	ECDHEECDSAWithChaCha20  Suite = 0xcca9
)

// String returns the suite's IANA name, or its number, such as "0xC0AC", where the
// name is not known.
func (s Suite) String() string {
	switch s {
	case 0x1304: // TLS 1.3's others, which crypto/tls has no names for
		return "TLS_AES_128_CCM_SHA256"
	case 0x1305:
		return "TLS_AES_128_CCM_8_SHA256"
	}
	return tls.CipherSuiteName(uint16(s))
}

// VersionName returns the name of a version of TLS, such as "TLS 1.3".
func VersionName(version uint16) string { return tls.VersionName(version) }

// SuiteParams are how a suite protects records.
type SuiteParams struct {
	version  uint16
	hash     func() hash.Hash
	hashLen  int
	keyLen   int
	ivLen    int // of the part of the nonce that is derived
	explicit int // length of the part that each record carries (RFC 5288, section 3)
	aead     func(key []byte) (cipher.AEAD, error)
}

var (
	aes128TLS13 = SuiteParams{VersionTLS13, sha256.New, 32, 16, 12, 0, newGCM}
	aes256TLS13 = SuiteParams{VersionTLS13, sha512.New384, 48, 32, 12, 0, newGCM}
	chachaTLS13 = SuiteParams{VersionTLS13, sha256.New, 32, 32, 12, 0, chacha20poly1305.New}
	aes128TLS12 = SuiteParams{VersionTLS12, sha256.New, 32, 16, 4, 8, newGCM}
	aes256TLS12 = SuiteParams{VersionTLS12, sha512.New384, 48, 32, 4, 8, newGCM}
	chachaTLS12 = SuiteParams{VersionTLS12, sha256.New, 32, 32, 12, 0, chacha20poly1305.New}
)

func newGCM(key []byte) (cipher.AEAD, error) {
	block, err := aes.NewCipher(key)
	if err != nil {
		return nil, err
	}
	return cipher.NewGCM(block)
}

// params returns how the suite protects records, nil where it is not supported.
func (s Suite) params() *SuiteParams {
	switch s {
	case AES128GCMSHA256:
		return &aes128TLS13
	case AES256GCMSHA384:
		return &aes256TLS13
	case ChaCha20Poly1305SHA256:
		return &chachaTLS13
	case RSAWithAES128GCM, ECDHEECDSAWithAES128GCM, ECDHERSAWithAES128GCM:
		return &aes128TLS12
	case RSAWithAES256GCM, ECDHEECDSAWithAES256GCM, ECDHERSAWithAES256GCM:
		return &aes256TLS12
	case ECDHERSAWithChaCha20, ECDHEECDSAWithChaCha20:
		return &chachaTLS12
	}
	return nil
}

// ForVersion returns how the suite protects the records of a connection of that
// version. It returns nil where the suite is not supported, or not one of that
// version: a hello may pair any two.
func (s Suite) ForVersion(version uint16) *SuiteParams {
	if p := s.params(); p != nil && p.version == version {
		return p
	}
	return nil
}

// Overhead returns by how many bytes a record exceeds its plaintext, header
// included and padding apart.
func (p *SuiteParams) Overhead() int {
	n := HeaderLen + p.explicit + tagLen
	if p.version == VersionTLS13 {
		n++ // the inner content type
	}
	return n
}

// SecretLen returns the length of a traffic secret of the suite in bytes, which is
// that of its hash (RFC 8446, section 7.1).
func (p *SuiteParams) SecretLen() int { return p.hashLen }

// MaxRecord returns the length of the longest record that the version allows, in
// bytes, header included.
func (p *SuiteParams) MaxRecord() int {
	if p.version == VersionTLS13 {
		return MaxRecord13
	}
	return MaxRecord
}

// tagLen is the length of the tag of each AEAD.
const tagLen = 16

func suiteFault(s Suite) error { return fmt.Errorf("%w: %v", ErrSuite, s) }
