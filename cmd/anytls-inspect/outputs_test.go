//go:build unix

package main

import (
	"bufio"
	"bytes"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"anytls-inspect/capture/ca"
)

// TestStandardOutputFails: whatever becomes of standard output, the sessions that there
// are and those that come go on. It is told once, the exit code says it, report and
// recording have all, and the first signal ends the relay.
func TestStandardOutputFails(t *testing.T) {
	path := build(t)
	closed := func(t *testing.T) *os.File {
		r, w, err := os.Pipe()
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = w.Close() })
		_ = r.Close()
		return w
	}
	for _, tc := range []struct {
		name    string
		stdout  func(*testing.T) *os.File
		told    string // while it runs
		missing string // in the end
		code    int
	}{
		{"full", deviceFull, "standard output can't be written: no space left on device; the relay goes on", "not whole: standard output", 1},
		{"closed", closed, "standard output was closed by who read it; the relay goes on", "", 0},
		{"blocked", fullPipe, "standard output has taken nothing for 5s; the relay goes on", "entries that were not written: ", 1},
	} {
		for _, kind := range []string{"json", "text"} {
			t.Run(tc.name+", "+kind, func(t *testing.T) {
				t.Parallel()
				dir := t.TempDir()
				recording, report := filepath.Join(dir, "x.pcapng"), filepath.Join(dir, "x.json")
				r := relayTo(t, path, tc.stdout(t), "-o", kind, "-w", recording, "--report", report)
				r.echo()
				r.until(regexp.MustCompile(regexp.QuoteMeta(tc.told)))
				r.echo()
				if code := r.interrupt(); code != tc.code {
					t.Errorf("exit code %d, want %d", code, tc.code)
				}
				got := r.stderr.String()
				if strings.Count(got, tc.told) != 1 || !strings.Contains(got, tc.missing) {
					t.Errorf("standard error: %s", got)
				}
				if text, err := os.ReadFile(report); err != nil || !strings.Contains(string(text), `"sessions": 2`) {
					t.Errorf("the report (%v): %s", err, text)
				}
				replayed, err := command(t, path, "replay", recording, "--leg", "client", "-o", "json").Output()
				if err != nil || !strings.Contains(string(replayed), `{"event":"summary","sessions":2,"streams":2,`) {
					t.Errorf("the recording: %v\n%s", err, replayed)
				}
			})
		}
	}
}

// TestOutputs: other outputs hurt the traffic no more than standard output does.
func TestOutputs(t *testing.T) {
	path := build(t)
	for name, test := range map[string]func(*testing.T, string){
		"standard error blocked": standardErrorBlocked,
		"key log blocked":        keyLogBlocked,
		"report vanishes":        reportVanishes,
		"too slow":               standardOutputTooSlow,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, path)
		})
	}
}

// standardOutputTooSlow: a standard output that stood still, and came back when the journal
// had evicted what it was to get, is not whole. It says so itself, and the run fails.
func standardOutputTooSlow(t *testing.T, path string) {
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = r.Close() }()
	filled := fill(t, w)
	relay := relayTo(t, path, w, "-o", "json", "--history-frames", "16")
	_ = w.Close() // the relay has it
	relay.until(regexp.MustCompile("standard output has taken nothing for 5s"))
	for range 3 {
		relay.echo()
	}
	got := make(chan []byte, 1)
	go func() { // until the relay ends
		all, _ := io.ReadAll(r)
		got <- all
	}()
	if code := relay.interrupt(); code != 1 || !strings.HasSuffix(relay.stderr.String(), "not whole: standard output\n") {
		t.Errorf("exit code %d, want 1; standard error: %s", code, &relay.stderr)
	}
	const want = `"outputs_failed":[{"output":"standard output","reason":"entries were evicted before they could be written"}]}` + "\n"
	if events := (<-got)[filled:]; !bytes.Contains(events, []byte(`"code":"output-lapped"`)) || !bytes.HasSuffix(events, []byte(want)) {
		t.Errorf("the events: %s", events)
	}
}

// standardErrorBlocked: where nobody reads standard error either, the relay goes on
// and ends all the same.
func standardErrorBlocked(t *testing.T, path string) {
	w := fullPipe(t)
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	cmd := command(t, path, "relay", "-l", "127.0.0.1:0", "-s", serveEcho(t, authority, "secret"), "-k", "-o", "json", "--keylog", "/dev/full")
	cmd.Stderr = w
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewScanner(stdout)
	lines.Scan()
	address := regexp.MustCompile(`"address":"(.*?)"`).FindSubmatch(lines.Bytes())
	if address == nil {
		t.Fatalf("the first event is %s", lines.Bytes())
	}
	if err := echoThrough(t, string(address[1]), 5); err != nil {
		t.Errorf("a session fails: %v", err)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	last := ""
	for lines.Scan() {
		last = lines.Text()
	}
	if want := `"outputs_failed":[{"output":"key log","reason":"/dev/full: no space left on device"}]`; !strings.Contains(last, want) {
		t.Errorf("the summary lacks %s: %s", want, last)
	}
	if code := exitCode(t, cmd.Wait()); code != 1 {
		t.Errorf("exit code %d, want 1", code)
	}
}

// TestOwnSessionsEnd: without its output, a command whose sessions are its own ends. Of a
// closed pipe nothing is said.
func TestOwnSessionsEnd(t *testing.T) {
	path := build(t)
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	ping := []string{"ping", serveEcho(t, authority, "secret"), "-p", "secret", "-k", "-c", "0", "-i", "1ms", "-o"}
	for name, args := range map[string][]string{
		"demo":    {"demo", "-o", "json"},
		"ping":    append(ping, "json"),
		"lines":   append(ping[:len(ping):len(ping)], "text"),
		"replay":  {"replay", "testdata/output/demo.pcapng", "-o", "json"},
		"version": {"version"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var stderr bytes.Buffer
			full := command(t, path, args...)
			full.Stdout, full.Stderr = deviceFull(t), &stderr
			if code := exitCode(t, full.Run()); code != 1 || strings.Count(stderr.String(), "no space left on device") != 1 {
				t.Errorf("full: exit code %d, want 1; standard error: %s", code, &stderr)
			}
			r, w, err := os.Pipe()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = w.Close() }()
			_ = r.Close()
			stderr.Reset()
			closed := command(t, path, args...)
			closed.Stdout, closed.Stderr = w, &stderr
			if code := exitCode(t, closed.Run()); code != 0 || strings.Contains(stderr.String(), "pipe") || strings.Contains(stderr.String(), "whole") {
				t.Errorf("closed: exit code %d, want 0; standard error: %s", code, &stderr)
			}
		})
	}
}

// keyLogBlocked: a key log that is a pipe whose reader stands still holds up
// neither the sessions nor the end.
func keyLogBlocked(t *testing.T, path string) {
	pipe := filepath.Join(t.TempDir(), "keys")
	if err := syscall.Mkfifo(pipe, 0o600); err != nil {
		t.Fatal(err)
	}
	reader, err := os.OpenFile(pipe, os.O_RDWR, 0) // waits for nobody
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = reader.Close() }()
	fill(t, reader)
	r := relayTo(t, path, nil, "-o", "json", "--keylog", pipe)
	for range 3 {
		r.echo()
	}
	if code := r.interrupt(); code != 1 || strings.Count(r.stderr.String(), "from here on it lacks secrets") != 1 {
		t.Errorf("exit code %d, want 1; standard error: %s", code, &r.stderr)
	}
}

// reportVanishes: where the report can't be written in the end, nothing else is lost.
func reportVanishes(t *testing.T, path string) {
	dir := filepath.Join(t.TempDir(), "gone")
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	stdout, err := os.Create(filepath.Join(t.TempDir(), "out.json"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = stdout.Close() }()
	r := relayTo(t, path, stdout, "-o", "json", "--report", filepath.Join(dir, "x.md"))
	r.echo()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if code := r.interrupt(); code != 1 || strings.Count(r.stderr.String(), "no such file") != 1 || !strings.HasSuffix(r.stderr.String(), "not whole: report\n") {
		t.Errorf("exit code %d, want 1; standard error: %s", code, &r.stderr)
	}
	events, err := os.ReadFile(stdout.Name())
	if err != nil || !regexp.MustCompile(`"outputs_failed":\[{"output":"report","reason":"no such file or directory"}\]}\n$`).Match(events) {
		t.Errorf("the events (%v): %s", err, events)
	}
}
