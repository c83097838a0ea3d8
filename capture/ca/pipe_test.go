//go:build unix

package ca

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// TestSecretIsNoPipe: a pipe in the place of a secret is refused, without waiting for who
// writes to it.
func TestSecretIsNoPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	// Nobody writes to it: who waits for that does so until the test's own time is up.
	_, err := readSecret(path)
	if err == nil || !strings.Contains(err.Error(), "is not a regular file") {
		t.Errorf("it is read: %v", err)
	}
}
