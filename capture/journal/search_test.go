package journal

import (
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A feed records Waste frames into a journal. Their lengths are their numbers in their
// session.
type feed struct {
	*Journal
	sent map[capture.SessionID]int
}

func newFeed(l Limits) *feed {
	return &feed{Journal: New(l, session.Config{}), sent: make(map[capture.SessionID]int)}
}

// waste records a TLS record with n frames of a session.
func (f *feed) waste(id capture.SessionID, n int) {
	var wire []byte
	for range n {
		f.sent[id]++
		wire = protocol.Header{Command: protocol.Waste, Length: uint16(f.sent[id])}.Append(wire)
		wire = append(wire, make([]byte, f.sent[id])...)
	}
	f.Record(&capture.Event{Kind: capture.Data, Session: id, At: time.Unix(0, 0), Dir: protocol.ServerToClient, Data: wire})
}

// TestSearchRemembers asks with a Search, around anchors that jump, and without, while
// frames come and are evicted. It holds that both answers are the same, and that Match
// sees hardly a frame twice.
func TestSearchRemembers(t *testing.T) {
	for seed := range uint64(10) {
		r := rand.New(rand.NewPCG(seed, 7))
		f := newFeed(Limits{Entries: 50 + r.IntN(200)})
		type list struct {
			ask   AskFrames
			calls int
		}
		var lists []*list
		for id := range capture.SessionID(4) {
			for _, every := range []uint16{1, 3, 1000} {
				l := &list{ask: AskFrames{Session: id, Search: new(Search)}}
				l.ask.Match = func(e *Entry) bool { l.calls++; return e.Header.Length%every == 0 }
				lists = append(lists, l)
			}
		}
		for range 500 {
			f.waste(capture.SessionID(1+r.IntN(3)), 1+r.IntN(5))
			newest := Look(f.Journal, AskSummary{}).Newest
			l := lists[r.IntN(len(lists))]
			l.ask.Before, l.ask.After = r.IntN(9), 1+r.IntN(9)
			l.ask.Anchor, l.ask.Until = 0, 0
			if r.IntN(3) == 0 {
				l.ask.Anchor = newest - min(newest, r.Uint64N(100))
			}
			if r.IntN(4) == 0 {
				l.ask.Until = newest - min(newest-1, r.Uint64N(20))
			}
			got := Look(f.Journal, l.ask)
			fresh := l.ask
			fresh.Search = nil
			calls := l.calls
			want := Look(f.Journal, fresh)
			l.calls = calls
			index := func(rows []Entry) (list []uint64) {
				for _, e := range rows {
					list = append(list, e.Index)
				}
				return list
			}
			if !slices.Equal(index(got.Rows), index(want.Rows)) || got.At != want.At {
				t.Fatalf("seed %d, %+v:\n%v at %d, afresh\n%v at %d", seed, l.ask, index(got.Rows), got.At, index(want.Rows), want.At)
			}
			for _, e := range got.Rows {
				if until := l.ask.Until; until != 0 && e.Index > until {
					t.Fatalf("entry %d is behind %d", e.Index, until)
				}
			}
		}
	}
}

// TestSearchGoesOn holds that a search whose budget is spent goes on where it stopped,
// that it matches each frame once, and that it finds what comes meanwhile.
func TestSearchGoesOn(t *testing.T) {
	const n = 3 * maxSteps
	f := newFeed(Limits{Entries: n})
	for range n / 100 {
		f.sent[1] = 0
		f.waste(1, 100)
	}
	seen := make(map[uint64]int)
	oldest := Look(f.Journal, AskSummary{}).Oldest
	a := AskFrames{Before: 10, Search: new(Search), Match: func(e *Entry) bool { seen[e.Index]++; return e.Index == oldest+50 }}
	asks := 0
	for {
		got := Look(f.Journal, a)
		if len(got.Rows) > 0 {
			break
		}
		if asks++; asks > 4 || !got.Unfinished {
			t.Fatalf("after %d asks the search has looked at %d of %d entries; unfinished: %v", asks, len(seen), n, got.Unfinished)
		}
		f.waste(1, 1)
	}
	if asks < 2 {
		t.Errorf("one ask looked at %d entries", len(seen))
	}
	for index, times := range seen {
		if times != 1 {
			t.Fatalf("entry %d was matched %d times", index, times)
		}
	}
}

// TestReadersHoldNoLock counts what is copied while the ring is locked, and holds that
// no lock is held while a reader's code runs.
func TestReadersHoldNoLock(t *testing.T) {
	f := newFeed(Limits{})
	for range 200 {
		f.sent[1] = 0
		f.waste(1, 150)
	}
	s := f.sessions.find(1)
	looked, most := 0, 0
	a := AskFrames{Before: 10, Anchor: 15_000, Search: new(Search)}
	a.Match = func(*Entry) bool {
		looked++
		most = max(most, len(a.Search.copies))
		for name, lock := range map[string]interface {
			TryLock() bool
			Unlock()
		}{"the ring's": &f.ringMu.mu, "the list's": &f.sessions.mu, "the session's": &s.mu} {
			if !lock.TryLock() {
				t.Fatalf("%s lock is held", name)
			}
			lock.Unlock()
		}
		return false
	}
	for _, id := range []capture.SessionID{0, 1} {
		a.Session = id
		*a.Search = Search{}
		Look(f.Journal, a)
	}
	if looked != 4*maxSteps {
		t.Errorf("looked at %d entries, want %d on either side, twice", looked, maxSteps)
	}
	if most > maxTurn {
		t.Errorf("copied %d entries at once, at most %d are allowed", most, maxTurn)
	}
	b := &Batch{}
	for turns := 0; f.readTurn(b, maxTurn); turns++ {
		if n := len(b.Entries); n > (turns+1)*maxTurn {
			t.Fatalf("%d entries after %d turns", n, turns+1)
		}
	}
}

// TestOvertaken asks for the oldest frames while a writer, who is let in between two
// turns, evicts all that there was. It holds that the answer has the frames that are
// held then, and that what came meanwhile is not taken for the newest.
func TestOvertaken(t *testing.T) {
	for _, id := range []capture.SessionID{0, 1} {
		f := newFeed(Limits{Entries: 300})
		writes := 0
		a := AskFrames{Session: id, Anchor: 1, After: 9, Search: new(Search)}
		a.Match = func(*Entry) bool {
			for ; writes > 0; writes-- {
				f.sent[1] = 0
				f.waste(1, 300)
			}
			return true
		}
		writes = 1
		a.Match(nil)
		for round := range 50 {
			writes = 1 + round%2
			if got := Look(f.Journal, a); len(got.Rows) != 10 {
				t.Fatalf("session %d, round %d: %d rows of %d to %d", id, round, len(got.Rows), got.Oldest, got.Newest)
			}
		}
		newest := a
		newest.Anchor, newest.Before, newest.After = 0, 9, 0
		newest.Search = new(Search)
		writes = 1
		if got := Look(f.Journal, newest); got.Newer || got.Rows[got.At].Index > got.Newest {
			t.Errorf("session %d: newer %v, row %d of %d, up to %d", id, got.Newer, got.At, len(got.Rows), got.Newest)
		}
	}
}

// TestSearchJumps holds that a search that does not get to its anchor looks around it
// all the same, on both sides.
func TestSearchJumps(t *testing.T) {
	f := newFeed(Limits{})
	for range 500 {
		f.sent[1] = 0
		f.waste(1, 100)
	}
	a := AskFrames{Session: 1, Anchor: 1, Before: 5, After: 5, Search: new(Search), Match: func(*Entry) bool { return true }}
	Look(f.Journal, a)
	a.Anchor = 30_000
	if got := Look(f.Journal, a); got.Rows[got.At].Index != 30_000 || got.At != 5 || len(got.Rows) != 11 {
		t.Errorf("at %d of %d rows: entry %d", got.At, len(got.Rows), got.Rows[got.At].Index)
	}
}

// TestSessionsRest holds that a session that is closed, or idle for long, keeps none of
// the memory that its events took.
func TestSessionsRest(t *testing.T) {
	f := newFeed(Limits{})
	held := func(id capture.SessionID) int {
		d := &f.sessions.find(id).draft
		return cap(d.items) + cap(d.headers) + cap(d.data)
	}
	f.waste(1, 100)
	f.waste(2, 100)
	f.Record(&capture.Event{Kind: capture.Closed, Session: 2, At: time.Unix(0, 0)})
	if held(1) == 0 || held(2) != 0 {
		t.Errorf("the open session holds %d, the closed one %d", held(1), held(2))
	}
	for range maxIdle {
		f.Tick(time.Unix(0, 0))
	}
	if held(1) != 0 {
		t.Errorf("the idle session holds %d", held(1))
	}
}
