package protocol_test

import (
	"bytes"
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

// TestFingerprint holds that a fingerprint names a credential and does not
// contain any of it.
func TestFingerprint(t *testing.T) {
	hash := protocol.HashPassword("password")
	// sha256sum of the 32 bytes of passwordHash.
	const want = "73641c99"
	if got := protocol.Fingerprint(hash); got != want {
		t.Errorf("Fingerprint = %q, want %q", got, want)
	}
	if bytes.Contains(hash[:], unhex(t, want)) {
		t.Error("the fingerprint is a part of the credential")
	}
}
