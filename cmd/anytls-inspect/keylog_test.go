package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/synctest"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// testOutputs returns outputs, and what becomes of their warnings.
func testOutputs(t *testing.T) (out *outputs, warnings func() string) {
	t.Helper()
	var buf bytes.Buffer
	s := newStdio(nil, nil, &buf)
	out = &outputs{warner: newWarner(s), journal: journal.New(journal.Limits{}, session.Config{})}
	return out, func() string {
		s.err.queue.flush(patience)
		return buf.String()
	}
}

// TestKeyLogMode: the secrets are for their user alone, in a file that was there
// before too.
func TestKeyLogMode(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.log")
	if err := os.WriteFile(path, []byte("before\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(path, 0o644); err != nil { //nolint:gosec // what the test is about
		t.Fatal(err)
	}
	out, warnings := testOutputs(t)
	log, closeLog, err := openKeyLog(t.Context(), path, out)
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
	if w := warnings(); w != "" || out.err() != nil {
		t.Errorf("warnings: %q, %v", w, out.err())
	}
}

// TestKeyLogFull: a full disk is told once, ends no handshake, and is in the totals.
func TestKeyLogFull(t *testing.T) {
	out, warnings := testOutputs(t)
	log, closeLog, err := openKeyLog(t.Context(), "/dev/full", out)
	if err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if n, err := log.Write([]byte("secret\n")); n != 7 || err != nil {
			t.Errorf("Write: %d, %v", n, err)
		}
	}
	closeLog()
	if w := warnings(); strings.Count(w, "no space left") != 1 || strings.Count(w, "\n") != 1 || strings.Contains(w, "secret\n") {
		t.Errorf("warnings: %q", w)
	}
	if err := out.err(); err == nil || !strings.Contains(err.Error(), "key log") {
		t.Errorf("the run ends with %v", err)
	}
	if failed := out.journal.Totals().Outputs; len(failed) != 1 || failed[0].Output != journal.KeyLogFile || failed[0].Reason != "/dev/full: no space left on device" {
		t.Errorf("the totals have %+v", failed)
	}
}

// TestKeyLogBlocked: a pipe whose reader stands still holds up no handshake. What has no
// room is told once, and the end does not wait for long.
func TestKeyLogBlocked(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		out, warnings := testOutputs(t)
		pipe := newStuckPipe()
		defer pipe.open()
		l := &keyLog{path: "keys", outputs: out}
		l.queue = &queue{out: newPatientWriter(pipe), room: maxUnlogged, failed: l.fail}
		line := bytes.Repeat([]byte("x"), 1<<10)
		for range 2 * maxUnlogged / len(line) {
			if n, err := l.Write(line); n != len(line) || err != nil {
				t.Fatalf("Write: %d, %v", n, err)
			}
		}
		l.queue.flush(blockedAfter)
		if w := warnings(); strings.Count(w, "\n") != 1 || !strings.Contains(w, "key log: keys: it takes nothing, and too many secrets wait") {
			t.Errorf("warnings: %q", w)
		}
	})
}

// TestOutputLinks: a link in the place of an output is not followed, but for the system's
// own links to the descriptors of a process.
func TestOutputLinks(t *testing.T) {
	dir := t.TempDir()
	other, link := filepath.Join(dir, "other"), filepath.Join(dir, "link")
	if err := os.WriteFile(other, []byte("precious"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(other, link); err != nil {
		t.Fatal(err)
	}
	out, _ := testOutputs(t)
	if _, _, err := openKeyLog(t.Context(), link, out); err == nil || !strings.Contains(err.Error(), link+" is a symbolic link, which is not followed") {
		t.Errorf("the key log: %v", err)
	}
	if err := exportCA(link, []byte("pem")); err == nil || !strings.Contains(err.Error(), "symbolic link") {
		t.Errorf("ca --export: %v", err)
	}
	if got, err := os.ReadFile(other); err != nil || string(got) != "precious" {
		t.Errorf("what the link leads to holds %q, %v", got, err)
	}
}

// TestKeyLogVanished: a key log that was removed while it was written is told of.
func TestKeyLogVanished(t *testing.T) {
	path := filepath.Join(t.TempDir(), "keys.log")
	out, warnings := testOutputs(t)
	log, closeLog, err := openKeyLog(t.Context(), path, out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Write([]byte("secret\n")); err != nil {
		t.Error(err)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	closeLog()
	if w := warnings(); !strings.Contains(w, path+" was removed while it was written") || !out.has(journal.KeyLogFile) {
		t.Errorf("warnings: %q", w)
	}
}
