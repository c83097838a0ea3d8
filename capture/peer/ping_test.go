package peer

import (
	"context"
	"errors"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

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
