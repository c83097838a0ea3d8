//go:build unix

package main

import (
	"bufio"
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"

	"github.com/creack/pty"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
)

// onScreen runs a relay that shows its screen on the terminal of s. The channel gets what the run
// returns.
func onScreen(ctx context.Context, t *testing.T, s *stdio) (address string, ended <-chan error) {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := serveEcho(t, authority, "secret")
	l := &liveRunner{stdio: s, warner: newWarner(s), cfg: liveConfig{
		kind: report.Live, output: outputConfig{kind: outTUI}, heartbeat: heartbeatConfig{timeout: patience},
	}}
	done := make(chan error)
	go func() { // until ctx ends
		done <- l.run(ctx, []liveRoute{{
			Config: relay.Config{
				Route: capture.Route{Server: server, Insecure: true}, Certificate: authority.Certificate,
			},
			listener: ln,
		}}, nil)
	}()
	return ln.Addr().String(), done
}

// TestScreenBlocked: a terminal that takes nothing holds up neither the sessions nor the
// end.
func TestScreenBlocked(t *testing.T) {
	t.Parallel()
	terminal := blockedTerminal(t)
	ctx, cancel := context.WithCancel(t.Context())
	var stderr bytes.Buffer
	s := newStdio(terminal, terminal, &stderr)
	s.hurryAfter(ctx)
	stuck := make(chan struct{})
	s.out.onStuck(func() { close(stuck) })
	address, ended := onScreen(ctx, t, s)
	<-stuck
	if err := echoThrough(t, address, 5); err != nil {
		t.Errorf("a session fails: %v", err)
	}
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "not whole: standard output") {
		t.Errorf("the run ends with %v", err)
	}
	s.err.queue.flush(patience)
	if got := stderr.String(); !strings.Contains(got, "the screen can't be drawn: the output takes nothing\n") {
		t.Errorf("at the end, when no relay goes on, it is told: %q", got)
	}
}

// TestPingOnScreen: why a ping fails is on the screen, with what to do. It is told on the
// terminal, too, when the user has quit.
func TestPingOnScreen(t *testing.T) {
	environment(t, "secret", "")
	host, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = host.Close(); _ = terminal.Close() }()
	if err := pty.Setsize(terminal, &pty.Winsize{Rows: 24, Cols: 120}); err != nil {
		t.Fatal(err)
	}
	cfg, err := pingConfigOf(t, "127.0.0.1:1", "-o", "tui")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	ended := make(chan error, 1)
	go func() { // until the user quits
		ended <- runPing(ctx, newStdio(terminal, terminal, io.Discard), cfg)
	}()
	const advice = "is the server running there?"
	var drawn []byte
	buf := make([]byte, 4096)
	for !bytes.Contains(drawn, []byte(advice)) {
		n, err := host.Read(buf)
		if drawn = append(drawn, buf[:n]...); err != nil {
			t.Fatalf("%v; the screen is %q", err, drawn)
		}
	}
	if _, err := host.WriteString("q"); err != nil {
		t.Fatal(err)
	}
	go func() { _, _ = io.Copy(io.Discard, host) }() // until the terminal is closed
	if err := <-ended; err == nil || !strings.Contains(err.Error(), advice) {
		t.Errorf("the ping ends with %v", err)
	}
}

// TestScreenGone: where the terminal is gone, the sessions go on. It is told, and the run
// fails in the end.
func TestScreenGone(t *testing.T) {
	host, terminal, err := pty.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = terminal.Close() }()
	ctx, cancel := context.WithCancel(t.Context())
	stderr, told := io.Pipe()
	s := newStdio(terminal, terminal, told)
	s.hurryAfter(ctx)
	address, ended := onScreen(ctx, t, s)
	if _, err := host.Read(make([]byte, 1)); err != nil { // the screen is there
		t.Fatal(err)
	}
	_ = host.Close()
	if err := echoThrough(t, address, 5); err != nil { // which would be drawn
		t.Errorf("a session fails: %v", err)
	}
	if line, err := bufio.NewReader(stderr).ReadString('\n'); err != nil || !strings.Contains(line, "the screen can't be drawn: input/output error; the relay goes on") {
		t.Errorf("it is told: %q (%v)", line, err)
	}
	if err := echoThrough(t, address, 5); err != nil {
		t.Errorf("a session fails afterwards: %v", err)
	}
	cancel()
	if err := <-ended; err == nil || !strings.Contains(err.Error(), "not whole: standard output") {
		t.Errorf("the run ends with %v", err)
	}
}
