package peer

import (
	"context"
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

// TestGreetVersion1: a server that sends no ServerSettings is one of version 1.
func TestGreetVersion1(t *testing.T) {
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
	if !errors.Is(err, ErrClosedByPeer) || !strings.HasSuffix(err.Error(), ": wrong password, or not AnyTLS") {
		t.Errorf("Greet: %v", err)
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
