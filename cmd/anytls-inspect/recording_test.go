//go:build unix

package main

import (
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
)

// TestBlockedRecording: a recording into a pipe that nobody reads does not stop the
// traffic, is told once, and does not keep a signal from ending the relay within a
// second. Of three runs the fastest counts: others may use the machine too.
func TestBlockedRecording(t *testing.T) {
	path := build(t)
	for _, tc := range []struct {
		name string
		size int    // how many bytes are echoed
		told string // of the recording
	}{
		{"more than waits to be written", 16 << 20, " is stuck: "},
		{"less", 256 << 10, " did not take the last "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			best := patience
			for i := 0; i < 3 && best > time.Second; i++ {
				best = min(best, relayBlocked(t, path, tc.size, tc.told))
			}
			if best > time.Second {
				t.Errorf("the relay ended %v after the signal", best)
			}
		})
	}
}

// relayBlocked has a relay echo so many bytes while its recording is blocked, ends it
// with a signal, and returns how long that took.
func relayBlocked(t *testing.T, path string, size int, told string) time.Duration {
	t.Helper()
	serverCA, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	fifo := filepath.Join(t.TempDir(), "fifo")
	if err := syscall.Mkfifo(fifo, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(fifo, os.O_RDONLY|syscall.O_NONBLOCK, 0) // that never reads
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	cmd := command(t, path, "relay", "-l", "127.0.0.1:0", "-s", serveEcho(t, serverCA, "secret"), "-k", "-o", "json", "-w", fifo)
	address, lines, stderr := listening(t, cmd)
	all := new(strings.Builder)
	printed := make(chan struct{})
	go func() { // until the relay ends
		defer close(printed)
		for lines.Scan() {
			all.WriteString(lines.Text() + "\n")
		}
	}()
	if err := echoThrough(t, address, size); err != nil {
		t.Error(err)
	}
	began := time.Now()
	if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	<-printed
	_ = cmd.Wait()
	took := time.Since(began)
	if n := strings.Count(stderr.String(), "recording ended: record: "+fifo+told); n != 1 {
		t.Errorf("told %d times: %s", n, stderr)
	}
	if n := strings.Count(all.String(), `"code":"recording-failed"`); n != 1 {
		t.Errorf("%d diagnostics", n)
	}
	if !strings.Contains(all.String(), `{"event":"summary"`) {
		t.Error("there is no summary")
	}
	return took
}
