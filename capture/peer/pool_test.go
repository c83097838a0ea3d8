package peer

import (
	"context"
	"errors"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

func TestPool(t *testing.T) {
	p := newPair(t)
	scheme := parseScheme(t, fixedScheme)
	addr := p.serve(t, ServerConfig{Dial: echo, Scheme: scheme})
	var schemes []*protocol.PaddingScheme
	pool := NewPool(func(ctx context.Context, s *protocol.PaddingScheme) (*Client, error) {
		schemes = append(schemes, s)
		cfg := p.clientConfig(addr)
		cfg.Scheme = s
		return Dial(ctx, cfg)
	})
	take := func() *Client {
		t.Helper()
		c, err := pool.Take(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	oldest, middle, newest := take(), take(), take()
	if _, err := oldest.Heartbeat(t.Context()); err != nil { // it is told the server's scheme
		t.Fatal(err)
	}
	pool.Put(oldest)
	between := time.Now()
	pool.Put(middle)
	pool.Put(newest)
	if got := take(); got != newest {
		t.Error("the newest idle session was not taken first")
	}
	newest.Close()
	pool.Put(newest)
	if got := take(); got != middle {
		t.Error("a session that ended was kept, or not the newest was taken")
	}
	pool.Put(middle)
	if n := pool.Reap(between); n != 1 || oldest.Err() == nil || middle.Err() != nil {
		t.Errorf("reaped %d; the oldest: %v, the next: %v", n, oldest.Err(), middle.Err())
	}
	middle.Close() // while it is idle
	fourth := take()
	if len(schemes) != 4 || schemes[2] != nil || schemes[3] == nil || schemes[3].MD5() != scheme.MD5() {
		t.Errorf("sessions were opened with the schemes %v; the fourth is to have the server's", schemes)
	}
	if _, err := fourth.Heartbeat(t.Context()); err != nil || fourth.LearnedScheme() != nil {
		t.Errorf("the fourth was sent a scheme, or %v", err)
	}
	pool.Close()
	if fourth.Err() != nil {
		t.Error("a session that was taken was closed")
	}
	pool.Put(fourth)
	if fourth.Err() == nil {
		t.Error("a closed pool kept a session")
	}
	if _, err := pool.Take(t.Context()); !errors.Is(err, ErrPoolClosed) {
		t.Errorf("Take of a closed pool: %v", err)
	}
}
