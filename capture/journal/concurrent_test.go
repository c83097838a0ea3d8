package journal_test

import (
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestTakeWhileRecording takes snapshots while sessions open, go on and close on several
// goroutines, in each round as many as there are. It holds that each session agrees with
// itself: it has as many frames, streams and heartbeats as it counts. And that nothing of
// a snapshot changes.
func TestTakeWhileRecording(t *testing.T) {
	const recorders, rounds = 4, 30
	j := journal.New(journal.Limits{Sessions: 6}, session.Config{})
	ids := make(chan capture.SessionID, recorders)
	var writers sync.WaitGroup
	for range recorders {
		writers.Go(func() {
			s := &source{Journal: j, now: start}
			for id := range ids {
				s.open(id)
				for stream := range uint32(40) {
					s.client(id, protocol.SYN, stream+1, "")
					s.client(id, protocol.PSH, stream+1, target+"up")
					s.data(id, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
					s.data(id, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
				}
				s.close(id)
			}
		})
	}
	var snapshots []*journal.Snapshot
	var shown [][]journal.SessionRow
	for id := capture.SessionID(1); id <= recorders*rounds; id++ {
		ids <- id
		at := journal.Take(j)
		snapshots, shown = append(snapshots, at), append(shown, consistent(t, at))
	}
	close(ids)
	writers.Wait()
	for i, at := range append(snapshots, journal.Take(j)) {
		rows := consistent(t, at)
		if i == len(snapshots) {
			break // of the end, which was not looked at before
		}
		if diff := cmp.Diff(shown[i], rows); diff != "" {
			t.Errorf("snapshot %d has changed:\n%s", i, diff)
		}
	}
	if evicted := j.Totals().Evicted; evicted != 0 {
		t.Errorf("%d entries are evicted: the test needs more room", evicted)
	}
}

// consistent holds that what a snapshot says of each session agrees, and returns the
// sessions.
func consistent(t *testing.T, at *journal.Snapshot) []journal.SessionRow {
	t.Helper()
	all := journal.Window{Limit: many}
	summary, rows := journal.Look(at, journal.AskSummary{}), journal.Look(at, journal.AskSessions{Window: all}).Rows
	if n := int(summary.Sessions - summary.SessionsEvicted); n != len(rows) || summary.Live > n {
		t.Errorf("%d sessions of %d, %d live", len(rows), n, summary.Live)
	}
	for i := range rows {
		row, st := &rows[i], &rows[i].State
		frames := journal.Look(at, journal.AskFrames{Session: row.ID, Before: many}).Rows
		counted := st.Frames[c2s] + st.Frames[s2c]
		if len(frames) > 0 && frames[0].Preamble {
			counted++ // it has a row among the frames, and is none
		}
		if uint64(len(frames)) != counted {
			t.Errorf("session %d lists %d rows of %d", row.ID, len(frames), counted)
		}
		if n := len(frames); n > 0 && journal.Look(at, journal.AskFrame{Index: frames[n-1].Index}) == nil {
			t.Errorf("session %d lists frame %d, which is not there", row.ID, frames[n-1].Index)
		}
		streams := journal.Look(at, journal.AskStreams{Session: row.ID, Window: all})
		if uint64(streams.All) != st.Streams || len(streams.Rows) != streams.All {
			t.Errorf("session %d: %d streams of %d", row.ID, len(streams.Rows), st.Streams)
		}
		beats := journal.Look(at, journal.AskHeartbeats{Session: row.ID})[protocol.Server].Injected
		if beats.Sent != st.Commands[c2s][protocol.HeartRequest] || beats.Waiting != row.Waiting[protocol.Server] {
			t.Errorf("session %d: %d heartbeats of %d", row.ID, beats.Sent, st.Commands[c2s][protocol.HeartRequest])
		}
	}
	return rows
}

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
	if totals.Sessions != sessions || totals.Streams != sessions*rounds || totals.Frames != sessions*(2+7*rounds) ||
		totals.Diagnostics[session.CodeWrongSide] != sessions*rounds || totals.Evicted != newest-200 {
		t.Errorf("totals: %+v", totals)
	}
	if h := totals.Heartbeats[protocol.Server][session.OriginRelay]; h.Sent != sessions*rounds || h.Answered != h.Sent {
		t.Errorf("heartbeats: %+v", h)
	}
}
