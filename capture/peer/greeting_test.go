package peer

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
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

// TestPing: every HeartRequest of a series is answered.
func TestPing(t *testing.T) {
	p := newPair(t)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{})))
	var seqs []int
	err := c.Ping(t.Context(), PingConfig{Count: 3, Interval: time.Millisecond, Timeout: patience}, func(g Ping) {
		if g.Err != nil || g.RTT <= 0 {
			t.Errorf("seq %d: %v, %v", g.Seq, g.RTT, g.Err)
		}
		seqs = append(seqs, g.Seq)
	})
	if err != nil || len(seqs) != 3 {
		t.Errorf("pings %v, %v", seqs, err)
	}
}

// TestPingUnanswered: an answer that does not come in time does not stop the next.
func TestPingUnanswered(t *testing.T) {
	p := newPair(t)
	addr, wait := p.serveRaw(t, p.serverTLS(), func(s *rawServer) { s.rest() })
	c := dial(t, p.clientConfig(addr))
	lost := 0
	err := c.Ping(t.Context(), PingConfig{Count: 2, Interval: time.Millisecond, Timeout: 5 * time.Millisecond}, func(g Ping) {
		if errors.Is(g.Err, context.DeadlineExceeded) {
			lost++
		}
	})
	if err != nil || lost != 2 {
		t.Errorf("%d lost, %v", lost, err)
	}
	_ = c.Close()
	wait()
}

// TestPingRefused: the end of the session ends the series with the session's reason.
func TestPingRefused(t *testing.T) {
	p := newPair(t)
	addr, wait := p.serveRaw(t, p.serverTLS(), func(s *rawServer) {
		s.record()
		s.record()
		s.send(frame{protocol.Alert, 0, []byte("no more")})
	})
	c := dial(t, p.clientConfig(addr))
	err := c.Ping(t.Context(), PingConfig{Interval: time.Millisecond, Timeout: patience}, func(Ping) {})
	var alert *AlertError
	if !errors.As(err, &alert) || alert.Text != "no more" {
		t.Errorf("Ping: %v", err)
	}
	_ = c.Close()
	wait()
}
