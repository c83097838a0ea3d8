package ca_test

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
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

// TestOnlyKey: a process that ended between the two files has spoilt nothing. The next
// one makes the certificate of that key, and passes over what else was left behind.
func TestOnlyKey(t *testing.T) {
	dir := t.TempDir()
	if _, err := ca.Open(dir); err != nil {
		t.Fatal(err)
	}
	keyPath, certPath := filepath.Join(dir, "ca-key.pem"), filepath.Join(dir, "ca.pem")
	key, err := os.ReadFile(keyPath)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(os.Remove(certPath), os.WriteFile(certPath+".123", []byte("-----BEG"), 0o600)); err != nil {
		t.Fatal(err)
	}
	first, err := ca.Open(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got, err := os.ReadFile(keyPath); err != nil || !bytes.Equal(got, key) {
		t.Errorf("the key was changed: %v", err)
	}
	if again, err := ca.Open(dir); err != nil || again.Fingerprint() != first.Fingerprint() {
		t.Errorf("the CA changed: %v", err)
	}
}

// TestKeyForOthers: a secret that others can read is not used. The error has the command
// that mends it.
func TestKeyForOthers(t *testing.T) {
	for file, open := range map[string]func(dir string) error{
		"ca-key.pem":      func(dir string) error { _, err := ca.Open(dir); return err },
		"fingerprint.key": func(dir string) error { _, err := ca.OpenFingerprintKey(dir); return err },
	} {
		for _, mode := range []fs.FileMode{0o640, 0o604, 0o620, 0o601} {
			t.Run(fmt.Sprintf("%s %o", file, mode), func(t *testing.T) {
				dir := filepath.Join(t.TempDir(), "user's files")
				if err := open(dir); err != nil {
					t.Fatal(err)
				}
				path := filepath.Join(dir, file)
				if err := os.Chmod(path, mode); err != nil {
					t.Fatal(err)
				}
				mend := "chmod 600 '" + strings.ReplaceAll(path, "'", `'\''`) + "'"
				err := open(dir)
				if err == nil || !strings.HasSuffix(err.Error(), mend) || !strings.Contains(err.Error(), fmt.Sprintf("%04o", mode)) {
					t.Fatalf("error: %v; want one that ends with %s", err, mend)
				}
				if out, err := exec.CommandContext(t.Context(), "sh", "-c", mend).CombinedOutput(); err != nil {
					t.Fatalf("%s: %v: %s", mend, err, out)
				}
				if err := open(dir); err != nil {
					t.Errorf("mended, but: %v", err)
				}
			})
		}
	}
}
