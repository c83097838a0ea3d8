package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"strings"
	"testing"
)

// TestGreet: the Settings go out without a stream, and each step has its time.
func TestGreet(t *testing.T) {
	p := newPair(t)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{})))
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	if err := c.Greet(ctx); err != nil {
		t.Fatal(err)
	}
	if c.ServerVersion() != 2 {
		t.Errorf("the server's version is %d", c.ServerVersion())
	}
	for i, took := range c.Steps() {
		if took <= 0 {
			t.Errorf("%v took %v", Step(i), took)
		}
	}
	if err := c.Greet(ctx); err != nil {
		t.Errorf("a second time: %v", err)
	}
}

// TestGreetNoServerSettings: a server that says nothing is silent, and no version is known of
// it.
func TestGreetNoServerSettings(t *testing.T) {
	p := newPair(t)
	greeted := make(chan struct{})
	addr, wait := p.serveRaw(t, p.serverTLS(), func(s *rawServer) {
		s.record() // the preamble
		s.record() // the Settings
		close(greeted)
		s.rest()
	})
	c := dial(t, p.clientConfig(addr))
	ctx, cancel := context.WithCancel(t.Context())
	go func() {
		<-greeted
		cancel()
	}()
	if err := c.Greet(ctx); !errors.Is(err, ErrNoServerSettings) {
		t.Errorf("Greet: %v", err)
	}
	var silent *SilentError
	if err := c.Silent(); !errors.As(err, &silent) || silent.For <= 0 || c.ServerVersion() != 0 {
		t.Errorf("Silent: %v; version %d", err, c.ServerVersion())
	}
	_ = c.Close()
	wait()
}

// TestGreetWrongPassword: a server that closes without a word may not know the
// password, and the error says so.
func TestGreetWrongPassword(t *testing.T) {
	p := newPair(t)
	cfg := p.clientConfig(p.serve(t, ServerConfig{}))
	cfg.Password = "wrong"
	c := dial(t, cfg)
	err := c.Greet(t.Context())
	const want = "rejected: the server closed the connection before any frame: a wrong password is likeliest"
	var rejected *RejectedError
	if !errors.As(err, &rejected) || !errors.Is(err, ErrClosedByPeer) || err.Error() != want {
		t.Errorf("Greet: %v", err)
	}
	if err := c.Silent(); err != nil {
		t.Errorf("Silent: %v", err)
	}
}

// TestStepErrors: an error says which step failed, and what to do.
func TestStepErrors(t *testing.T) {
	p := newPair(t)
	addr := p.serve(t, ServerConfig{})
	stranger := p.clientConfig(addr)
	stranger.TLS.RootCAs = nil
	for _, tc := range []struct {
		name string
		cfg  ClientConfig
		step Step
		want string
	}{
		{"nobody there", p.clientConfig("127.0.0.1:1"), StepTCP, "is the server running there?"},
		{"an unknown CA", stranger, StepTLS, "-k"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			_, err := Dial(ctx, tc.cfg)
			var step *StepError
			if !errors.As(err, &step) || step.Step != tc.step || !strings.Contains(err.Error(), tc.want) {
				t.Errorf("Dial: %v", err)
			}
		})
	}
}

// TestClientCertificate: a server that asks for a certificate gets the given one. Where
// there is none, the error says so: under TLS 1.2 that of the handshake, under TLS 1.3
// that of the session, since the client's side of the handshake is over by then.
func TestClientCertificate(t *testing.T) {
	p := newPair(t)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			server := p.serverTLS()
			server.ClientAuth, server.MaxVersion = tls.RequireAnyClientCert, version
			cfg := p.clientConfig(p.serve(t, ServerConfig{TLS: server}))
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			c, err := Dial(ctx, cfg)
			if err == nil {
				err = c.Greet(ctx)
				_ = c.Close()
			}
			if err == nil || !strings.Contains(err.Error(), "the server asks for a client certificate: give --client-cert FILE and --client-key FILE") {
				t.Errorf("without a certificate: %v", err)
			}
			cfg.Certificate = &p.cert
			if err := dial(t, cfg).Greet(ctx); err != nil {
				t.Errorf("with a certificate: %v", err)
			}
		})
	}
}
