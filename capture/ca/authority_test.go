package ca_test

import (
	"crypto/tls"
	"crypto/x509"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture/ca"
)

// TestAuthority: made on first use, with a key that only its user can read; the
// same from then on.
func TestAuthority(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "new")
	first, err := ca.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	for path, want := range map[string]fs.FileMode{dir: 0o700, filepath.Join(dir, "ca-key.pem"): 0o600} {
		info, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		if got := info.Mode().Perm(); got != want {
			t.Errorf("%s has mode %o, want %o", path, got, want)
		}
	}
	again, err := ca.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if first.Fingerprint() != again.Fingerprint() {
		t.Error("the CA changed")
	}
	entries, err := os.ReadDir(dir)
	if err != nil || len(entries) != 2 {
		t.Errorf("the directory holds %v, %v; want two files", entries, err)
	}
}

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

// TestBrokenAuthority: what is wrong is said, with the file; nothing is replaced.
func TestBrokenAuthority(t *testing.T) {
	for _, tc := range []struct {
		name  string
		files map[string]string
		want  string
	}{
		{"garbage", map[string]string{"ca.pem": "x", "ca-key.pem": "y"}, "ca.pem"},
		{"only the key", map[string]string{"ca-key.pem": "y"}, "ca-key.pem"},
		{"only the certificate", map[string]string{"ca.pem": "y"}, "ca.pem"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dir := t.TempDir()
			for name, text := range tc.files {
				if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
					t.Fatal(err)
				}
			}
			_, err := ca.Open(dir)
			if err == nil || !strings.Contains(err.Error(), tc.want) || !strings.Contains(err.Error(), "remove") {
				t.Errorf("error: %v", err)
			}
			for name, text := range tc.files {
				if got, err := os.ReadFile(filepath.Join(dir, name)); err != nil || string(got) != text {
					t.Errorf("%s was changed: %q, %v", name, got, err)
				}
			}
		})
	}
}
