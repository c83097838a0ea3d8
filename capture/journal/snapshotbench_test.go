package journal_test

import (
	"fmt"
	"runtime"
	"runtime/metrics"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// crowded returns a journal of live sessions with 20 streams and some heartbeats each, and
// with as many diagnostics as can be listed.
func crowded(b *testing.B, sessions capture.SessionID) *source {
	b.Helper()
	s := newSource(journal.Limits{})
	for id := range sessions {
		s.open(id + 1)
		for n := range uint32(20) {
			s.client(id+1, protocol.SYN, n+1, "")
			s.client(id+1, protocol.PSH, n+1, target)
		}
		s.server(id+1, protocol.SYN, 1, "")
		for n := range 20 {
			s.data(id+1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
			s.wait(time.Duration(n) * time.Millisecond)
			s.data(id+1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
		}
	}
	return s
}

// BenchmarkTake takes a snapshot while nothing is recorded.
func BenchmarkTake(b *testing.B) {
	for _, sessions := range []capture.SessionID{10, 1000} {
		b.Run(fmt.Sprintf("sessions=%d", sessions), func(b *testing.B) {
			s := crowded(b, sessions)
			b.ReportAllocs()
			for b.Loop() {
				journal.Take(s.Journal)
			}
		})
	}
}

// BenchmarkRecordWhileTaken records from 8 goroutines, a session each: alone, and while
// snapshots of 1000 sessions are taken one after the other. It tells how long a record
// has waited for locks.
func BenchmarkRecordWhileTaken(b *testing.B) {
	const relays = 8
	for _, taken := range []bool{false, true} {
		b.Run(fmt.Sprintf("taken=%v", taken), func(b *testing.B) {
			s := crowded(b, 1000)
			wire := frame(protocol.PSH, 1, string(make([]byte, 1000)))
			done := make(chan struct{})
			var taker, recorders sync.WaitGroup
			b.ResetTimer()
			waited := mutexWait()
			if taken {
				taker.Go(func() {
					for {
						select {
						case <-done:
							return
						default:
							journal.Take(s.Journal)
						}
					}
				})
			}
			for id := range capture.SessionID(relays) {
				recorders.Go(func() {
					e := &capture.Event{Kind: capture.Data, Session: id*100 + 1, At: s.now, Dir: s2c, Data: wire}
					for range b.N / relays {
						s.Record(e)
						runtime.Gosched() // as reading a socket does
					}
				})
			}
			recorders.Wait()
			b.StopTimer()
			b.ReportMetric((mutexWait()-waited)*1e9/float64(b.N), "ns-waited/op")
			close(done)
			taker.Wait()
		})
	}
}

// mutexWait returns how long goroutines have waited for mutexes, in seconds.
func mutexWait() float64 {
	sample := []metrics.Sample{{Name: "/sync/mutex/wait/total:seconds"}}
	metrics.Read(sample)
	return sample[0].Value.Float64()
}
