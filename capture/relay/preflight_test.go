package relay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
)

// TestPreflight: it succeeds without a trace, and ends its connection in good order; the
// server sees close_notify, and no reset though it has sent session tickets.
func TestPreflight(t *testing.T) {
	var keys bytes.Buffer
	r := newRig(t, options{relay: func(c *relay.Config) {
		c.KeyLog, c.Recorder = &keys, failingRecorder{t}
	}})
	ended := make(chan error, 1)
	go func() {
		server := <-r.accepted
		_, err := server.Read(make([]byte, 1))
		_ = server.CloseWrite()
		_, raw := io.Copy(io.Discard, server.NetConn())
		_ = server.Close()
		ended <- errors.Join(wantEOF(err), raw)
	}()
	if err := r.relay.Preflight(t.Context(), func(text string) { t.Error(text) }); err != nil {
		t.Error(err)
	}
	if err := <-ended; err != nil {
		t.Errorf("the server sees the end %v", err)
	}
	if keys.Len() > 0 {
		t.Errorf("secrets were logged:\n%s", &keys)
	}
	if v := r.look(); v.Session != nil || v.Totals.Sessions > 0 {
		t.Errorf("the preflight is session %+v", v.Session)
	}
	if id := r.registry.Begin(nil); id != 1 {
		t.Errorf("the first session is number %d", id)
	}
}

// wantEOF returns an error unless err is that of close_notify.
func wantEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // the very error: anything that wraps it is another end
		return nil
	}
	return errors.Join(errors.New("no close_notify"), err)
}

type failingRecorder struct{ t *testing.T }

func (r failingRecorder) Leg(l capture.LegInfo) capture.LegRecorder {
	r.t.Errorf("the preflight is recorded: %+v", l)
	return nil
}

// TestPreflightFailures: it says what is wrong with the server, and what to do. Where it
// is the SNI, which clients may show otherwise, it does not say so for certain, or nothing.
func TestPreflightFailures(t *testing.T) {
	const doubt = "; where clients show it a name that it takes, all is well"
	sni := func(name string) func(*relay.Config) { return func(c *relay.Config) { c.SNI = name } }
	for _, tc := range []struct {
		name   string
		server func(*tls.Config)
		relay  func(*relay.Config)
		want   []string // parts of the error; none: it succeeds
		not    string
	}{
		{name: "nobody listens", relay: func(c *relay.Config) { c.Server = "127.0.0.1:1" }, want: []string{"a first try of the server 127.0.0.1:1 failed: server leg: ", "refused", "is the server running there?"}},
		{name: "an unknown CA", relay: func(c *relay.Config) { c.Roots = nil }, want: []string{"--server-ca FILE, or -k"}},
		{name: "an unknown CA, not verified", relay: func(c *relay.Config) { c.Roots, c.Insecure = nil, true }},
		{name: "old TLS", server: func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11 }, want: []string{"protocol version"}},
		{name: "a client certificate, TLS 1.2", server: asks(tls.RequireAnyClientCert, tls.VersionTLS12), want: []string{"give --client-cert FILE and --client-key FILE"}},
		{name: "a client certificate, TLS 1.3", server: asks(tls.RequireAnyClientCert, tls.VersionTLS13), want: []string{"give --client-cert FILE and --client-key FILE"}},
		{name: "a client certificate in a file", server: asks(tls.RequireAnyClientCert, tls.VersionTLS13), relay: func(c *relay.Config) { c.FromFile = true }, want: []string{"give client_cert and client_key"}},
		{name: "a client certificate, given", server: asks(tls.RequireAnyClientCert, tls.VersionTLS13), relay: func(c *relay.Config) { c.ClientCertificate = leaf(t, "client.example") }},
		{name: "a client certificate at will", server: asks(tls.RequestClientCert, tls.VersionTLS13)},
		{name: "the server's own name", server: wantsName, relay: named},
		{name: "a server that wants a name, by its address", server: wantsName, want: []string{"since it was shown no name: likely it wants --sni NAME" + doubt}},
		{name: "a server that wants a name, which is given", server: wantsName, relay: sni("example.com")},
		{name: "a server that wants a name and is given none", server: wantsName, relay: sni("127.0.0.1"), want: []string{"likely it wants --sni NAME"}, not: doubt},
		{name: "any certificate, by an address", server: onlyFor("other.example")},
		{name: "another certificate, by a name", server: onlyFor("other.example"), relay: named, want: []string{"give --sni NAME, or -k to skip verification" + doubt}},
		{name: "another certificate than of the given name", server: onlyFor("other.example"), relay: sni("example.com"), want: []string{"give --sni NAME, or -k"}, not: doubt},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, options{server: tc.server, relay: tc.relay})
			stop := make(chan struct{})
			defer close(stop)
			go func() { // the server closes when the relay has
				select {
				case c := <-r.accepted:
					_, _ = c.Read(make([]byte, 1))
					_ = c.Close()
				case <-stop:
				}
			}()
			err := r.relay.Preflight(t.Context(), func(text string) { t.Error(text) })
			if (err != nil) != (tc.want != nil) {
				t.Fatalf("the preflight: %v, want %q", err, tc.want)
			}
			for _, part := range tc.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
			if tc.not != "" && strings.Contains(err.Error(), tc.not) {
				t.Errorf("%q says %q", err, tc.not)
			}
		})
	}
}

// TestPreflightOfItself: a relay that is its own server is told as that.
func TestPreflightOfItself(t *testing.T) {
	ln := listen(t)
	r := newRig(t, options{
		relay: func(c *relay.Config) { c.Server = ln.Addr().String() },
		listen: func(other net.Listener) net.Listener {
			_ = other.Close()
			return ln
		},
	})
	r.relay.Announce(ln.Addr())
	if err := r.relay.Preflight(t.Context(), func(text string) { t.Error(text) }); err == nil || !strings.Contains(err.Error(), "that of the relay itself") {
		t.Errorf("the preflight: %v", err)
	}
}

// TestPreflightSilence: of a server that says nothing it tells so before clients give up. Such
// a server keeps it no longer than the handshake may take, and the end of its context ends it at once and without an error.
func TestPreflightSilence(t *testing.T) {
	warned := make(chan string, 1)
	slow := func(text string) { warned <- text }
	silent := func(timeout time.Duration) (*rig, net.Listener) {
		server := listen(t)
		t.Cleanup(func() { _ = server.Close() })
		return newRig(t, options{relay: func(c *relay.Config) {
			c.Server, c.HandshakeTimeout = server.Addr().String(), timeout
		}}), server
	}
	r, _ := silent(600 * time.Millisecond)
	err := r.relay.Preflight(t.Context(), slow)
	if err == nil || !strings.Contains(err.Error(), "the server does not answer") || !strings.Contains(err.Error(), "--handshake-timeout") {
		t.Errorf("the preflight: %v", err)
	}
	if got, want := <-warned, "it has not answered for 300ms; going on until it has taken 600ms (--handshake-timeout)"; !strings.HasSuffix(got, want) {
		t.Errorf("it tells of %q, want %q", got, want)
	}

	r, server := silent(patience)
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	done := make(chan error)
	go func() { done <- r.relay.Preflight(ctx, slow) }()
	c, err := server.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	cancel()
	if err := <-done; err != nil {
		t.Errorf("the preflight that was ended: %v", err)
	}
}
