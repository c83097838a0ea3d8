package journal_test

import (
	"bytes"
	"runtime"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// flood opens streams in sessions, so many at a time in each by turns, and ends none. A
// stream takes three frames.
func flood(s *source, sessions capture.SessionID, streams int) {
	const each = 100
	for id := capture.SessionID(1); id <= sessions; id++ {
		s.open(id)
	}
	for from := 0; from < streams; from += each {
		for id := capture.SessionID(1); id <= sessions; id++ {
			var up, down []byte
			for n := uint32(from + 1); n <= uint32(min(from+each, streams)); n++ {
				up = append(up, frame(protocol.SYN, n, "")...)
				up = append(up, frame(protocol.PSH, n, target)...)
				down = append(down, frame(protocol.SYNACK, n, "")...)
			}
			s.data(id, c2s, up, session.Fate{})
			s.data(id, s2c, down, session.Fate{})
		}
	}
}

// end ends streams of a session from both sides.
func (s *source) end(id capture.SessionID, from, to uint32) {
	for n := from; n <= to; n++ {
		s.client(id, protocol.FIN, n, "")
		s.server(id, protocol.FIN, n, "")
	}
}

// streamsOf returns the list of a session's streams.
func streamsOf(at journal.Moment, id capture.SessionID) journal.Streams {
	return journal.Look(at, journal.AskStreams{Session: id, Window: journal.Window{Limit: 1 << 20}})
}

// TestStreamsOfAllSessionsAreBounded: many sessions with many open streams are followed as
// far as all sessions together may have any, and counted exactly beyond that.
func TestStreamsOfAllSessionsAreBounded(t *testing.T) {
	const sessions, streams = 30, 300
	limits := journal.Limits{Entries: 1000, Streams: 8}
	most := limits.Streams * journal.StreamFactor
	s := newSource(limits)
	flood(s, sessions, streams)
	listed, untracked := 0, 0
	for id := capture.SessionID(1); id <= sessions; id++ {
		v := look(s.Journal, query{Session: id}).Session
		st := &v.State
		all := streamsOf(s.Journal, id).All
		listed, untracked = listed+all, untracked+int(st.Untracked)
		if st.Streams != streams || v.StreamsOpen != all || uint64(all)+st.Untracked != streams || st.Commands[c2s][protocol.SYN] != streams {
			t.Fatalf("session %d: %d streams, %d open, %d listed, %d not followed", id, st.Streams, v.StreamsOpen, all, st.Untracked)
		}
		if len(v.Codes) > 0 {
			t.Fatalf("session %d: %v", id, v.Codes)
		}
	}
	if listed != most || untracked != sessions*streams-most {
		t.Errorf("%d listed, %d not followed; want %d and %d", listed, untracked, most, sessions*streams-most)
	}
	totals := s.Totals()
	if totals.Streams != sessions*streams || totals.Frames != sessions*(2+3*streams) {
		t.Errorf("%d streams and %d frames in all", totals.Streams, totals.Frames)
	}
	// A session that ends makes room for the streams of others.
	s.close(1)
	s.open(sessions + 1)
	s.client(sessions+1, protocol.SYN, 1, "")
	if all := streamsOf(s.Journal, sessions+1); all.All != 1 {
		t.Errorf("a new session has %d of its streams listed", all.All)
	}
}

// TestClosedStreamsMakeRoom: closed streams go before open ones are not followed, those of
// ended sessions first, the oldest first; then those of live sessions. What a snapshot
// has stays.
func TestClosedStreamsMakeRoom(t *testing.T) {
	limits := journal.Limits{Entries: 1000, Streams: 32, Sessions: 1000}
	most := limits.Streams * journal.StreamFactor
	s := newSource(limits)
	const ended, lives = 400, 200 // sessions with 32 closed streams each, more or less
	for id := capture.SessionID(1); id <= ended+lives; id++ {
		s.open(id)
		for n := uint32(1); n <= 30; n++ {
			s.client(id, protocol.SYN, n, "")
		}
		s.end(id, 1, 30)
		if id <= ended {
			s.close(id)
		}
		if id == ended/2 {
			if got := streamsOf(s.Journal, 1).All; got != 30 {
				t.Fatalf("%d of the first session's streams are remembered", got)
			}
		}
	}
	before := journal.Take(s.Journal)
	remembered := func(at journal.Moment, id capture.SessionID) bool {
		t.Helper()
		list := streamsOf(at, id)
		detail := journal.Look(at, journal.AskSession{ID: id})
		if all := uint64(list.All) + list.Forgotten; detail == nil || all != 30 || detail.State.Streams != 30 || detail.Closed != (id <= ended) {
			t.Fatalf("session %d: %d listed, %d forgotten, %+v", id, list.All, list.Forgotten, detail)
		}
		return list.All == 30
	}
	first := capture.SessionID(1)
	for ; !remembered(before, first); first++ {
	}
	for id := first; id <= ended+lives; id++ {
		if !remembered(before, id) {
			t.Fatalf("session %d has lost its streams, and %d has not", id, first)
		}
	}
	if first == 1 || first > ended/2 {
		t.Fatalf("the first %d sessions have lost their streams", first-1)
	}
	// A session opens more streams than the closed ones leave room for.
	const flooding = ended + lives + 1
	s.open(flooding)
	for n := range uint32(most * 5 / 8) {
		s.client(flooding, protocol.SYN, n+1, "")
	}
	if st := look(s.Journal, query{Session: flooding}).Session.State; st.Untracked != 0 {
		t.Errorf("%d streams are not followed, though there are closed ones", st.Untracked)
	}
	for id := capture.SessionID(1); id <= ended; id++ {
		if remembered(s.Journal, id) {
			t.Errorf("session %d, which ended, has its streams", id)
		}
	}
	kept := 0
	for id := capture.SessionID(ended + 1); id <= ended+lives; id++ {
		if remembered(s.Journal, id) {
			kept++
		}
	}
	if kept == 0 || kept == lives {
		t.Errorf("%d of %d live sessions remember their closed streams", kept, lives)
	}
	for id := first; id <= ended+lives; id++ {
		if !remembered(before, id) {
			t.Errorf("the snapshot has lost the streams of session %d", id)
		}
	}
	if rows := look(s.Journal, query{Sessions: journal.Window{Limit: 1000}}).SessionsAll; rows != flooding {
		t.Errorf("%d sessions are listed, want %d", rows, flooding)
	}
}

// heap returns how many bytes are reachable.
func heap() float64 {
	runtime.GC()
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return float64(m.HeapAlloc)
}

// TestBurstIsGivenBack: a session that was wrong in every frame of a record keeps little of
// what that took, though it goes on and never rests.
func TestBurstIsGivenBack(t *testing.T) {
	const sessions, most = 20, 64 << 10
	s := newSource(journal.Limits{Entries: 100})
	for id := capture.SessionID(1); id <= sessions; id++ {
		s.open(id)
	}
	wrong := bytes.Repeat(frame(protocol.FIN, 99, ""), 16<<10/protocol.HeaderLen)
	before := heap()
	for id := capture.SessionID(1); id <= sessions; id++ {
		s.data(id, c2s, bytes.Clone(wrong), session.Fate{})
		s.server(id, protocol.Waste, 0, "x")
	}
	if n := s.Totals().Diagnostics[session.CodeUnknownStream]; n < sessions*2000 {
		t.Fatalf("%d frames were wrong", n)
	}
	if got := (heap() - before) / sessions; got > most {
		t.Errorf("%.0f bytes a session, want at most %d", got, most)
	}
	runtime.KeepAlive(s)
}

// BenchmarkFlood tells how much memory 60 sessions take that have 20,000 streams open
// each, without the journal's rings, and with a snapshot.
func BenchmarkFlood(b *testing.B) {
	const mb = 1 << 20
	for b.Loop() {
		s := newSource(journal.Limits{})
		before := heap()
		flood(s, 60, 20_000)
		live := heap() - before
		snapshot := journal.Take(s.Journal)
		b.ReportMetric(live/mb, "MB")
		b.ReportMetric((heap()-before)/mb, "MB+snapshot")
		runtime.KeepAlive(s)
		runtime.KeepAlive(snapshot)
	}
}

// TestForgottenSessionsMakeRoom: sessions that are forgotten give back the room of their
// streams.
func TestForgottenSessionsMakeRoom(t *testing.T) {
	limits := journal.Limits{Entries: 1000, Streams: 1, Sessions: 4}
	most := limits.Streams * journal.StreamFactor
	s := newSource(limits)
	last := capture.SessionID(most)
	for id := capture.SessionID(1); id < last; id++ {
		s.open(id)
		s.client(id, protocol.SYN, 1, "")
		s.close(id)
	}
	s.open(last)
	for n := 1; n <= most; n++ {
		s.client(last, protocol.SYN, uint32(n), "")
	}
	// So few closed ones as the remembered sessions have are not worth a search.
	if all, want := streamsOf(s.Journal, last).All, most-limits.Sessions-1; all < want {
		t.Errorf("a new session has %d of its streams listed, want %d", all, want)
	}
}
