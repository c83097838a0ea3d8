package ca_test

import (
	"crypto/ecdsa"
	"crypto/tls"
	"crypto/x509"
	"testing"

	"anytls-inspect/capture/ca"
)

// TestPair: a program can use the pair under each of its names, and whoever trusts the CA
// verifies it. Its key is not that of the leaves that the relay shows.
func TestPair(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	names := []string{"127.0.0.1", "::1", "localhost"}
	cert, key, err := authority.Pair(names...)
	if err != nil {
		t.Fatal(err)
	}
	pair, err := tls.X509KeyPair(cert, key)
	if err != nil {
		t.Fatal(err)
	}
	roots := x509.NewCertPool()
	if !roots.AppendCertsFromPEM(authority.PEM()) {
		t.Fatal("the CA is not in PEM")
	}
	for _, name := range names {
		if _, err := pair.Leaf.Verify(x509.VerifyOptions{Roots: roots, DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
	}
	if err := pair.Leaf.VerifyHostname("example.com"); err == nil {
		t.Error("it is for any name")
	}
	shown, err := authority.Certificate(&tls.ClientHelloInfo{ServerName: "localhost"})
	if err != nil {
		t.Fatal(err)
	}
	if pair.Leaf.PublicKey.(*ecdsa.PublicKey).Equal(shown.Leaf.PublicKey) {
		t.Error("the relay's leaves have the same key")
	}
}
