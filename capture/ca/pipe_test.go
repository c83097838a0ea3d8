//go:build unix

package ca

import (
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestSecretIsNoPipe: a pipe in the place of a secret is refused, without waiting for who
// writes to it.
func TestSecretIsNoPipe(t *testing.T) {
	path := filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	read := make(chan error, 1)
	go func() {
		_, err := readSecret(path)
		read <- err
	}()
	select {
	case err := <-read:
		if err == nil || !strings.Contains(err.Error(), "is not a regular file") {
			t.Errorf("it is read: %v", err)
		}
	case <-time.After(10 * time.Second):
		t.Error("it waits for a writer")
	}
}
