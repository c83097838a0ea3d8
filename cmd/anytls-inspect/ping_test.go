package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture/ca"
	"anytls-inspect/protocol"
)

// TestPing runs ping against a server, and against what goes wrong.
func TestPing(t *testing.T) {
	path := build(t)
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	roots := filepath.Join(t.TempDir(), "roots.pem")
	if err := os.WriteFile(roots, authority.PEM(), 0o600); err != nil {
		t.Fatal(err)
	}
	server := serveEcho(t, authority, "secret")
	for _, tc := range []struct {
		name     string
		args     []string
		password string
		code     int
		out, err []string // parts of standard output and error
		clean    bool     // standard output is empty
	}{
		{
			name: "text", args: []string{server, "--server-ca", roots, "-c", "3", "-i", "1ms"}, password: "secret",
			out: []string{
				"PING " + server + ": TLS 1.3, protocol version 2", "auth → ServerSettings ", "seq=3 time=",
				"3 sent, 3 answered, 0 lost (0.0 %)", "round-trip min/avg/max/stddev = ", "p50/p95/p99 = ",
			},
		},
		{
			name: "json", args: []string{server, "-k", "-c", "2", "-i", "1ms", "-o", "json", "--target", "[2001:db8::1]:22"}, password: "secret",
			out: []string{
				`"cmd":"SYN"`, `"cmd":"SYNACK"`, `"cmd":"FIN"`, `"event":"stream-open"`, `"target":"[2001:db8::1]:22"`, `"event":"stream-close"`,
				`"event":"session-open"`, `"event":"heartbeat"`, `"origin":"client"`, `"event":"summary"`, `"toward_server":{"sent":2,"answered":2,"lost":0`,
			},
		},
		{
			name: "a recording that fails at its end", args: []string{server, "-k", "-c", "1", "-o", "json", "-w", "/dev/full"}, password: "secret", code: 1,
			out: []string{`"code":"recording-failed"`, `"diagnostics":{"recording-failed":1}`, `"outputs_failed":[{"output":"recording",`},
			err: []string{"recording ended: ", "not whole: recording"},
		},
		{name: "quiet", args: []string{server, "-k", "-c", "1", "-o", "quiet"}, password: "secret", clean: true},
		{name: "the URI", args: []string{"anytls://secret@" + server + "/?insecure=1", "-c", "1"}, out: []string{"1 answered"}},
		{
			name: "wrong password", args: []string{server, "-k"}, password: "wrong", code: 1, clean: true,
			err: []string{"rejected: the server closed the connection before any frame: a wrong password is likeliest"},
		},
		{
			name: "unknown CA", args: []string{server}, password: "secret", code: 1, clean: true,
			err: []string{"TLS: ", "--server-ca", "-k"},
		},
		{
			name: "nobody there", args: []string{"127.0.0.1:1"}, password: "secret", code: 1, clean: true,
			err: []string{"TCP: ", "is the server running there?"},
		},
		{
			name: "nobody there, json", args: []string{"127.0.0.1:1", "-o", "json"}, password: "secret", code: 1,
			out: []string{`"code":"ping-failed"`, "is the server running there?", `"diagnostics":{"ping-failed":1}`},
			err: []string{"is the server running there?"},
		},
		{
			name: "unknown CA, json", args: []string{server, "-o", "json"}, password: "secret", code: 1,
			out: []string{`"code":"tls-failed"`, "--server-ca", `"diagnostics":{"tls-failed":1}`},
			err: []string{"TLS: ", "--server-ca", "-k"},
		},
		{name: "no server", code: 2, clean: true, err: []string{"which server?"}},
		{name: "no password", args: []string{server}, code: 2, clean: true, err: []string{"which password?"}},
		{name: "no interval", args: []string{server, "-i", "0s"}, password: "x", code: 2, clean: true, err: []string{"-i 0s"}},
	} {
		t.Run(tc.name, func(t *testing.T) {
			cmd := command(t, path, append([]string{"ping"}, tc.args...)...)
			cmd.Env = append(cmd.Env, "ANYTLS_PASSWORD="+tc.password)
			var stdout, stderr bytes.Buffer
			cmd.Stdout, cmd.Stderr = &stdout, &stderr
			code := 0
			var exit *exec.ExitError
			if err := cmd.Run(); errors.As(err, &exit) {
				code = exit.ExitCode()
			} else if err != nil {
				t.Fatal(err)
			}
			if code != tc.code {
				t.Errorf("exit code %d, want %d; standard error: %s", code, tc.code, &stderr)
			}
			for _, part := range tc.out {
				if !strings.Contains(stdout.String(), part) {
					t.Errorf("standard output lacks %q:\n%s", part, &stdout)
				}
			}
			for _, part := range tc.err {
				if !strings.Contains(stderr.String(), part) {
					t.Errorf("standard error lacks %q:\n%s", part, &stderr)
				}
			}
			if tc.clean && stdout.Len() > 0 {
				t.Errorf("standard output: %s", &stdout)
			}
			if tc.password != "" && strings.Contains(stdout.String()+stderr.String(), tc.password) && tc.password != "x" && tc.password != "wrong" {
				t.Error("the password was printed")
			}
		})
	}
}

// TestPingLost: a server that answers no heartbeat makes the exit code 1.
func TestPingLost(t *testing.T) {
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	ln, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: authority.Certificate})
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	go func() {
		c, err := ln.Accept()
		if err != nil {
			return
		}
		defer func() { _ = c.Close() }()
		settings, _ := protocol.AppendFrame(nil, protocol.ServerSettings, 0, []byte("v=2"))
		_, _ = c.Write(settings)
		_, _ = io.Copy(io.Discard, c)
	}()
	cmd := command(t, build(t), "ping", ln.Addr().String(), "-k", "-c", "2", "-i", "1ms", "-W", "20ms")
	cmd.Env = append(cmd.Env, "ANYTLS_PASSWORD=secret")
	var stdout, stderr bytes.Buffer
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	var exit *exec.ExitError
	if err := cmd.Run(); !errors.As(err, &exit) || exit.ExitCode() != 1 {
		t.Errorf("exit: %v", err)
	}
	if !strings.Contains(stdout.String(), "no answer within 20ms") || !strings.Contains(stdout.String(), "2 sent, 0 answered, 2 lost (100.0 %)") {
		t.Errorf("standard output: %s", &stdout)
	}
	if !strings.Contains(stderr.String(), "2 of 2 heartbeats were lost") {
		t.Errorf("standard error: %s", &stderr)
	}
}

// TestPingToServer: a ping shows a server that asks for it the given certificate, and says
// so where there is none; it shows each the server's name, or that of the flag; and it
// waits as long as it is told.
func TestPingToServer(t *testing.T) {
	environment(t, "secret", "")
	ping := func(server string, line ...string) error {
		cfg, err := pingConfigOf(t, server, append(line, "-k", "-o", "quiet")...)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), patience)
		defer cancel()
		return runPing(ctx, newStdio(nil, io.Discard, io.Discard), cfg)
	}
	given, cert, key := clientCertificate(t)
	server, _ := serveTLS(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	err := ping(server)
	if err == nil || !strings.Contains(err.Error(), "the server asks for a client certificate: give --client-cert FILE and --client-key FILE") {
		t.Errorf("without a certificate: %v", err)
	}
	shown := make(chan []byte, 1)
	server, _ = serveTLS(t, &tls.Config{
		ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: func(st tls.ConnectionState) error {
			shown <- st.PeerCertificates[0].Raw
			return errors.New("that is all")
		},
	})
	if err := ping(server, "--client-cert", cert, "--client-key", key); err == nil {
		t.Error("the ping goes on")
	}
	if got := <-shown; !bytes.Equal(got, given.Certificate[0]) {
		t.Error("the server was shown another certificate")
	}
	for sni, line := range map[string][]string{"localhost": nil, "flag.example": {"--sni", "flag.example"}, "": {"--sni", "127.0.0.1"}} {
		names := make(chan string, 1)
		server, _ = serveTLS(t, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
			names <- hello.ServerName
			return nil, errors.New("that is all")
		}})
		_, port, _ := net.SplitHostPort(server)
		if err := ping("localhost:"+port, line...); err == nil {
			t.Error("the ping goes on")
		}
		if got := <-names; got != sni {
			t.Errorf("%q: the server was shown the name %q, want %q", line, got, sni)
		}
	}
	err = ping(listenTCP(t).Addr().String(), "--handshake-timeout", "50ms")
	if err == nil || !strings.Contains(err.Error(), "the server does not answer") {
		t.Errorf("a silent server: %v", err)
	}
}
