package session_test

import (
	"fmt"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestLedgerOfMany holds that requests which go out at one time are told apart from others
// however many they are.
func TestLedgerOfMany(t *testing.T) {
	const bursts, each = 10, 20_000
	var l session.Ledger
	at := func(burst int) time.Time { return start.Add(time.Duration(burst) * time.Second) }
	for i := range bursts * each {
		if !l.Ask(session.Request{At: at(i / each), Injected: i/each%2 == 1}) {
			t.Fatalf("full after %d requests", i)
		}
	}
	if injected, peers := l.Owed(); injected != bursts*each/2 || peers != injected {
		t.Errorf("owed are %d and %d", injected, peers)
	}
	if held := l.Spans(); held != bursts {
		t.Errorf("%d spans for %d bursts", held, bursts)
	}
	if r, n := l.Expire(at(0)); n != each || r != (session.Request{At: at(0), Expired: true}) {
		t.Errorf("%d of %+v expired", n, r)
	}
	for i := range bursts * each {
		want := session.Request{At: at(i / each), Injected: i/each%2 == 1, Expired: i < each}
		if got := l.SettleMarked(at(20), 0, want.Injected); got.Request != want || got.RTT != at(20).Sub(want.At) {
			t.Fatalf("answer %d settles %+v, want %+v", i, got, want)
		}
	}
	if got := l.Settle(at(20), 0); !got.Unsolicited {
		t.Errorf("one answer more: %+v", got)
	}
}

// TestLedgerEstimates holds that where more requests are owed than are told apart, none
// gets lost, and times that are no longer exact say so.
func TestLedgerEstimates(t *testing.T) {
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	t.Run("exact up to the bound", func(t *testing.T) {
		var l session.Ledger
		for i := range session.MaxSpans {
			l.Ask(session.Request{At: at(i)})
		}
		for i := range session.MaxSpans {
			if got := l.Settle(at(9000), 0); got.Estimated || !got.At.Equal(at(i)) {
				t.Fatalf("answer %d: %+v", i, got)
			}
		}
	})
	t.Run("beyond it they join the last", func(t *testing.T) {
		const n = 3 * session.MaxSpans
		var l session.Ledger
		for i := range n {
			if !l.Ask(session.Request{At: at(i)}) {
				t.Fatalf("full after %d", i)
			}
		}
		if _, peers := l.Owed(); peers != n || l.Spans() != session.MaxSpans {
			t.Errorf("owed are %d in %d spans", peers, l.Spans())
		}
		for i := range n {
			got := l.Settle(at(n), 0)
			if last := session.MaxSpans - 1; got.Unsolicited || got.Estimated != (i >= last) || !got.At.Equal(at(min(i, last))) {
				t.Fatalf("answer %d: %+v", i, got)
			}
		}
	})
	t.Run("tombstones fold", func(t *testing.T) {
		const n = 10 * session.MaxSpans
		var l session.Ledger
		expired := 0
		for i := range n {
			if !l.Ask(session.Request{At: at(i), Injected: i%1000 == 0}) {
				t.Fatalf("full after %d", i)
			}
			for {
				_, k := l.Expire(at(i - 100))
				if k == 0 {
					break
				}
				expired += k
			}
		}
		injected, peers := l.Owed()
		if injected != (n+999)/1000 || injected+peers != n || expired != n-100 || l.Spans() > session.MaxSpans {
			t.Errorf("owed are %d and %d, %d expired, in %d spans", injected, peers, expired, l.Spans())
		}
		estimated := 0
		for i := range n {
			got := l.Settle(at(n), 0)
			if got.Unsolicited || got.Expired != (i < n-100) || i >= n-100 && (got.Estimated || !got.At.Equal(at(i))) {
				t.Fatalf("answer %d: %+v", i, got)
			}
			if got.Estimated {
				estimated++
			}
		}
		if estimated == 0 {
			t.Error("the times of folded tombstones are said to be exact")
		}
	})
	t.Run("full where no two are of one kind", func(t *testing.T) {
		var l session.Ledger
		i := 0
		for l.Ask(session.Request{At: start, Stream: uint32(i % 2)}) {
			i++
		}
		if i < session.MaxSpans || i > session.MaxSpans+200 || !l.Overflowed() {
			t.Fatalf("full after %d requests", i)
		}
		if got := l.Settle(start, 0); !got.Unsolicited || got.Absorb {
			t.Errorf("an answer after the overflow: %+v", got)
		}
		if l.Ask(session.Request{}) {
			t.Error("requests are told apart again after an overflow")
		}
		if injected, peers := l.Owed(); injected+peers != 0 {
			t.Errorf("Owed() = %d, %d after the overflow", injected, peers)
		}
	})
}

// TestThousandsOfHeartbeats holds that a tracker's figures are exact while thousands of
// requests wait that went out one by one.
func TestThousandsOfHeartbeats(t *testing.T) {
	const n = 4000
	tracker := openStreams(session.Config{HeartbeatTimeout: time.Minute}, nothing{}, 0)
	at := func(ms int) time.Time { return start.Add(time.Duration(ms) * time.Millisecond) }
	for i := range n {
		tracker.Data(at(i), c2s, frame(protocol.HeartRequest, 0, nil), session.Fate{})
	}
	h := tracker.Heartbeats(protocol.Server, session.OriginPeer)
	for i := range n {
		tracker.Data(at(n+2*i), s2c, frame(protocol.HeartResponse, 0, nil), session.Fate{})
		if want := time.Duration(n+i) * time.Millisecond; h.Last != want {
			t.Fatalf("answer %d took %v, want %v", i, h.Last, want)
		}
	}
	if f := h.Figures(); f.Sent != n || f.Answered != n || f.Lost+f.Cut+f.Estimated+f.Waiting != 0 {
		t.Errorf("figures %+v", f)
	}
}

// BenchmarkLedger asks and settles while many are owed: nothing is allocated for it.
func BenchmarkLedger(b *testing.B) {
	for _, owed := range []int{1, 1000} {
		b.Run(fmt.Sprintf("owed=%d", owed), func(b *testing.B) {
			var l session.Ledger
			now := start
			ask := func() {
				now = now.Add(time.Microsecond)
				l.Ask(session.Request{At: now})
			}
			for range owed {
				ask()
			}
			b.ReportAllocs()
			for b.Loop() {
				ask()
				l.Settle(now, 0)
			}
		})
	}
}

// TestLedgerAllocatesNothing holds what the benchmark measures.
func TestLedgerAllocatesNothing(t *testing.T) {
	var l session.Ledger
	now := start
	step := func() {
		now = now.Add(time.Microsecond)
		l.Ask(session.Request{At: now})
		l.Settle(now, 0)
	}
	l.Ask(session.Request{At: now})
	for range 1000 {
		step()
	}
	if n := testing.AllocsPerRun(10_000, step); n != 0 {
		t.Errorf("%v allocations a request", n)
	}
}
