//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
)

// TestRecordingToTerminal: a capture is not written to a terminal.
func TestRecordingToTerminal(t *testing.T) {
	cmd := command(t, build(t), "demo", "-w", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	x := onTerminal(t, cmd)
	code := exitCode(t, cmd.Wait())
	<-x.screen.Over()
	if code != exitUsage || !strings.Contains(stderr.String(), "-w - would write a capture to the terminal") || x.screen.Raw() != "" {
		t.Errorf("exit code %d, %s, and on the terminal %q", code, &stderr, x.screen.Raw())
	}
}

// TestRecordingReaderLeaves: where who reads a recording from standard output ends, the relay
// goes on, and says so. That is no error.
func TestRecordingReaderLeaves(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, build(t), "relay", "-l", "127.0.0.1:0", "-s", serveEcho(t, authority, "secret"), "-k", "-w", "-")
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := bufio.NewReader(stderr)
	line, err := told.ReadString('\n')
	_, address, found := strings.Cut(line, "listening on ")
	if address, _, _ = strings.Cut(address, ";"); !found {
		t.Fatalf("told: %q, %v", line, err)
	}
	if _, err := io.ReadFull(stdout, make([]byte, 28)); err != nil { // the section header, at once
		t.Fatal(err)
	}
	_ = stdout.Close()
	if err := echoThrough(t, address, 1000); err != nil {
		t.Error(err)
	}
	if line, err := told.ReadString('\n'); !strings.Contains(line, "recording ended: ") || !strings.Contains(line, "broken pipe; the relay goes on") {
		t.Errorf("told: %q, %v", line, err)
	}
	if err := echoThrough(t, address, 1000); err != nil {
		t.Errorf("after it: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(told)
	if err := cmd.Wait(); err != nil {
		t.Errorf("it ends with %v: %s", err, rest)
	}
}

// TestRecordingReaderStands: where nobody reads a recording from standard output, a signal ends
// the run within a second. Of three runs the fastest counts: others may
// use the machine too.
func TestRecordingReaderStands(t *testing.T) {
	path := build(t)
	best := patience
	for i := 0; i < 3 && best > time.Second; i++ {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		fill(t, w) // there is no room
		cmd := command(t, path, "demo", "-w", "-")
		cmd.Stdout = w
		stderr, err := cmd.StderrPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := cmd.Start(); err != nil {
			t.Fatal(err)
		}
		told := bufio.NewReader(stderr)
		if line, err := told.ReadString('\n'); !strings.Contains(line, "listening on") {
			t.Fatalf("told: %q, %v", line, err)
		}
		began := time.Now()
		if err := cmd.Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		rest, _ := io.ReadAll(told)
		if code := exitCode(t, cmd.Wait()); code != exitFailed || !strings.Contains(string(rest), "recording ended: record: ") {
			t.Errorf("exit code %d, of a recording that is not whole: %s", code, rest)
		}
		best = min(best, time.Since(began))
		_, _ = r.Close(), w.Close()
	}
	if best > time.Second {
		t.Errorf("it ended %v after the signal", best)
	}
}
