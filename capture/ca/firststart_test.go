package ca_test

import (
	"crypto/tls"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"anytls-inspect/capture/ca"
)

// starts is how many first starts there are, and starters how many processes each has.
// Goroutines stand in for processes: they share nothing but the directory.
const starts, starters = 60, 4

// firstStarts lets several start at once in a new directory, again and again. They must
// all end with the same, which last finds there too.
func firstStarts(t *testing.T, start func(dir string) (string, error), files ...string) {
	t.Helper()
	for range starts {
		dir := filepath.Join(t.TempDir(), "new")
		got, errs := make([]string, starters), make([]error, starters)
		var ready, done sync.WaitGroup
		ready.Add(starters)
		for i := range starters {
			done.Go(func() {
				ready.Done()
				ready.Wait()
				got[i], errs[i] = start(dir)
			})
		}
		done.Wait()
		last, err := start(dir)
		if err != nil {
			t.Fatal(err)
		}
		for i := range starters {
			if errs[i] != nil || got[i] != last {
				t.Fatalf("one has %s (%v), the next %s", got[i], errs[i], last)
			}
		}
		entries, err := os.ReadDir(dir)
		if err != nil || len(entries) != len(files) {
			t.Fatalf("the directory holds %v, %v; want %q", entries, err, files)
		}
		for i, file := range files {
			if entries[i].Name() != file {
				t.Fatalf("the directory holds %v, want %q", entries, files)
			}
		}
	}
}

// TestFirstStarts: any number of processes that make the CA at once make one, whose
// certificate and key belong together.
func TestFirstStarts(t *testing.T) {
	firstStarts(t, func(dir string) (string, error) {
		authority, err := ca.Open(dir)
		if err != nil {
			return "", err
		}
		_, err = tls.LoadX509KeyPair(filepath.Join(dir, "ca.pem"), filepath.Join(dir, "ca-key.pem"))
		return authority.Fingerprint(), err
	}, "ca-key.pem", "ca.pem")
}

// TestFirstFingerprintKeys: they make one key of fingerprints, too.
func TestFirstFingerprintKeys(t *testing.T) {
	seen := make(map[string]bool)
	firstStarts(t, func(dir string) (string, error) {
		key, err := ca.OpenFingerprintKey(dir)
		return string(key[:]), err
	}, "fingerprint.key")
	for range 2 {
		key, err := ca.OpenFingerprintKey(t.TempDir())
		if err != nil || key == [32]byte{} || seen[string(key[:])] {
			t.Errorf("the key %x is not random: %v", key, err)
		}
		seen[string(key[:])] = true
	}
}

// TestFingerprintKeyFile: the file is its user's alone, is read in either case of its
// digits, and is not replaced where it is damaged.
func TestFingerprintKeyFile(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "fingerprint.key")
	first, err := ca.OpenFingerprintKey(dir)
	if err != nil {
		t.Fatal(err)
	}
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("the file has mode %v, %v", info.Mode(), err)
	}
	for text, good := range map[string]bool{
		hexUpper(first) + "\n": true, hexUpper(first): true,
		"": false, strings.Repeat("0", 64): false, "00\n": false, "x" + hexUpper(first)[1:]: false, hexUpper(first) + "00": false,
	} {
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		key, err := ca.OpenFingerprintKey(dir)
		switch {
		case good && (err != nil || key != first):
			t.Errorf("%q is %x, %v", text, key, err)
		case !good && (err == nil || !strings.Contains(err.Error(), path+" is no random key") || !strings.Contains(err.Error(), "remove it")):
			t.Errorf("%q: %v", text, err)
		}
		if got, err := os.ReadFile(path); err != nil || string(got) != text {
			t.Errorf("%q was replaced by %q, %v", text, got, err)
		}
	}
}

func hexUpper(key [32]byte) string { return fmt.Sprintf("%X", key) }
