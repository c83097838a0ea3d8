package journal_test

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// stream opens a stream that carries both peers' payload.
func (s *source) stream(id capture.SessionID, n uint32) {
	s.client(id, protocol.SYN, n, "")
	s.client(id, protocol.PSH, n, target+"up")
	s.server(id, protocol.SYNACK, n, "")
	s.server(id, protocol.PSH, n, "down")
}

// TestPassing: streams and payload of all sessions are counted, while they are open and when they
// are forgotten.
func TestPassing(t *testing.T) {
	s := newSource(journal.Limits{Entries: 8, Sessions: 1, Streams: 1})
	want := journal.Passing{Busy: journal.Busy{Streams: 3}}
	hold := func(when string) {
		t.Helper()
		if diff := cmp.Diff(want, s.Totals().Passing); diff != "" {
			t.Fatalf("%s (-want +got):\n%s", when, diff)
		}
	}
	const rounds = 9
	for id := capture.SessionID(1); id <= 2*rounds; id += 2 {
		for _, by := range []session.Closer{session.ClosedByClient, session.ClosedByServer} {
			s.open(id)
			s.client(id, protocol.SYN, 1, "")
			s.client(id, protocol.PSH, 1, target[:2]) // the rest of the target comes later
			s.server(id, protocol.SYNACK, 1, "refused")
			s.client(id, protocol.PSH, 1, target[2:]+"up")
			s.client(id, protocol.FIN, 1, "")
			s.stream(id, 2)
			s.stream(id, 3)
			s.server(id, protocol.FIN, 3, "")
			want.Streams, want.Carried, want.Refused, want.Bytes = want.Streams+3, want.Carried+2, want.Refused+1, want.Bytes+14
			hold("open")
			s.wait(2 * time.Second)
			s.closeBy(id, by)
			if by == session.ClosedByServer {
				want.Cut++
			}
			hold("closed")
			id++
		}
		id -= 2
	}
}

// TestOutcomeTotals: each session counts as what it has come to, once, also where time alone has
// brought it there, and where it comes to something else later.
func TestOutcomeTotals(t *testing.T) {
	s := newSource(journal.Limits{Sessions: 1})
	hold := func(want journal.Outcomes) {
		t.Helper()
		if diff := cmp.Diff(want, s.Totals().Outcomes); diff != "" {
			t.Fatalf("-want +got:\n%s", diff)
		}
	}
	for id := capture.SessionID(1); id <= 4; id++ {
		s.connect(id)
		s.client(id, protocol.Settings, 0, "v=2")
	}
	s.connect(5)
	hold(journal.Outcomes{})
	s.wait(session.OwedTime)
	s.Tick(s.now)
	hold(journal.Outcomes{Unanswered: 4})
	s.server(2, protocol.ServerSettings, 0, "v=2")
	hold(journal.Outcomes{Unanswered: 3, Accepted: 1})
	s.closeBy(3, session.ClosedByServer)
	s.server(4, protocol.Alert, 0, "no")
	hold(journal.Outcomes{Unanswered: 1, Accepted: 1, Rejected: 2})
	s.server(4, protocol.SYNACK, 1, "") // it goes on after all
	hold(journal.Outcomes{Unanswered: 1, Accepted: 2, Rejected: 1})
	s.Record(&capture.Event{Kind: capture.Opened, Session: 6, At: s.now, Client: "client:1", Server: "server:1"})
	s.Record(&capture.Event{Kind: capture.Closed, Session: 6, At: s.now, By: session.ClosedByClient, TLSFailed: true, Reason: "it does not trust us"})
	for id := capture.SessionID(1); id <= 5; id++ {
		s.close(id)
	}
	hold(journal.Outcomes{Unanswered: 1, Accepted: 2, Rejected: 1, TLSFailed: 1})
}

// TestOverruledTotals: what a server overrules is counted when it does, by how severe it was.
func TestOverruledTotals(t *testing.T) {
	cfg := session.Config{Credentials: []session.Credential{{Hash: protocol.HashPassword("another")}}}
	s := &source{Journal: journal.New(journal.Limits{Sessions: 1}, cfg), now: start}
	for id := capture.SessionID(1); id <= 3; id++ {
		s.connect(id)
		s.client(id, protocol.Settings, 0, "v=2")
	}
	s.wait(6 * time.Second)
	s.Tick(s.now)
	before := s.Totals()
	s.server(1, protocol.ServerSettings, 0, "v=2")
	s.server(2, protocol.ServerSettings, 0, "v=2")
	s.close(3)
	s.open(4) // it is accepted at once: nothing was said against it
	var errors journal.BySeverity
	errors[session.Error] = 2
	got := s.Totals()
	if diff := cmp.Diff(journal.Overruled{session.CodePasswordMismatch: errors}, got.Overruled); diff != "" {
		t.Errorf("-want +got:\n%s", diff)
	}
	if n := got.Severities[session.CodePasswordMismatch][session.Error]; n != 3 || len(before.Overruled) != 0 {
		t.Errorf("%d errors in all; before it was %v", n, before.Overruled)
	}
}

// TestCutWithoutNotice: a heartbeat toward a server whose client has left is cut by the passing of
// time, and the totals have it then.
func TestCutWithoutNotice(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.data(1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
	s.wait(time.Second)
	s.gone(1, c2s)
	s.wait(3 * time.Second)
	s.Tick(s.now)
	got := s.Totals()
	if h := got.Heartbeats[protocol.Server][session.OriginRelay]; h.Sent != 1 || h.Cut != 1 || h.Waiting() != 0 || h.Lost != 0 {
		t.Errorf("%+v", h)
	}
	if n := got.Diagnostics[session.CodeHeartbeatUnanswered]; n != 0 {
		t.Errorf("%d heartbeats are diagnosed as not answered", n)
	}
}

// A span is when a heartbeat waited, and what became of it.
type span struct {
	from, to time.Time
	lost     bool
}

// TestBusy: which heartbeats waited under load is what all that moved says, whatever moved when,
// in whichever sessions.
func TestBusy(t *testing.T) {
	var all journal.Busy
	idle := 0
	for seed := range uint64(25) {
		r := rand.New(rand.NewPCG(seed, 1))
		s := newSource(journal.Limits{Entries: 4096, Bytes: 1 << 16})
		const sessions, streams = 3, 4
		for id := range capture.SessionID(sessions) {
			s.open(id + 1)
			for n := range uint32(streams) {
				s.client(id+1, protocol.SYN, n+1, "")
				s.server(id+1, protocol.SYNACK, n+1, "")
			}
		}
		s.open(sessions + 1)                    // that of the heartbeats
		lost := capture.SessionID(sessions + 1) // of which the last heartbeat was lost
		var moves []move
		var beats []span
		pause := time.Duration(1+r.IntN(200)) * time.Millisecond
		for range 400 {
			s.wait(time.Duration(r.Int64N(int64(pause))))
			if r.IntN(50) == 0 {
				s.wait(2 * time.Second)
			}
			switch r.IntN(8) {
			case 0:
				from := s.now
				s.data(sessions+1, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
				s.wait(time.Duration(r.IntN(3)) * 400 * time.Millisecond)
				beats = append(beats, span{from, s.now, false})
				s.data(sessions+1, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
			case 1: // lost, while others go on to move
				lost++
				s.open(lost)
				s.data(lost, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
				beats = append(beats, span{s.now, s.now.Add(3 * time.Second), true})
			default:
				m := move{capture.SessionID(r.IntN(sessions) + 1), uint32(r.IntN(streams) + 1), s.now}
				moves = append(moves, m)
				s.server(m.id, protocol.PSH, m.stream, "data")
			}
		}
		s.wait(4 * time.Second)
		s.Tick(s.now)
		want := busyOf(moves, beats)
		if diff := cmp.Diff(want, s.Totals().Passing.Busy); diff != "" {
			t.Fatalf("seed %d, -want +got:\n%s", seed, diff)
		}
		all.Answered, all.Lost = all.Answered+want.Answered, all.Lost+want.Lost
		idle += len(beats) - int(want.Answered+want.Lost)
	}
	if all.Answered < 100 || all.Lost < 100 || idle < 100 {
		t.Errorf("%+v, and %d without load: the test shows too little", all, idle)
	}
}

type move struct {
	id     capture.SessionID
	stream uint32
	at     time.Time
}

// busyOf counts what [journal.Busy] does, the long way: load can only begin when a stream moves.
func busyOf(moves []move, beats []span) (b journal.Busy) {
	// loads are from when to when enough streams had moved within a second.
	var loads []span
	for i, m := range moves {
		last := make(map[[2]uint64]time.Time)
		for _, before := range moves[:i+1] {
			if m.at.Sub(before.at) <= time.Second {
				last[[2]uint64{uint64(before.id), uint64(before.stream)}] = before.at
			}
		}
		b.Streams = max(b.Streams, min(len(last), journal.BusyStreams))
		for at := m.at; len(last) >= journal.BusyStreams; {
			// It lasts until too few of them moved lately enough.
			oldest := at
			for _, t := range last {
				if t.Before(oldest) {
					oldest = t
				}
			}
			until := oldest.Add(time.Second)
			loads = append(loads, span{from: at, to: until})
			for key, t := range last {
				if t.Equal(oldest) {
					delete(last, key)
				}
			}
			at = m.at
		}
	}
	for _, beat := range beats {
		under := false
		for _, load := range loads {
			under = under || load.from.Before(beat.to) && !load.to.Before(beat.from)
		}
		switch {
		case under && beat.lost:
			b.Lost++
		case under:
			b.Answered++
		}
	}
	return b
}
