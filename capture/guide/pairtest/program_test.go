package pairtest_test

import (
	"bufio"
	"errors"
	"os"
	"os/exec"
	"strings"
	"testing"

	"anytls-inspect/capture/guide/pairtest"
)

// A child is a program that runs.
type child struct {
	*exec.Cmd
	lines *bufio.Scanner // of its log
}

// program starts this test's binary as a program, until the test ends at the latest.
func program(t *testing.T, role string, args ...string) *child {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	c := &child{Cmd: exec.CommandContext(t.Context(), self, args...)}
	c.Env = append(c.Environ(), pairtest.Role+"="+role)
	out, err := c.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	c.lines = bufio.NewScanner(out)
	if err := c.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = c.Process.Kill() // it may have ended
		_ = c.Wait()
	})
	return c
}

// after returns the word behind a text that the program logs.
func (c *child) after(t *testing.T, text string) string {
	t.Helper()
	for c.lines.Scan() {
		if _, rest, found := strings.Cut(c.lines.Text(), text); found {
			word, _, _ := strings.Cut(rest, ",")
			return word
		}
	}
	t.Fatalf("it never logged %q", text)
	return ""
}

// end waits for the program's end, and returns its exit code.
func (c *child) end(t *testing.T) int {
	t.Helper()
	for c.lines.Scan() {
	}
	var exit *exec.ExitError
	if err := c.Wait(); err != nil && !errors.As(err, &exit) {
		t.Fatal(err)
	}
	return c.ProcessState.ExitCode()
}

// TestPrograms: the programs are a pair. They end in order when they are asked to, and with their
// own exit code where they are to die.
func TestPrograms(t *testing.T) {
	server := program(t, "server", "-l", "127.0.0.1:0", "-p", password, "-fault", "die-after=1")
	addr := server.after(t, "listens at ")
	client := program(t, "client", "-l", "127.0.0.1:0", "-s", addr, "-p", password)
	p := &pair{socks: client.after(t, "SOCKS at ")}
	target := mirror(t, "127.0.0.1:0")
	if err := p.echo(t, target, "word"); err != nil {
		t.Errorf("the first stream: %v", err)
	}
	if err := p.echo(t, target, "word"); err == nil {
		t.Error("a stream of a server that is to die went through")
	}
	if code := server.end(t); code != 3 {
		t.Errorf("the server ended with %d", code)
	}
	if err := client.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := client.end(t); code != 0 {
		t.Errorf("the client ended with %d", code)
	}
}

// TestStubborn: a program that ignores signals goes on after one.
func TestStubborn(t *testing.T) {
	server := program(t, "server", "-l", "127.0.0.1:0", "-p", password, "-fault", "ignore-term")
	p := &pair{server: server.after(t, "listens at ")}
	if err := server.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if _, err := p.client(t).Heartbeat(t.Context()); err != nil {
			t.Error(err)
		}
	}
	if err := server.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	if code := server.end(t); code != -1 {
		t.Errorf("it ended with %d, not of the second signal", code)
	}
}

// TestDeaf: a program that is deaf never listens, and ends when it is asked to.
func TestDeaf(t *testing.T) {
	c := program(t, "server", "-l", "127.0.0.1:0", "-p", password, "-fault", "deaf")
	c.after(t, "INFO does not ")
	if err := c.Process.Signal(os.Interrupt); err != nil {
		t.Fatal(err)
	}
	if code := c.end(t); code != 0 {
		t.Errorf("it ended with %d", code)
	}
}

// TestUsage: a flag that nobody knows, and a fault that nobody knows, end a program at once.
func TestUsage(t *testing.T) {
	for _, args := range [][]string{{"-x"}, {"-fault", "gremlins"}, {"-fault", "refuse=1"}, {"-fault", "die-after=x"}} {
		if code := program(t, "client", args...).end(t); code != 2 {
			t.Errorf("%q: exit code %d", args, code)
		}
	}
	if _, err := pairtest.ParseFault("refuse,slow-heartbeat=1s,die-after=3"); err != nil {
		t.Error(err)
	}
}
