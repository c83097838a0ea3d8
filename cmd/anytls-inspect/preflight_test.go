package main

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
)

// A stderrLines is standard error, whose lines a test can wait for.
type stderrLines struct {
	mu    sync.Mutex
	text  bytes.Buffer
	lines chan string
}

func newStderrLines() *stderrLines { return &stderrLines{lines: make(chan string, 200)} }

// Write takes lines, each whole.
func (e *stderrLines) Write(b []byte) (int, error) {
	e.mu.Lock()
	defer e.mu.Unlock()
	for line := range strings.Lines(string(b)) {
		e.lines <- line
	}
	return e.text.Write(b)
}

func (e *stderrLines) String() string {
	e.mu.Lock()
	defer e.mu.Unlock()
	return e.text.String()
}

// await waits for a line that contains a text.
func (e *stderrLines) await(t *testing.T, part string) string {
	t.Helper()
	deadline := time.After(patience)
	for {
		select {
		case line := <-e.lines:
			if strings.Contains(line, part) {
				return line
			}
		case <-deadline:
			t.Fatalf("standard error does not say %q:\n%s", part, e)
		}
	}
}

// startRelay runs a relay until the returned function is called, which returns how it
// ended. Nothing is kept of its output.
func startRelay(t *testing.T, line ...string) (stderr *stderrLines, stop func() error) {
	t.Helper()
	environment(t, "", "")
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	cfg, err := relayConfigOf(t, false, append(line, "-o", "quiet")...)
	if err != nil {
		t.Fatal(err)
	}
	stderr = newStderrLines()
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- runRelay(ctx, newStdio(nil, io.Discard, stderr), cfg) }()
	stop = sync.OnceValue(func() error {
		cancel()
		return <-ended
	})
	t.Cleanup(func() { _ = stop() })
	return stderr, stop
}

// listenTCP listens on loopback until the test ends.
func listenTCP(t *testing.T) *net.TCPListener {
	t.Helper()
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	return ln.(*net.TCPListener)
}

// serveTLS accepts one connection, and returns how it ended: nil for close_notify.
func serveTLS(t *testing.T, cfg *tls.Config) (address string, ended <-chan error) {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	cfg.GetCertificate = authority.Certificate
	ln := listenTCP(t)
	ends := make(chan error, 1)
	go func() {
		raw, err := ln.Accept()
		if err != nil {
			ends <- err
			return
		}
		c := tls.Server(raw, cfg)
		_, err = c.Read(make([]byte, 1))
		if errors.Is(err, io.EOF) {
			err = nil
		}
		_ = c.Close()
		ends <- err
	}()
	return ln.Addr().String(), ends
}

// TestPreflight: the server of each route is tried at the start. Of one with which
// nothing is wrong nothing is said, of another what is wrong and what to do; the relay
// goes on.
func TestPreflight(t *testing.T) {
	good, ended := serveTLS(t, new(tls.Config))
	stderr, stop := startRelay(t, "-k", "-l", "0", "-s", good, "-l", "0", "-s", "127.0.0.1:1")
	line := stderr.await(t, "a first try of the server")
	if !strings.HasPrefix(line, "anytls-inspect: route 127.0.0.1:") || !strings.Contains(line, ": a first try of the server 127.0.0.1:1 failed: server leg: ") ||
		!strings.Contains(line, "is the server running there?") {
		t.Errorf("standard error says %q", line)
	}
	if err := <-ended; err != nil {
		t.Errorf("the good server sees the end %v", err)
	}
	if err := stop(); err != nil {
		t.Errorf("the relay ends with %v", err)
	}
	if text := stderr.String(); strings.Count(text, "a first try") != 1 {
		t.Errorf("standard error says of the good server:\n%s", text)
	}
}

// TestPreflightIsBeside: the relay listens, and its routes are tried, while no server
// answers; and it ends at once all the same, without a word about them.
func TestPreflightIsBeside(t *testing.T) {
	one, two := listenTCP(t), listenTCP(t)
	stderr, stop := startRelay(t, "-l", "0", "-s", one.Addr().String(), "-l", "0", "-s", two.Addr().String())
	stderr.await(t, "listening on 2 routes")
	for _, ln := range []net.Listener{one, two} { // both are tried before either ends
		c, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		defer func() { _ = c.Close() }()
	}
	began := time.Now()
	if err := stop(); err != nil {
		t.Errorf("the relay ends with %v", err)
	}
	if took := time.Since(began); took > time.Second {
		t.Errorf("the end took %v", took)
	}
	if text := stderr.String(); strings.Contains(text, "first try") {
		t.Errorf("standard error:\n%s", text)
	}
}

// TestNoPreflight: with --no-preflight the first connection to the server is that of a
// client; nor does the demo try its own server.
func TestNoPreflight(t *testing.T) {
	server := listenTCP(t)
	stderr, stop := startRelay(t, "-l", "0", "-s", server.Addr().String(), "--no-preflight")
	_, address, _ := strings.Cut(strings.TrimSuffix(stderr.await(t, "listening on"), "; end with Ctrl-C\n"), "listening on ")
	dialed := make(chan error, 1)
	go func() {
		dialer := tls.Dialer{Config: &tls.Config{ServerName: "client.example"}}
		_, err := dialer.DialContext(t.Context(), "tcp", address)
		dialed <- err
	}()
	raw, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	var name string
	_ = tls.Server(raw, &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		name = hello.ServerName
		return nil, errors.New("that is all")
	}}).HandshakeContext(t.Context())
	if name != "client.example" {
		t.Errorf("the first connection shows the name %q", name)
	}
	_ = raw.Close()
	if err := <-dialed; err == nil {
		t.Error("the client's session stands")
	}
	if err := stop(); err != nil {
		t.Errorf("the relay ends with %v", err)
	}
	if err := server.SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Accept(); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("there is a second connection to the server: %v", err)
	}
	var f demoFlags
	parse(t, f.register, nil)
	if cfg, err := f.config(false); err != nil || cfg.live.preflight {
		t.Errorf("the demo: %+v, %v", cfg.live, err)
	}
}

// TestPreflightShowsCertificate: a server that asks for a certificate is told as one by
// the first try, and gets what the flags give.
func TestPreflightShowsCertificate(t *testing.T) {
	given, cert, key := clientCertificate(t)
	server, _ := serveTLS(t, &tls.Config{ClientAuth: tls.RequireAnyClientCert})
	stderr, stop := startRelay(t, "-k", "-l", "0", "-s", server)
	stderr.await(t, "the server asks for a client certificate: give --client-cert FILE and --client-key FILE")
	_ = stop()

	shown := make(chan []byte, 1)
	server, ended := serveTLS(t, &tls.Config{
		ClientAuth: tls.RequireAnyClientCert,
		VerifyConnection: func(st tls.ConnectionState) error {
			shown <- st.PeerCertificates[0].Raw
			return nil
		},
	})
	stderr, stop = startRelay(t, "-k", "-l", "0", "-s", server, "--client-cert", cert, "--client-key", key)
	if got := <-shown; !bytes.Equal(got, given.Certificate[0]) {
		t.Error("the server was shown another certificate")
	}
	if err := <-ended; err != nil {
		t.Errorf("the server sees the end %v", err)
	}
	_ = stop()
	if text := stderr.String(); strings.Contains(text, "first try") {
		t.Errorf("standard error:\n%s", text)
	}
}

// TestWarnerHolds: warnings while the screen is shown are told after it, in order. Of those
// that there is no room for, the number is told.
func TestWarnerHolds(t *testing.T) {
	stderr := newStderrLines()
	s := newStdio(nil, io.Discard, stderr)
	w := newWarner(s)
	w.hold()
	want := ""
	for i := range maxKept + 2 {
		text := fmt.Sprintf("try %d failed", i)
		w.warn(text)
		if i < maxKept {
			want += program + ": " + text + "\n"
		}
	}
	if text := stderr.String(); text != "" {
		t.Errorf("on the screen: %q", text)
	}
	w.release()
	w.warn("another try failed")
	s.err.queue.flush(patience)
	want += program + ": later warnings that there was no room for: 2\n" + program + ": another try failed\n"
	if text := stderr.String(); text != want {
		t.Errorf("after the screen: %q", text)
	}
}
