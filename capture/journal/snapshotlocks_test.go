package journal

import (
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
)

// TestTakingHoldsOneLock takes a snapshot step by step, while the locks that a step must
// not need are held. A step that takes one of them would wait for ever.
func TestTakingHoldsOneLock(t *testing.T) {
	f := newFeed(Limits{})
	const sessions = 5
	for id := range capture.SessionID(sessions) {
		f.waste(id+1, 3)
	}
	for range 300 {
		f.Diagnose(time.Unix(0, 0), CodeRecordingFailed, "the disk is full")
	}
	without := func(step func(), locks ...sync.Locker) {
		for _, l := range locks {
			l.Lock()
			defer l.Unlock()
		}
		step()
	}
	all := func(but capture.SessionID) (locks []sync.Locker) {
		for id := range capture.SessionID(sessions) {
			if id+1 != but {
				locks = append(locks, &f.sessions.find(id+1).mu)
			}
		}
		return locks
	}

	s := &Snapshot{journal: f.Journal}
	var order []*trackedSession
	var diagnosed []uint64
	without(func() { order, diagnosed, _ = s.begin() }, all(0)...)
	if len(order) != sessions || len(diagnosed) != 300 {
		t.Fatalf("%d sessions, %d diagnostics", len(order), len(diagnosed))
	}
	s.diagnostics = make([]Entry, len(diagnosed))
	for i, index := range diagnosed {
		s.diagnostics[i].Index = index
	}
	for rest := s.diagnostics; len(rest) > 0; {
		n := len(rest)
		without(func() { rest, _, _ = f.fillTurn(rest, nil) }, append(all(0), &f.sessions.mu)...)
		if copied := n - len(rest); copied > maxTurn {
			t.Errorf("copied %d diagnostics at once, at most %d are allowed", copied, maxTurn)
		}
	}
	without(func() { s.heartbeats = AskHeartbeats{}.answer(f.Journal) }, all(0)...)
	for _, session := range order {
		locks := append(all(session.id), &f.sessions.mu, &f.ringMu)
		without(func() { s.sessions = append(s.sessions, newPastSession(session)) }, locks...)
	}

	// What was taken needs no lock, but the ring's for frames.
	without(func() {
		if n := len(Look(s, AskFrames{Session: 2, Before: 9}).Rows); n != 3 {
			t.Errorf("%d frames, want 3", n)
		}
		Look(s, AskFrames{Session: 2, Before: 9, Match: func(*Entry) bool { return false }})
		Look(s, AskFrame{Index: 2})
		Look(s, AskIndex{})
	}, append(all(0), &f.sessions.mu)...)
	without(func() {
		Look(s, AskSummary{})
		Look(s, AskSessions{Window{Limit: 9}})
		Look(s, AskSession{ID: 1})
		Look(s, AskStreams{Session: 1, Window: Window{Limit: 9}})
		Look(s, AskHeartbeats{Session: 1})
		Look(s, AskHeartbeats{})
		Look(s, AskDiagnostics{Window{Limit: 9}})
		Look(s, AskRoutes{})
	}, append(all(0), &f.sessions.mu, &f.ringMu)...)
}
