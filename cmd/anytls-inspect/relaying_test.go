//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"io"
	"os"
	"os/exec"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// A relaying is a relay that runs as a process, of which standard output is what a test
// makes of it.
type relaying struct {
	t       *testing.T
	cmd     *exec.Cmd
	address string
	lines   *bufio.Scanner  // of standard error
	stderr  strings.Builder // what was read of it
}

// relayTo starts a relay, and waits until it says where it listens.
func relayTo(t *testing.T, path string, stdout *os.File, args ...string) *relaying {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	r := &relaying{t: t, cmd: command(t, path, append([]string{"relay", "-l", "127.0.0.1:0", "-s", serveEcho(t, authority, "secret"), "-k"}, args...)...)}
	r.cmd.Stdout = stdout
	pipe, err := r.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	r.lines = bufio.NewScanner(pipe)
	listening := regexp.MustCompile(`listening on (\S+);`)
	r.address = listening.FindStringSubmatch(r.until(listening))[1]
	return r
}

// until reads standard error up to a line that matches.
func (r *relaying) until(line *regexp.Regexp) string {
	r.t.Helper()
	for r.lines.Scan() {
		r.stderr.WriteString(r.lines.Text() + "\n")
		if line.Match(r.lines.Bytes()) {
			return r.lines.Text()
		}
	}
	r.t.Fatalf("standard error has no line %s:\n%s", line, &r.stderr)
	return ""
}

// echo has a session carry something there and back.
func (r *relaying) echo() {
	r.t.Helper()
	if err := echoThrough(r.t, r.address, 5); err != nil {
		r.t.Errorf("a session fails: %v", err)
	}
}

// echoThrough has a session send so many bytes through a relay to a server that echoes
// them.
func echoThrough(t *testing.T, address string, size int) error {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	client, err := peer.Dial(ctx, clientOf(address, "secret"))
	if err != nil {
		return err
	}
	defer func() { _ = client.Close() }()
	stream, err := client.OpenStream(ctx, protocol.Address{Host: "echo.example", Port: 7})
	if err != nil {
		return err
	}
	sent := bytes.Repeat([]byte("hello"), (size+4)/5)[:size]
	wrote := make(chan error, 1)
	go func() {
		_, err := stream.Write(sent)
		wrote <- err
	}()
	got := make([]byte, size)
	_, err = io.ReadFull(stream, got)
	if err == nil && !bytes.Equal(got, sent) {
		err = errors.New("the echo is not what was sent")
	}
	if err != nil {
		return err
	}
	return <-wrote
}

// interrupt ends the relay by its first signal, and returns its exit code. That takes less
// time than a run that ends by itself waits for an output.
func (r *relaying) interrupt() (code int) {
	r.t.Helper()
	began := time.Now()
	defer func() {
		if took := time.Since(began); took >= blockedAfter {
			r.t.Errorf("the signal was obeyed after %v", took)
		}
	}()
	if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
		r.t.Fatal(err)
	}
	for r.lines.Scan() {
		r.stderr.WriteString(r.lines.Text() + "\n")
	}
	return exitCode(r.t, r.cmd.Wait())
}

func exitCode(t *testing.T, err error) int {
	t.Helper()
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		return exit.ExitCode()
	}
	if err != nil {
		t.Fatal(err)
	}
	return 0
}

// fullPipe returns a pipe that takes nothing more, and that nobody reads.
func fullPipe(t *testing.T) *os.File {
	t.Helper()
	r, w, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.Close(); _ = w.Close() })
	fill(t, w)
	return w
}

// fill writes to a file until it takes nothing more, and returns how many bytes it took.
// From then on, a write to it blocks.
func fill(t *testing.T, f *os.File) (filled int) {
	t.Helper()
	fd := int(f.Fd())
	if err := syscall.SetNonblock(fd, true); err != nil {
		t.Fatal(err)
	}
	for text := bytes.Repeat([]byte{'x'}, 1<<10); len(text) > 0; {
		n, err := syscall.Write(fd, text)
		filled += max(n, 0)
		switch {
		case errors.Is(err, syscall.EAGAIN):
			text = text[:len(text)/2] // to the last byte
		case err != nil && !errors.Is(err, syscall.EINTR):
			t.Fatal(err)
		}
	}
	if err := syscall.SetNonblock(fd, false); err != nil {
		t.Fatal(err)
	}
	return filled
}

// deviceFull opens the device that is always full.
func deviceFull(t *testing.T) *os.File {
	t.Helper()
	f, err := os.OpenFile("/dev/full", os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = f.Close() })
	return f
}
