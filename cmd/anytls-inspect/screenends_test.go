//go:build unix

package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"fmt"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// serveText accepts one connection and says something that is no TLS.
func serveText(t *testing.T, text string) (address string) {
	t.Helper()
	ln := listenTCP(t)
	ended := make(chan struct{})
	go func() { // until the peer or the listener is closed
		defer close(ended)
		c, err := ln.Accept()
		if err != nil {
			return
		}
		_, _ = c.Write([]byte(text))
		_, _ = c.Read(make([]byte, 1<<10))
		_ = c.Close()
	}()
	t.Cleanup(func() { _ = ln.Close(); <-ended })
	return ln.Addr().String()
}

// A screenFailure is a ping that fails on its screen.
type screenFailure struct {
	server func(*testing.T) string
	args   []string
	why    string
	first  string // what the screen shows before; empty: whatever
	early  bool   // the user quits then
}

// test runs the ping, of the program at path: it says why it fails, and leaves that on the
// terminal.
func (f *screenFailure) test(t *testing.T, path string) {
	t.Helper()
	cmd := command(t, path, append([]string{"ping", f.server(t), "-o", "tui", "-k"}, f.args...)...)
	cmd.Env = append(cmd.Env, "ANYTLS_PASSWORD=secret")
	x := onTerminal(t, cmd)
	if f.first != "" {
		x.await(f.first)
	}
	if !f.early {
		x.await(f.why)
	}
	x.press("q")
	code, left := x.leaves()
	if code != 1 || !strings.HasPrefix(left, program+": ") || strings.Count(left, "\n") != 1 {
		t.Errorf("exit code %d; on the terminal stays %q", code, left)
	}
	leavesOnce(t, left, f.why)
}

// TestPingFailsOnScreen: why a ping fails is on its screen at once, whole, with what to do.
// When the user has quit, it stays on the terminal, once.
func TestPingFailsOnScreen(t *testing.T) {
	t.Parallel()
	path := build(t)
	fake := func(do func(*fakeServer)) func(*testing.T) string {
		return func(t *testing.T) string { return serveFake(t, do) }
	}
	const (
		target   = "192.0.2.1:22"
		rejected = "rejected: the server closed the connection before any frame: a wrong password is likeliest"
		silent   = "s: a wrong password held open, a fallback that waits, a dead path, not AnyTLS; or version 1: --target HOST:PORT finds out"
	)
	refusal := "no route"
	for _, tc := range []struct {
		name string
		screenFailure
	}{
		{"a refused port", screenFailure{
			server: func(*testing.T) string { return "127.0.0.1:1" },
			why:    "TCP: dial tcp 127.0.0.1:1: connect: connection refused: is the server running there? check its address",
		}},
		{"TLS in a black hole", screenFailure{
			server: func(t *testing.T) string { return listenTCP(t).Addr().String() }, args: []string{"--handshake-timeout", "1s"},
			why: "TLS: context deadline exceeded: the server does not answer: check its address and the path to it (--handshake-timeout says how long to wait)",
		}},
		{"a wrong certificate", screenFailure{
			server: func(t *testing.T) string {
				address, _ := serveTLS(t, new(tls.Config))
				return address
			}, args: []string{"--sni", "server.example", "--insecure=false"},
			why: "the certificate is not signed by a known CA: give --server-ca FILE, or -k to skip verification",
		}},
		{"no TLS", screenFailure{
			server: func(t *testing.T) string { return serveText(t, "SSH-2.0-OpenSSH_9.6\r\n") },
			why:    `TLS: tls: first record does not look like a TLS handshake: the server speaks SSH there and not TLS ("SSH-2"): check its port`,
		}},
		{"closed", screenFailure{server: fake((*fakeServer).preamble), why: rejected}},
		{"reset", screenFailure{
			server: fake(func(f *fakeServer) {
				_, _ = f.Read(make([]byte, 1))
				_ = f.raw.SetLinger(0)
				_ = f.raw.Close()
			}), why: rejected,
		}},
		{"held open, or version 1", screenFailure{
			server: fake((*fakeServer).hold), args: []string{"-c", "1", "-W", "1s"},
			first: "ended", why: silent,
		}},
		{"held open, and the user leaves", screenFailure{
			server: fake((*fakeServer).hold), early: true,
			first: silent, why: silent,
		}},
		{"HTTP", screenFailure{
			server: fake(answers("HTTP/1.1 400 Bad Request\r\nServer: nginx\r\n\r\nBad Request")),
			why:    `not AnyTLS: it answered with "HTTP/1.1 400 Bad Request", Server: nginx: another service on this port, or a fallback for a wrong password`,
		}},
		{"a target that is refused", screenFailure{
			server: fake(func(f *fakeServer) { f.version2(&refusal) }), args: []string{"-c", "1", "--target", target},
			why: "the stream to " + target + " was refused: no route: the server can't reach the target, or does not let this user",
		}},
		{"heartbeats lost", screenFailure{
			args: []string{"-c", "2", "-i", "1ms", "-W", "20ms"},
			server: fake(func(f *fakeServer) {
				f.preamble()
				f.send(protocol.ServerSettings, 0, "v=2")
				f.hold()
			}),
			why: "2 of 2 heartbeats were lost: it has answered none: it stands still, ignores heartbeats, or is gone without a word",
		}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			tc.test(t, path)
		})
	}
}

// TestPingVersion1OnScreen: a server that shows itself to be one of version 1 has failed
// nothing.
func TestPingVersion1OnScreen(t *testing.T) {
	t.Parallel()
	address := serveFake(t, func(f *fakeServer) { f.version1(protocol.PSH, "SSH-2.0-x\r\n") })
	cmd := command(t, build(t), "ping", address, "-o", "tui", "-k", "-c", "1", "-W", "50ms", "--target", "192.0.2.1:22")
	cmd.Env = append(cmd.Env, "ANYTLS_PASSWORD=secret")
	x := onTerminal(t, cmd)
	screen := x.await("by client") // it has ended in good order
	if strings.Contains(screen, "✗127") {
		t.Errorf("the screen shows a failure:\n%s", screen)
	}
	x.press("q")
	if code, left := x.leaves(); code != 0 || left != "" {
		t.Errorf("exit code %d; on the terminal stays %q", code, left)
	}
}

// relayOnScreen starts a relay on a terminal, and returns where it listens.
func relayOnScreen(t *testing.T, path string, args ...string) (x *terminal, address string) {
	t.Helper()
	x = onTerminal(t, command(t, path, append([]string{"relay", "-l", "127.0.0.1:0"}, args...)...))
	return x, listensAt(x)
}

// listensAt returns where the relay on a terminal listens, as its screen says.
func listensAt(x *terminal) (address string) {
	x.t.Helper()
	return regexp.MustCompile(`clienton(127\.0\.0\.1:\d+)…`).FindStringSubmatch(x.await("waiting for a client on"))[1]
}

// TestRelayFailsOnScreen: with whom TLS fails is on the relay's screen, whole, with what to
// do: before a session comes, and with sessions. When the screen is gone, it stays on the
// terminal, each kind once, with how often, however the run ends.
func TestRelayFailsOnScreen(t *testing.T) {
	t.Parallel()
	path := build(t)
	const (
		refused   = "server leg: dial tcp 127.0.0.1:1: connect: connection refused: is the server running there? check its address"
		untrusted = "the certificate is not signed by a known CA: give --server-ca FILE, or -k to skip verification"
		rejected  = "the client does not trust the relay's certificate: let it trust the relay's CA ('anytls-inspect ca --export FILE'), give --cert and --key, or let the client skip verification"
	)
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	for _, tc := range []struct {
		name    string
		server  func(*testing.T) string
		args    []string
		trust   bool   // the clients verify nothing
		before  string // on the screen before the first client
		why     string
		with    string // with whom TLS fails
		stopped func(*terminal)
	}{
		{
			name: "nobody there", server: func(*testing.T) string { return "127.0.0.1:1" }, trust: true,
			before: "a first try of the server 127.0.0.1:1 failed: " + refused, why: refused, with: "127.0.0.1:1",
			stopped: func(x *terminal) { x.press("q") },
		},
		{
			name: "a certificate that is not trusted", server: func(t *testing.T) string { return serveEcho(t, authority, "secret") }, trust: true,
			before: untrusted, why: untrusted, with: "127.0.0.1:",
			stopped: func(x *terminal) { x.press("\x03") },
		},
		{
			name: "a client that does not trust the relay", server: func(t *testing.T) string { return serveEcho(t, authority, "secret") }, args: []string{"-k"},
			why: rejected, with: "127.0.0.1",
			stopped: func(x *terminal) { _ = x.cmd.Process.Signal(syscall.SIGTERM) },
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			t.Parallel()
			x, address := relayOnScreen(t, path, append([]string{"-s", tc.server(t)}, tc.args...)...)
			if tc.before != "" {
				x.await(tc.before)
			}
			for n := 1; n <= 3; n++ {
				c, err := tls.Dial("tcp", address, &tls.Config{ServerName: "server.example", InsecureSkipVerify: tc.trust}) //nolint:gosec // a test
				if err == nil {
					_ = c.Close()
					t.Fatal("TLS stands")
				}
				x.await(fmt.Sprintf("0/%d sessions", n))
			}
			x.await("✗3")
			x.await(tc.why)
			tc.stopped(x)
			code, left := x.leaves()
			if code != 0 {
				t.Errorf("exit code %d", code)
			}
			leavesOnce(t, left, program+": TLS with "+tc.with, " failed 3 times: ")
			if _, of, _ := strings.Cut(left, "3 times: "); !strings.Contains(of, tc.why) {
				t.Errorf("it lacks why:\n%s", left)
			}
			for line := range strings.Lines(left) {
				if !strings.HasPrefix(line, program+": ") {
					t.Errorf("a line is not whole: %q", line)
				}
			}
		})
	}
}

// TestScreenGoneWithFailures: where the terminal is gone, standard error has what the screen
// has shown.
func TestScreenGoneWithFailures(t *testing.T) {
	t.Parallel()
	heedHangups(t)
	cmd := command(t, build(t), "relay", "-l", "127.0.0.1:0", "-s", "127.0.0.1:1")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	x := onTerminal(t, cmd)
	address := listensAt(x)
	x.await("a first try of the server 127.0.0.1:1 failed")
	if c, err := tls.Dial("tcp", address, &tls.Config{InsecureSkipVerify: true}); err == nil { //nolint:gosec // a test
		_ = c.Close()
		t.Fatal("TLS stands")
	}
	x.await("0/1 sessions")
	_ = x.host.Close()
	_ = cmd.Wait() // a hangup ends it; the terminal may be missed first
	leavesOnce(t, stderr.String(), program+": a first try of the server 127.0.0.1:1 failed: ", program+": TLS with 127.0.0.1:1 failed: ")
}

// TestScreenLeavesIncidents: what went wrong in the sessions stays on the terminal when the
// screen of a live run is gone, with what to do. A run in which all went well leaves nothing.
func TestScreenLeavesIncidents(t *testing.T) {
	t.Parallel()
	path := build(t)
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	t.Run("rejected", func(t *testing.T) {
		t.Parallel()
		x, address := relayOnScreen(t, path, "-s", serveFake(t, (*fakeServer).preamble), "-k", "--no-preflight")
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		c, err := peer.Dial(ctx, clientOf(address, "secret"))
		if err != nil {
			t.Fatal(err)
		}
		_ = c.Greet(ctx)
		x.await("0/1 sessions")
		x.await("✗1")
		_ = c.Close()
		x.press("q")
		code, left := x.leaves()
		if code != 0 {
			t.Errorf("exit code %d", code)
		}
		leavesOnce(t, left, program+": what went wrong in the sessions, the worst first:\n", program+": error ", " rejected: ", "[session 1]\n", program+":   advice: ")
	})
	t.Run("nothing", func(t *testing.T) {
		t.Parallel()
		x, address := relayOnScreen(t, path, "-s", serveEcho(t, authority, "secret"), "-k")
		if err := echoThrough(t, address, 5); err != nil {
			t.Fatal(err)
		}
		x.await("0/1 sessions")
		x.press("q")
		if code, left := x.leaves(); code != 0 || left != "" {
			t.Errorf("exit code %d; on the terminal stays %q", code, left)
		}
	})
}
