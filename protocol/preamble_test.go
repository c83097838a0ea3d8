package protocol_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"testing"

	"anytls-inspect/protocol"
)

// The SHA-256 of "password", as sha256sum computes it.
const passwordHash = "5e884898da28047151d0e56f8dc6292773603d0d6aabbdd62a11ef721d1542d8"

func TestPreambleWireForm(t *testing.T) {
	p := protocol.Preamble{Hash: protocol.HashPassword("password"), Padding: 3}
	want := unhex(t, passwordHash+"0003 000000")
	got := p.Append([]byte("before"))
	if string(got) != "before"+string(want) {
		t.Errorf("wire form\n%x, want\n%x", got, want)
	}
	if back, ok := protocol.ParsePreamble(want); !ok || back != p {
		t.Errorf("ParsePreamble(%x) = %+v, %v", want, back, ok)
	}
	if back, ok := protocol.ParsePreamble(want[:protocol.PreambleLen-1]); ok || back != (protocol.Preamble{}) {
		t.Errorf("a preamble without its last byte: %+v, %v", back, ok)
	}
}

// TestFingerprint holds that a fingerprint names a credential by the key, does not
// contain any of it, and can't be found without the key.
func TestFingerprint(t *testing.T) {
	hash := protocol.HashPassword("password")
	key := protocol.FingerprintKey(unhex(t, strings.Repeat("0f", 32)))
	// The 32 bytes of passwordHash: openssl dgst -sha256 -mac HMAC -macopt hexkey:0f…
	const want = "f2c89813"
	if got := key.Of(hash); got != want {
		t.Errorf("the fingerprint is %q, want %q", got, want)
	}
	if key.Of(protocol.HashPassword("password")) != want || key.Of(protocol.HashPassword("Password")) == want {
		t.Error("equal credentials must have equal fingerprints, and others different ones")
	}
	key[31]++
	if key.Of(hash) == want {
		t.Error("the fingerprint does not depend on the key")
	}
	if bare := sha256.Sum256(hash[:]); hex.EncodeToString(bare[:4]) == want {
		t.Error("the fingerprint is the hash of the credential")
	}
	if bytes.Contains(hash[:], unhex(t, want)) {
		t.Error("the fingerprint is a part of the credential")
	}
}
