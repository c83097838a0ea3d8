package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"io"
	"os"
	"os/exec"
	"os/signal"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/creack/pty"
)

// patience bounds every wait of the tests.
const patience = 30 * time.Second

// command returns a command that runs the program with a configuration of its own.
// The process is killed where it outlives the test's patience.
func command(t *testing.T, path string, args ...string) *exec.Cmd {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, path, args...)
	cmd.Env = append(os.Environ(), "XDG_CONFIG_HOME="+t.TempDir(), "SSLKEYLOGFILE=", "ANYTLS_PASSWORD=")
	return cmd
}

// listening starts a relay that writes JSON. It returns where the relay listens, as
// its first event says, and the lines of its output after that.
func listening(t *testing.T, cmd *exec.Cmd) (address string, lines *bufio.Scanner, stderr *bytes.Buffer) {
	t.Helper()
	stderr = new(bytes.Buffer)
	cmd.Stderr = stderr
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines = bufio.NewScanner(stdout)
	if !lines.Scan() {
		t.Fatalf("no output; standard error: %s", stderr)
	}
	var listen struct{ Event, Address string }
	if err := json.Unmarshal(lines.Bytes(), &listen); err != nil || listen.Event != "listen" || !strings.HasPrefix(listen.Address, "127.0.0.1:") {
		t.Fatalf("the first event is %s (%v)", lines.Bytes(), err)
	}
	return listen.Address, lines, stderr
}

// terminate ends a command by a signal, and adds the lines that it prints until then to
// all. It fails unless the command ends in good order.
func terminate(t *testing.T, cmd *exec.Cmd, lines *bufio.Scanner, all *strings.Builder, stderr *bytes.Buffer) {
	t.Helper()
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	for lines.Scan() {
		all.WriteString("\n" + lines.Text())
	}
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, stderr)
	}
}

// heedHangups has children heed SIGHUP for the length of a test: where the tests run with it
// ignored (nohup), they would inherit that.
func heedHangups(t *testing.T) {
	hangups := make(chan os.Signal, 1)
	signal.Notify(hangups, syscall.SIGHUP)
	t.Cleanup(func() { signal.Stop(hangups) })
}

// TestSignals: SIGINT, SIGTERM and SIGHUP end a relay in good order.
func TestSignals(t *testing.T) {
	heedHangups(t)
	path := build(t)
	for _, sig := range []syscall.Signal{syscall.SIGINT, syscall.SIGTERM, syscall.SIGHUP} {
		t.Run(sig.String(), func(t *testing.T) {
			cmd := command(t, path, "relay", "-l", "127.0.0.1:0", "-s", "127.0.0.1:1", "-o", "json")
			address, lines, stderr := listening(t, cmd)
			if err := cmd.Process.Signal(sig); err != nil {
				t.Fatal(err)
			}
			last := ""
			for lines.Scan() {
				last = lines.Text()
			}
			if !strings.HasPrefix(last, `{"event":"summary"`) {
				t.Errorf("the last line is %q", last)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("exit: %v\n%s", err, stderr)
			}
			if !strings.Contains(stderr.String(), address) {
				t.Errorf("standard error does not say the address: %s", stderr)
			}
		})
	}
}

// TestStartUp: no command waits for a terminal that answers no queries, such as a
// bare pty. The best of several runs counts: others may use the machine too.
func TestStartUp(t *testing.T) {
	const limit = 50 * time.Millisecond
	path := build(t)
	startUps := [][]string{{"--help"}, {"ca"}, {"dissector"}, {"completion", "bash"}}
	for _, name := range commandNames() {
		startUps = append(startUps, []string{name, "--help"})
	}
	for _, args := range startUps {
		t.Run(strings.Join(args, " "), func(t *testing.T) {
			best := patience
			for range 20 {
				cmd := command(t, path, args...)
				began := time.Now()
				tty, err := pty.Start(cmd)
				if err != nil {
					t.Fatal(err)
				}
				out, _ := io.ReadAll(tty) // a pty ends with an error
				best = min(best, time.Since(began))
				if err := cmd.Wait(); err != nil || len(out) == 0 {
					t.Fatalf("%v: %s", err, out)
				}
				_ = tty.Close()
				if best < limit {
					break
				}
			}
			if best >= limit {
				t.Errorf("took %v at best, want less than %v", best, limit)
			}
		})
	}
}

// TestScreen: on a terminal the demo shows its screen at once, and q ends it.
func TestScreen(t *testing.T) {
	path := build(t)
	cmd := command(t, path, "demo")
	began := time.Now()
	tty, err := pty.StartWithSize(cmd, &pty.Winsize{Rows: 40, Cols: 120})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = tty.Close() }()
	var seen bytes.Buffer
	buf := make([]byte, 64<<10)
	readUntil := func(what string) {
		t.Helper()
		for !bytes.Contains(seen.Bytes(), []byte(what)) {
			n, err := tty.Read(buf)
			if err != nil {
				t.Fatalf("the screen ended before it showed %q: %v", what, err)
			}
			seen.Write(buf[:n])
		}
	}
	readUntil("anytls-inspect")
	if first := time.Since(began); first > time.Second {
		t.Errorf("the first screen took %v", first)
	}
	if _, err := tty.WriteString("g"); err != nil { // all sessions
		t.Fatal(err)
	}
	readUntil("HeartRequest")
	if _, err := tty.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	readUntil("quit")
	if _, err := tty.WriteString("y"); err != nil {
		t.Fatal(err)
	}
	rest, _ := io.ReadAll(tty)
	if err := cmd.Wait(); err != nil {
		t.Errorf("exit: %v\n%s", err, rest)
	}
	if !bytes.Contains(rest, []byte("0 failed")) {
		t.Errorf("after the screen: %q", rest)
	}
}
