//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
)

// captured is a file of captures that the tests of package replay have.
func captured(name string) string { return filepath.Join("../../capture/replay/testdata", name) }

// TestReplayOfPipeOnTerminal: where standard input is the capture, the screen has its keys
// from the terminal. Where nothing could be decoded, the reason stays when it is gone.
func TestReplayOfPipeOnTerminal(t *testing.T) {
	path := build(t)
	for _, tc := range []struct {
		name, capture, shows string
		code                 int
		left                 string
	}{
		{"with secrets", "http-dsb.pcapng", "cmdPSH", exitDone, ""},
		{"without", "http.pcap", "no key for it", exitFailed, "nothing was decoded in any of 2 sessions: no key for it: give the key log"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			capture, err := os.Open(captured(tc.capture))
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = capture.Close() }()
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			cmd := command(t, path, "replay", "-")
			cmd.Stdin = r
			x := onTerminal(t, cmd)
			_ = r.Close()
			x.await("anytls-inspect")
			if _, err := io.Copy(w, capture); err != nil {
				t.Fatal(err)
			}
			_ = w.Close()
			x.await("■ 2.176 s") // it has come to its end
			x.press("q")
			code, left := x.leaves()
			if code != tc.code || !strings.Contains(left, tc.left) || tc.left == "" && strings.Contains(left, "nothing") {
				t.Errorf("exit code %d, and what stays is %q", code, left)
			}
		})
	}
}

// TestReplayOfPipeWithoutKeys: where there is no terminal to read keys from, that is told,
// and text is printed on the terminal.
func TestReplayOfPipeWithoutKeys(t *testing.T) {
	path := build(t)
	capture, err := os.Open(captured("http-dsb.pcapng"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = capture.Close() }()
	cmd := command(t, path, "replay", "-")
	cmd.Stdin, cmd.SysProcAttr = capture, &syscall.SysProcAttr{Setsid: true} // the terminal is not its own
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	x := onTerminal(t, cmd)
	code := exitCode(t, cmd.Wait())
	<-x.screen.Over()
	if code != exitDone || !strings.Contains(stderr.String(), "there is no screen, since there is no terminal to read keys from") {
		t.Errorf("exit code %d, and %s", code, &stderr)
	}
	if raw := x.screen.Raw(); !strings.Contains(raw, "2 sessions, 5 streams") || strings.Contains(raw, "\x1b[?1049h") {
		t.Errorf("printed: %q", raw)
	}
}

// TestReplayOfTerminal: a terminal is no capture.
func TestReplayOfTerminal(t *testing.T) {
	cmd := command(t, build(t), "replay", "-")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	x := onTerminal(t, cmd)
	if code := exitCode(t, x.cmd.Wait()); code != exitUsage || !strings.Contains(stderr.String(), "standard input is a terminal, and no capture") {
		t.Errorf("exit code %d, and %s", code, &stderr)
	}
}

// TestKeyLogComesLater: of a capture that still grows, a key log that is not there yet is
// read when it has come: the sessions before it have their frames, too.
func TestKeyLogComesLater(t *testing.T) {
	path := build(t)
	whole, err := os.ReadFile(captured("http.pcap"))
	if err != nil {
		t.Fatal(err)
	}
	keys, err := os.ReadFile(captured("http.keys"))
	if err != nil {
		t.Fatal(err)
	}
	log := filepath.Join(t.TempDir(), "later.keys")
	cmd := command(t, path, "replay", "-", "-o", "json", "--keylog", log)
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stdout bytes.Buffer
	cmd.Stdout = &stdout
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	told := bufio.NewReader(stderr)
	if line, err := told.ReadString('\n'); !strings.Contains(line, log+" is not there yet") {
		t.Fatalf("told: %q, %v", line, err)
	}
	const half = 6000
	if _, err := stdin.Write(whole[:half]); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(log, keys, 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := stdin.Write(whole[half:]); err != nil {
		t.Fatal(err)
	}
	_ = stdin.Close()
	rest, _ := io.ReadAll(told)
	if err := cmd.Wait(); err != nil || len(rest) > 0 {
		t.Errorf("%v: %s", err, rest)
	}
	if !strings.Contains(stdout.String(), `{"event":"summary","sessions":2,"streams":5,"frames":55,`) {
		t.Errorf("printed: %s", &stdout)
	}
}

// TestAwaitedKeyLog: of a live capture, a key log that is not there has nothing until it is,
// also the one that programs share. It ends where it is closed.
func TestAwaitedKeyLog(t *testing.T) {
	named, shared := filepath.Join(t.TempDir(), "named"), filepath.Join(t.TempDir(), "shared")
	var told []string
	tell := func(text string) { told = append(told, text) }
	if _, _, err := openKeyLogs(t.Context(), []string{named}, "", false, tell); err == nil {
		t.Error("a capture that does not grow waits for its key log")
	}
	logs, closeLogs, err := openKeyLogs(t.Context(), []string{named}, shared, true, tell)
	if err != nil || len(logs) != 2 || len(told) != 1 || !strings.Contains(told[0], named) {
		t.Fatalf("%d logs, %v, told %q", len(logs), err, told)
	}
	for i, path := range []string{named, shared} {
		if b, err := io.ReadAll(logs[i]); len(b) > 0 || err != nil {
			t.Errorf("before it is there: %q, %v", b, err)
		}
		if err := os.WriteFile(path, []byte("secrets"), 0o600); err != nil {
			t.Fatal(err)
		}
		if b, err := io.ReadAll(logs[i]); string(b) != "secrets" || err != nil {
			t.Errorf("when it is there: %q, %v", b, err)
		}
	}
	closeLogs()
	if b, err := io.ReadAll(logs[0]); len(b) > 0 || err != nil {
		t.Errorf("after the end: %q, %v", b, err)
	}
	loop := filepath.Join(t.TempDir(), "loop")
	never, closeNever, err := openKeyLogs(t.Context(), []string{loop}, "", true, tell)
	if err != nil {
		t.Fatal(err)
	}
	defer closeNever()
	if err := os.Symlink(loop, loop); err != nil {
		t.Fatal(err)
	}
	_, first := io.ReadAll(never[0])
	if b, again := io.ReadAll(never[0]); first == nil || again != nil || len(b) > 0 {
		t.Errorf("what can't be opened: %v, then %q, %v", first, b, again)
	}
}
