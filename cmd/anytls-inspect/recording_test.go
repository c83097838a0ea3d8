//go:build unix

package main

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"os"
	"os/exec"
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

// TestRecordingAtTheEnd: a run that nobody ends by a signal waits for a recording that is
// slow to take its last bytes. Here that is a pipe named as a descriptor, as >(command) is,
// whose reader begins only once the program says that it waits. A signal ends the wait.
func TestRecordingAtTheEnd(t *testing.T) {
	path := build(t)
	for _, tc := range []struct {
		name string
		then func(t *testing.T, cmd *exec.Cmd, pipe *os.File)
		want string // of standard error; empty: all is recorded
	}{
		{"read in the end", func(t *testing.T, _ *exec.Cmd, pipe *os.File) {
			file := filepath.Join(t.TempDir(), "rec.pcapng")
			recorded, err := io.ReadAll(pipe) // until the program ends
			if err := errors.Join(err, os.WriteFile(file, recorded, 0o600)); err != nil {
				t.Fatal(err)
			}
			out, err := command(t, path, "replay", file, "-o", "json").Output()
			if err != nil || !bytes.Contains(out, []byte(`"event":"session-close"`)) || bytes.Contains(out, []byte("gap")) {
				t.Errorf("the recording, replayed: %v, %d bytes", err, len(out))
			}
		}, ""},
		{"a signal", func(t *testing.T, cmd *exec.Cmd, _ *os.File) {
			if err := cmd.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
		}, "recording ended: record: /dev/fd/3 did not take the last "},
	} {
		t.Run(tc.name, func(t *testing.T) {
			reader, writer, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = reader.Close() }()
			cmd := command(t, path, "demo", "-o", "quiet", "--duration", "500ms", "-w", "/dev/fd/3")
			cmd.ExtraFiles = []*os.File{writer}
			told, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(cmd.Start(), writer.Close()); err != nil {
				t.Fatal(err)
			}
			var all strings.Builder
			lines := bufio.NewScanner(told)
			for lines.Scan() && !strings.Contains(lines.Text(), "the recording takes its last bytes") {
				all.WriteString(lines.Text() + "\n")
			}
			tc.then(t, cmd, reader)
			for lines.Scan() {
				all.WriteString(lines.Text() + "\n")
			}
			err = cmd.Wait()
			if tc.want == "" && (err != nil || strings.Contains(all.String(), "recording")) {
				t.Errorf("exit: %v\n%s", err, all.String())
			}
			if tc.want != "" && (err == nil || !strings.Contains(all.String(), tc.want)) {
				t.Errorf("exit: %v\n%s", err, all.String())
			}
		})
	}
}
