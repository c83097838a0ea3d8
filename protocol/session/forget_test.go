package session_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"anytls-inspect/protocol/session"
)

// TestForgottenAnswers: a dropped answer takes along the request that it would have settled,
// and no later answer is shifted by it.
func TestForgottenAnswers(t *testing.T) {
	var l session.Ledger
	for i, injected := range []bool{false, true, false} {
		l.Ask(session.Request{At: start.Add(time.Duration(i) * time.Second), Injected: injected})
	}
	if r, ok := l.Forget(0); !ok || !r.At.Equal(start) || r.Injected {
		t.Errorf("forgot %+v, %v", r, ok)
	}
	if s := l.Settle(start.Add(3*time.Second), 0); !s.Absorb || s.RTT != 2*time.Second {
		t.Errorf("the relay's answer is %+v", s)
	}
	if r, ok := l.Forget(0); !ok || !r.At.Equal(start.Add(2*time.Second)) {
		t.Errorf("forgot %+v, %v", r, ok)
	}
	if r, ok := l.Forget(0); ok {
		t.Errorf("an empty ledger forgot %+v", r)
	}
	if injected, peers := l.Owed(); injected != 0 || peers != 0 {
		t.Errorf("%d and %d are owed", injected, peers)
	}
}

// TestForgetIsLikeSettle: whether an answer is forgotten or settled, what comes later settles
// the same.
func TestForgetIsLikeSettle(t *testing.T) {
	for seed := range uint64(200) {
		r := rand.New(rand.NewPCG(seed, 3))
		var a, b session.Ledger
		now := start
		for range 60 {
			now = now.Add(time.Duration(r.IntN(3)) * time.Second)
			stream := uint32(r.IntN(3))
			switch r.IntN(4) {
			case 0:
				_, forgot := a.Forget(stream)
				if s := b.Settle(now, stream); s.Unsolicited == forgot {
					t.Fatalf("seed %d: forgotten: %v, settled: %+v", seed, forgot, s)
				}
			case 1:
				if x, y := a.Settle(now, stream), b.Settle(now, stream); x != y {
					t.Fatalf("seed %d: settled %+v and %+v", seed, x, y)
				}
			case 2:
				x, n := a.Expire(now.Add(-4 * time.Second))
				if y, m := b.Expire(now.Add(-4 * time.Second)); x != y || n != m {
					t.Fatalf("seed %d: %d like %+v expired, and %d like %+v", seed, n, x, m, y)
				}
			default:
				q := session.Request{At: now, Stream: stream, Injected: stream == 0 && r.IntN(2) == 0}
				a.Ask(q)
				b.Ask(q)
			}
		}
	}
}
