package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestKeyLogMode: the secrets are for their user alone, in a file that was there
// before too.
func TestKeyLogMode(t *testing.T) {
	t.Setenv("SSLKEYLOGFILE", "")
	path := filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // what the test is about
		t.Fatal(err)
	}
	log, closeLog, err := openKeyLog(path, func(s string) { t.Errorf("warned: %s", s) })
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Write([]byte("after\n")); err != nil {
		t.Error(err)
	}
	closeLog()
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 {
		t.Errorf("mode %v, %v", info.Mode(), err)
	}
	if got, err := os.ReadFile(path); err != nil || string(got) != "before\nafter\n" {
		t.Errorf("it holds %q, %v", got, err)
	}
}

// TestKeyLogFull: a full disk is told once, and ends no handshake.
func TestKeyLogFull(t *testing.T) {
	const full = "/dev/full"
	if _, err := os.Stat(full); errors.Is(err, fs.ErrNotExist) {
		t.Fatal("there is no " + full)
	}
	var warnings []string
	log, closeLog, err := openKeyLog(full, func(s string) { warnings = append(warnings, s) })
	if err != nil {
		t.Fatal(err)
	}
	defer closeLog()
	for range 3 {
		if n, err := log.Write([]byte("secret\n")); n != 7 || err != nil {
			t.Errorf("Write: %d, %v", n, err)
		}
	}
	if len(warnings) != 1 || !strings.Contains(warnings[0], "no space left") {
		t.Errorf("warnings: %q", warnings)
	}
}
