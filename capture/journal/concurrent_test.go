package journal_test

import (
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestConcurrentUse records from several goroutines, as a relay does, while
// others read in every way, and holds that nothing is lost and nothing counted
// twice. Run with the race detector.
func TestConcurrentUse(t *testing.T) {
	const sessions, rounds = 4, 300
	j := journal.New(journal.Limits{Entries: 200, Bytes: 1000, Sessions: 2, Streams: 4}, session.Config{})
	var writers, readers sync.WaitGroup
	done := make(chan struct{})
	reader := func(read func()) {
		readers.Go(func() {
			for {
				select {
				case <-done:
					return
				default:
					read()
				}
			}
		})
	}

	for id := capture.SessionID(1); id <= sessions; id++ {
		writers.Go(func() {
			s := &source{Journal: j, now: start}
			s.open(id)
			for n := range uint32(rounds) {
				s.wait(time.Millisecond)
				s.client(id, protocol.SYN, n+1, "")
				s.client(id, protocol.PSH, n+1, target+"up")
				s.data(id, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
				s.data(id, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
				s.server(id, protocol.SYN, 1, "")
				s.server(id, protocol.FIN, n+1, "")
				s.client(id, protocol.FIN, n+1, "")
			}
			s.close(id)
		})
	}

	var batch journal.Batch
	var read, missed uint64
	drain := func() {
		for j.Read(&batch, 50) {
			for i := range batch.Entries {
				if batch.Entries[i].IsFrame() {
					_ = batch.Entries[i].Frame().Info()
				}
			}
			read += uint64(len(batch.Entries))
			missed += batch.Missed
		}
	}
	reader(drain)
	reader(func() {
		v := look(j, query{
			Session: 2, Sessions: journal.Window{Limit: 10}, Streams: journal.Window{Limit: 10, Anchor: 3}, Diagnostics: journal.Window{Limit: 10},
			Frames: journal.AskFrames{Session: 1, Before: 20, After: 20, Match: func(e *journal.Entry) bool { return e.Dir == c2s }},
			Detail: 150,
		})
		for i := range v.Frames.Rows {
			_ = v.Frames.Rows[i].Frame().Info()
		}
	})
	reader(func() {
		totals := j.Totals()
		h := &totals.Heartbeats[protocol.Server][session.OriginRelay]
		if h.Waiting() > h.Sent || uint64(h.Quantiles().Count) != h.Answered {
			t.Errorf("totals in between: %+v", h)
		}
	})
	reader(func() {
		_ = j.Version()
		j.Tick(start)
	})

	writers.Wait()
	close(done)
	readers.Wait()
	drain()

	totals := j.Totals()
	newest := look(j, query{}).Frames.Newest
	if read+missed != newest {
		t.Errorf("%d entries read and %d missed of %d", read, missed, newest)
	}
	if totals.Sessions != sessions || totals.Streams != sessions*rounds || totals.Frames != sessions*(3+7*rounds) ||
		totals.Diagnostics[session.CodeWrongSide] != sessions*rounds || totals.Evicted != newest-200 {
		t.Errorf("totals: %+v", totals)
	}
	if h := totals.Heartbeats[protocol.Server][session.OriginRelay]; h.Sent != sessions*rounds || h.Answered != h.Sent {
		t.Errorf("heartbeats: %+v", h)
	}
}
