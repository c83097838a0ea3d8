package ca_test

import (
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"fmt"
	"net"
	"strings"
	"testing"

	"anytls-inspect/capture/ca"
)

// TestLeaf: each name gets a certificate that the CA's pool verifies.
func TestLeaf(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"example.com", "127.0.0.1", "::1"} {
		cert, err := authority.Certificate(&tls.ClientHelloInfo{ServerName: name})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: authority.Pool(), DNSName: name}); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		again, err := authority.Certificate(&tls.ClientHelloInfo{ServerName: name})
		if err != nil || again != cert {
			t.Errorf("%s: issued a second time: %v", name, err)
		}
	}
}

// TestLeafWithoutName: a name that can't stand in a certificate is no reason to
// refuse a client, which may not verify it.
func TestLeafWithoutName(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"", "bücher.example", "\x1b[31m\x80", strings.Repeat("long.", 1000)} {
		cert, err := authority.Certificate(&tls.ClientHelloInfo{ServerName: name})
		if err != nil {
			t.Errorf("%.20q: %v", name, err)
			continue
		}
		if _, err := cert.Leaf.Verify(x509.VerifyOptions{Roots: authority.Pool()}); err != nil {
			t.Errorf("%.20q: %v", name, err)
		}
	}
}

// Hellos of clients, as far as they say what the clients can verify.
var (
	modern = tls.ClientHelloInfo{
		SupportedVersions: []uint16{tls.VersionTLS13, tls.VersionTLS12},
		CipherSuites:      []uint16{tls.TLS_AES_128_GCM_SHA256, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		SignatureSchemes:  []tls.SignatureScheme{tls.PSSWithSHA256, tls.ECDSAWithP256AndSHA256, tls.PKCS1WithSHA256},
		SupportedCurves:   []tls.CurveID{tls.X25519, tls.CurveP256},
		SupportedPoints:   []uint8{0},
	}
	only12 = []uint16{tls.VersionTLS12}
)

// TestLeafSuitsClient: a client gets a leaf with a key that it can use; one that can use
// both gets ECDSA.
func TestLeafSuitsClient(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		change  func(*tls.ClientHelloInfo)
		wantRSA bool
	}{
		{"any", func(*tls.ClientHelloInfo) {}, false},
		{"any, with a name that can't stand in a certificate", func(h *tls.ClientHelloInfo) { h.ServerName = "b\u00fccher.example" }, false},
		{"TLS 1.2", func(h *tls.ClientHelloInfo) { h.SupportedVersions = only12 }, false},
		{"RSA signatures only", func(h *tls.ClientHelloInfo) {
			h.SignatureSchemes = []tls.SignatureScheme{tls.PSSWithSHA256, tls.PKCS1WithSHA256}
		}, true},
		{"RSA and another curve's ECDSA", func(h *tls.ClientHelloInfo) {
			h.SignatureSchemes = []tls.SignatureScheme{tls.ECDSAWithP384AndSHA384, tls.PSSWithSHA256}
		}, true},
		{"TLS 1.2 with suites of RSA", func(h *tls.ClientHelloInfo) {
			h.SupportedVersions, h.CipherSuites = only12, []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}
		}, true},
		{"TLS 1.2 without curves", func(h *tls.ClientHelloInfo) {
			h.SupportedVersions, h.SupportedCurves = only12, nil
			h.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}, true},
		{"RSA key exchange without signatures", func(h *tls.ClientHelloInfo) {
			h.SupportedVersions, h.SignatureSchemes = only12, nil
			h.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}
		}, true},
		{"Ed25519 only", func(h *tls.ClientHelloInfo) { h.SignatureSchemes = []tls.SignatureScheme{tls.Ed25519} }, false},
		{"nothing", func(h *tls.ClientHelloInfo) { *h = tls.ClientHelloInfo{} }, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			hello := modern
			hello.ServerName = "example.com"
			tc.change(&hello)
			cert, err := authority.Certificate(&hello)
			if err != nil {
				t.Fatal(err)
			}
			if _, isRSA := cert.PrivateKey.(*rsa.PrivateKey); isRSA != tc.wantRSA {
				t.Errorf("the key is %T, want RSA: %t", cert.PrivateKey, tc.wantRSA)
			}
			if again, err := authority.Certificate(&hello); err != nil || again != cert {
				t.Errorf("issued a second time: %v", err)
			}
		})
	}
}

// TestHandshakes: clients that verify get through, whatever key they ask for, to a server
// that the same CA equips.
func TestHandshakes(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		version, suite uint16
		wantRSA        bool
	}{
		{version: tls.VersionTLS13},
		{version: tls.VersionTLS12},
		{tls.VersionTLS12, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, false},
		{tls.VersionTLS12, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, true},
		{tls.VersionTLS12, tls.TLS_RSA_WITH_AES_128_GCM_SHA256, true},
	} {
		t.Run(fmt.Sprintf("%s %s", tls.VersionName(tc.version), tls.CipherSuiteName(tc.suite)), func(t *testing.T) {
			clientCfg := &tls.Config{ServerName: "example.com", RootCAs: authority.Pool(), MaxVersion: tc.version, MinVersion: tc.version}
			serverCfg := &tls.Config{GetCertificate: authority.Certificate}
			if tc.suite != 0 {
				clientCfg.CipherSuites, serverCfg.CipherSuites = []uint16{tc.suite}, []uint16{tc.suite}
			}
			clientConn, serverConn := net.Pipe()
			client, server := tls.Client(clientConn, clientCfg), tls.Server(serverConn, serverCfg)
			served := make(chan error, 1)
			go func() { served <- server.HandshakeContext(t.Context()) }() // until the client is through, or the pipe is closed
			clientErr := client.HandshakeContext(t.Context())
			if clientErr != nil {
				_ = clientConn.Close()
			}
			if err := <-served; clientErr != nil || err != nil {
				t.Fatalf("client: %v, server: %v", clientErr, err)
			}
			_ = clientConn.Close()
			_ = serverConn.Close()
			leaf := client.ConnectionState().PeerCertificates[0]
			switch leaf.PublicKey.(type) {
			case *rsa.PublicKey:
				if !tc.wantRSA {
					t.Error("the leaf's key is RSA")
				}
			case *ecdsa.PublicKey:
				if tc.wantRSA {
					t.Error("the leaf's key is ECDSA")
				}
			default:
				t.Errorf("the leaf's key is %T", leaf.PublicKey)
			}
		})
	}
}
