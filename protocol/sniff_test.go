package protocol_test

import (
	"crypto/sha256"
	"encoding/binary"
	"testing"

	"anytls-inspect/protocol"
)

func TestIsOtherProtocol(t *testing.T) {
	tests := []struct {
		name, bytes string
		want        bool
	}{
		{"an HTTP request", "GET / HTTP/1.1\r\n", true},
		{"a method and no more", "CONNECT ", true},
		{"HTTP/2", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", true},
		{"a method with what is not text after it", "POST \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff", true},
		{"text of another kind, long enough", "SSH-2.0-OpenSSH_9.7 and a comment", true},
		{"text of another kind, too short to tell", "EHLO a.example.com", false},
		{"a PROXY header", "PROXY TCP4 ", true},
		{"a part of one", "PROXY", false},
		{"a PROXY header of version 2", "\r\n\r\n\x00\r\nQUIT\n\x21", true},
		{"a part of one of version 2", "\r\n\r\n\x00\r\nQUIT", false},
		{"SSH", "SSH-2.0-x", true},
		{"a TLS handshake", "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03", true},
		{"a part of one", "\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03", false},
		{"a TLS record of another kind", "\x17\x03\x03\x00\xc8\x01\x00\x00\xc4\x03\x03", false},
		{"a part of a method", "GET", false},
		{"a method in small letters", "get / http/1.1\r\n", false},
		{"nothing", "", false},
		{"31 bytes of text, then none", "0123456789012345678901234567890\x00\x00", false},
	}
	for _, test := range tests {
		if got := protocol.IsOtherProtocol([]byte(test.bytes)); got != test.want {
			t.Errorf("%s: %v, want %v", test.name, got, test.want)
		}
	}
}

// TestHashesAreNoOtherProtocol holds that credentials pass.
func TestHashesAreNoOtherProtocol(t *testing.T) {
	var password [4]byte
	for i := range uint32(100_000) {
		binary.BigEndian.PutUint32(password[:], i)
		hash := sha256.Sum256(password[:])
		if protocol.IsOtherProtocol(hash[:]) {
			t.Fatalf("the credential %x is taken for another protocol", hash)
		}
	}
}

// FuzzIsOtherProtocol holds that once bytes are not AnyTLS, no more bytes make
// them so: the answer does not depend on how they were cut.
func FuzzIsOtherProtocol(f *testing.F) {
	f.Add([]byte("GET / HTTP/1.1\r\nHost: example.com\r\n"))
	f.Add([]byte("GET \xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff"))
	f.Add([]byte("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\n"))
	f.Add([]byte("\x16\x03\x01\x00\xc8\x01\x00\x00\xc4\x03\x03"))
	f.Fuzz(func(t *testing.T, b []byte) {
		was := false
		for n := range len(b) + 1 {
			is := protocol.IsOtherProtocol(b[:n])
			if was && !is {
				t.Fatalf("%q is another protocol, %q is not", b[:n-1], b[:n])
			}
			was = is
		}
	})
}
