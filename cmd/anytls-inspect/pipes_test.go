//go:build unix

package main

import (
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// newPipe makes a named pipe.
func newPipe(t *testing.T) (path string) {
	t.Helper()
	path = filepath.Join(t.TempDir(), "pipe")
	if err := syscall.Mkfifo(path, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// TestKeyLogPipe: a named pipe needs a reader, and opening it does not wait for one.
func TestKeyLogPipe(t *testing.T) {
	path := newPipe(t)
	out, _ := testOutputs(t)
	if _, _, err := openKeyLog(t.Context(), path, out); err == nil || !strings.Contains(err.Error(), "start its reader first") {
		t.Errorf("without a reader: %v", err)
	}
	reader, err := os.OpenFile(path, os.O_RDWR, 0) // waits for nobody
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	log, closeLog, err := openKeyLog(t.Context(), path, out)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := log.Write([]byte("secret\n")); err != nil {
		t.Error(err)
	}
	got := make([]byte, 16)
	if n, err := reader.Read(got); err != nil || string(got[:n]) != "secret\n" {
		t.Errorf("the pipe has %q, %v", got[:n], err)
	}
	closeLog()
}

// TestSignalBeforeRun: a signal that comes while a command still reads what its flags name
// ends it at once, as the system would: there is nothing yet that could end in good order.
func TestSignalBeforeRun(t *testing.T) {
	// Where the tests run with SIGINT ignored, as in the background of a shell, a child
	// would inherit that.
	interrupts := make(chan os.Signal, 1)
	signal.Notify(interrupts, os.Interrupt)
	defer signal.Stop(interrupts)
	path := build(t)
	pipe := newPipe(t)
	for _, args := range [][]string{
		{"ping", "127.0.0.1:1", "--password-file", pipe},
		{"ping", "127.0.0.1:1", "-p", "x", "--server-ca", pipe},
		{"relay", "-l", "127.0.0.1:0", "-s", "127.0.0.1:1", "--server-ca", pipe},
		{"relay", "--route", pipe},
	} {
		t.Run(strings.Join(args[:1], " "), func(t *testing.T) {
			cmd := command(t, path, args...)
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			w := openWriter(t, pipe) // the process has opened it, too
			defer func() { _ = w.Close() }()
			if err := cmd.Process.Signal(os.Interrupt); err != nil {
				t.Fatal(err)
			}
			var exit *exec.ExitError
			if err := cmd.Wait(); !errors.As(err, &exit) {
				t.Fatalf("it ended with %v", err)
			}
			if status, ok := exit.Sys().(syscall.WaitStatus); !ok || status.Signal() != syscall.SIGINT {
				t.Errorf("it ended with %v", exit)
			}
		})
	}
}

// TestSignalWhileOpening: a signal ends a replay in good order, within a second, while the
// opening of its capture or its key log waits for who writes that. Of three runs the fastest
// counts: others may use the machine too.
func TestSignalWhileOpening(t *testing.T) {
	path := build(t)
	pipe, silent := newPipe(t), newPipe(t)
	for _, tc := range []struct {
		name string
		args []string
	}{
		{"second capture", []string{"replay", pipe, silent}},
		{"key log", []string{"replay", pipe, "--keylog", silent}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			best := patience
			for i := 0; i < 3 && best > time.Second; i++ {
				cmd := command(t, path, tc.args...)
				var stderr bytes.Buffer
				cmd.Stderr = &stderr
				if err := cmd.Start(); err != nil {
					t.Fatal(err)
				}
				w := openWriter(t, pipe) // the process has opened it, too
				defer func() { _ = w.Close() }()
				began := time.Now()
				if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
					t.Fatal(err)
				}
				err := cmd.Wait()
				best = min(best, time.Since(began))
				if err != nil {
					t.Errorf("it ends with %v: %s", err, &stderr)
				}
			}
			if best > time.Second {
				t.Errorf("it ended %v after the signal", best)
			}
		})
	}
}

// openWriter opens a named pipe to write to, which waits for its reader.
func openWriter(t *testing.T, pipe string) *os.File {
	t.Helper()
	giveUp := time.AfterFunc(patience, func() {
		if r, err := os.OpenFile(pipe, os.O_RDONLY|syscall.O_NONBLOCK, 0); err == nil {
			_ = r.Close()
		}
	})
	w, err := os.OpenFile(pipe, os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	if !giveUp.Stop() {
		t.Fatal("nobody reads the pipe")
	}
	return w
}

// TestSignalWhileKeysAreAwaited: a key log that is a pipe whose writer stands still does not
// keep a signal from ending a replay.
func TestSignalWhileKeysAreAwaited(t *testing.T) {
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	pipe := newPipe(t)
	w, err := os.OpenFile(pipe, os.O_RDWR, 0) // waits for nobody
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = w.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	s := newStdio(nil, io.Discard, &stderr)
	ended := make(chan error, 1)
	go func() { // until ctx ends
		ended <- runReplay(ctx, s, replayConfig{
			names: []string{"testdata/output/demo.pcapng"}, keyLogs: []string{pipe}, timeout: time.Second, output: outputConfig{kind: outQuiet},
		})
	}()
	cancel()
	select {
	case err := <-ended:
		if err != nil {
			t.Errorf("it ends with %v", err)
		}
	case <-time.After(patience):
		t.Fatal("the replay waits for keys")
	}
	s.err.queue.flush(patience)
	if got := stderr.String(); strings.Contains(got, "closed") {
		t.Errorf("it is told: %s", got)
	}
}
