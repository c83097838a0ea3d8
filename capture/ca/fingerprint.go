package ca

import (
	"crypto/rand"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
)

// fingerprintKeyFile holds the key as hex digits.
const fingerprintKeyFile = "fingerprint.key"

// OpenFingerprintKey reads the key of the fingerprints by which credentials are shown,
// and makes it on first use, in a file of mode 0600 in dir. It makes dir, too. With one
// key, equal credentials have equal fingerprints; without it nobody can find a password
// by its fingerprint in a list of words.
func OpenFingerprintKey(dir string) (key [32]byte, err error) {
	path := filepath.Join(dir, fingerprintKeyFile)
	text, err := readSecret(path)
	if errors.Is(err, fs.ErrNotExist) {
		if text, err = makeFingerprintKey(dir, path); err != nil {
			err = fmt.Errorf("make the key of fingerprints: %w", err)
		}
	}
	if err != nil {
		return key, err
	}
	raw, err := hex.DecodeString(strings.TrimSpace(string(text)))
	// Zeros are what a damaged disk leaves, and no secret.
	if err != nil || len(raw) != len(key) || [32]byte(raw) == key {
		return key, fmt.Errorf("%s is no random key of %d hex digits: remove it to make a new one", path, hex.EncodedLen(len(key)))
	}
	return [32]byte(raw), nil
}

// makeFingerprintKey makes the file, and returns what it holds: a key of ours, or of
// whoever was faster.
func makeFingerprintKey(dir, path string) ([]byte, error) {
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return nil, err
	}
	var key [32]byte
	_, _ = rand.Read(key[:]) // never fails
	if err := create(path, []byte(hex.EncodeToString(key[:])+"\n"), 0o600); err != nil {
		return nil, err
	}
	return readSecret(path)
}
