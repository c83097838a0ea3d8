package journal_test

import (
	"math/rand/v2"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// everything holds all entries that there ever were, and answers queries the slow
// way.
type everything struct {
	t       *testing.T
	source  *source
	limit   int
	cursor  journal.Batch
	entries []journal.Entry
}

// update takes over the entries that came since.
func (ev *everything) update() {
	ev.t.Helper()
	for ev.source.Read(&ev.cursor, 1000) {
		if ev.cursor.Missed > 0 {
			ev.t.Fatalf("missed %d entries", ev.cursor.Missed)
		}
		for _, e := range ev.cursor.Entries {
			e.Data = append([]byte(nil), e.Data...)
			ev.entries = append(ev.entries, e)
		}
	}
}

// frames answers a query from the entries that the journal must still hold.
func (ev *everything) frames(q journal.AskFrames) (rows []journal.Entry, at int, older, newer bool) {
	return around(ev.entries[max(0, len(ev.entries)-ev.limit):], q)
}

// around answers a query from the entries that are held.
func around(held []journal.Entry, q journal.AskFrames) (rows []journal.Entry, at int, older, newer bool) {
	anchor := q.Anchor
	if newest := held[len(held)-1].Index; anchor == 0 || anchor > newest {
		anchor = newest
	}
	var matching []journal.Entry
	upToAnchor := 0 // how many of them are not newer than the anchor
	for _, e := range held {
		if !e.IsFrame() || q.Session != 0 && e.Session != q.Session || q.Stream != 0 && e.Header.Stream != q.Stream {
			continue
		}
		if q.Match != nil && !q.Match(&e) {
			continue
		}
		matching = append(matching, e)
		if e.Index <= anchor {
			upToAnchor++
		}
	}
	want := q.Before + q.After + 1
	before := min(upToAnchor, q.Before+1)
	after := min(len(matching)-upToAnchor, want-before)
	before = min(upToAnchor, want-after)
	rows = matching[upToAnchor-before : upToAnchor+after]
	at = max(before-1, 0)
	if len(rows) == 0 {
		at = -1
	}
	return rows, at, upToAnchor > before, upToAnchor+after < len(matching)
}

// check holds the journal's answer to the slow one.
func (ev *everything) check(q journal.AskFrames) {
	ev.t.Helper()
	rows, at, older, newer := ev.frames(q)
	got := look(ev.source.Journal, query{Frames: q}).Frames
	if len(got.Rows) != len(rows) || got.At != at {
		ev.t.Fatalf("%+v of %d entries: %d rows, at %d; want %d, at %d", q, len(ev.entries), len(got.Rows), got.At, len(rows), at)
	}
	for i := range rows {
		want := rows[i]
		if e := got.Rows[i]; e.Index != want.Index || e.Session != want.Session || e.Header != want.Header || string(e.Data) != string(want.Data) {
			ev.t.Fatalf("%+v, row %d: %+v, want %+v", q, i, e, want)
		}
	}
	// The journal may say that there is more where there is not, but not the other way.
	if older && !got.Older || newer && !got.Newer {
		ev.t.Fatalf("%+v: older %v, newer %v; want %v, %v", q, got.Older, got.Newer, older, newer)
	}
	if exact := q.Session != 0 && q.Stream == 0 && q.Match == nil; exact && (got.Older != older || got.Newer != newer) {
		ev.t.Fatalf("%+v: older %v, newer %v; want %v, %v", q, got.Older, got.Newer, older, newer)
	}
	newest := ev.entries[len(ev.entries)-1].Index
	if oldest := max(1, int(newest)-ev.limit+1); got.Newest != newest || got.Oldest != uint64(oldest) {
		ev.t.Fatalf("entries %d to %d are held, want %d to %d", got.Oldest, got.Newest, oldest, newest)
	}
}

// TestFramesLikeANaiveList asks for frames around all kinds of anchors, of all
// and of one session, stream and kind, while old ones are evicted, and holds the
// answers to those of a plain list.
func TestFramesLikeANaiveList(t *testing.T) {
	matches := []func(*journal.Entry) bool{
		nil,
		func(e *journal.Entry) bool { return e.Header.Command == protocol.PSH },
		func(e *journal.Entry) bool { return e.Dir == s2c && e.Header.Length%3 == 0 },
		func(e *journal.Entry) bool { return false },
	}
	for seed := range uint64(6) {
		r := rand.New(rand.NewPCG(seed, 5))
		limit := 20 + r.IntN(100)
		s := newSource(journal.Limits{Entries: limit, Sessions: 100})
		ev := &everything{t: t, source: s, limit: limit}
		for id := capture.SessionID(1); id <= 4; id++ {
			s.open(id)
			ev.update()
		}
		// Session 1 falls silent soon, so that all its frames are evicted.
		streams := map[capture.SessionID]uint32{}
		for step := range 400 {
			id := capture.SessionID(2 + r.IntN(3))
			if step < 20 {
				id = 1
			}
			switch r.IntN(6) {
			case 0:
				streams[id]++
				s.client(id, protocol.SYN, streams[id], "")
			case 1:
				s.client(id, protocol.PSH, 1+r.Uint32N(5), target+"payload"[:r.IntN(8)])
			case 2:
				s.server(id, protocol.SYNACK, 1+r.Uint32N(5), "refused"[:r.IntN(8)])
			default:
				s.server(id, protocol.PSH, 1+r.Uint32N(5), "payload"[:r.IntN(8)])
			}
			ev.update()
			for range 8 {
				ev.check(journal.AskFrames{
					Session: capture.SessionID(r.IntN(6)), Stream: r.Uint32N(3), Match: matches[r.IntN(len(matches))],
					Anchor: r.Uint64N(uint64(len(ev.entries)) + 5), Before: r.IntN(12), After: 1 + r.IntN(12),
				})
			}
		}
	}
}

// TestFramesAtTheEnds walks through a session from its newest frame to its
// oldest and back, as a screen does.
func TestFramesAtTheEnds(t *testing.T) {
	s := newSource(journal.Limits{Entries: 100})
	s.open(1)
	s.open(2)
	for n := range uint32(30) {
		s.client(1, protocol.SYN, n+1, "")
		s.client(2, protocol.Waste, 0, "")
	}
	view := func(anchor uint64, before, after int) journal.Frames {
		return look(s.Journal, query{Frames: journal.AskFrames{Session: 1, Anchor: anchor, Before: before, After: after}}).Frames
	}
	// Session 1 has 33 frames: preamble, two of settings, 30 SYNs.
	bottom := view(0, 9, 0)
	if len(bottom.Rows) != 10 || bottom.At != 9 || !bottom.Older || bottom.Newer || bottom.Rows[9].Header.Stream != 30 {
		t.Fatalf("the newest: %d rows, at %d, older %v, newer %v", len(bottom.Rows), bottom.At, bottom.Older, bottom.Newer)
	}
	seen := len(bottom.Rows)
	page := bottom
	for page.Older {
		top := page.Rows[0].Index
		page = view(top, 10, 0)
		for i, e := range page.Rows {
			if i > 0 && e.Index <= page.Rows[i-1].Index {
				t.Fatalf("rows are out of order: %d after %d", e.Index, page.Rows[i-1].Index)
			}
			if e.Index < top {
				seen++
			}
		}
	}
	if seen != 33 || !page.Rows[0].Preamble {
		t.Errorf("on the way up %d frames were seen, the first %v", seen, page.Rows[0].Name())
	}
	// At the oldest, what does not fit above goes below.
	first := page.Rows[0].Index
	if got := view(first, 5, 5); len(got.Rows) != 11 || got.At != 0 || got.Older || !got.Newer {
		t.Errorf("around the oldest: %d rows, at %d, older %v, newer %v", len(got.Rows), got.At, got.Older, got.Newer)
	}
	if got := view(first, 50, 50); len(got.Rows) != 33 || got.Older || got.Newer {
		t.Errorf("all: %d rows, older %v, newer %v", len(got.Rows), got.Older, got.Newer)
	}
	for _, none := range []journal.AskFrames{
		{Session: 1}, {Session: 1, Before: -5, After: -5}, {Session: 9, Before: 5}, {Session: 1, Stream: 99, Before: 5},
	} {
		if got := look(s.Journal, query{Frames: none}).Frames; len(got.Rows) != 0 || got.At != -1 {
			t.Errorf("%+v: %d rows, at %d", none, len(got.Rows), got.At)
		}
	}
	if got := look(journal.New(journal.Limits{}, session.Config{}), query{Frames: journal.AskFrames{Before: 5}}).Frames; got.At != -1 || len(got.Rows) != 0 {
		t.Errorf("of an empty journal: %d rows, at %d", len(got.Rows), got.At)
	}
}

// TestFramesAfterEviction holds that an anchor that was evicted is the oldest
// that is held, and that a session whose frames are all gone has none.
func TestFramesAfterEviction(t *testing.T) {
	s := newSource(journal.Limits{Entries: 50})
	s.open(1)
	s.open(2)
	for n := range uint32(100) {
		s.client(2, protocol.PSH, n, "")
	}
	frames := func(id capture.SessionID) journal.Frames {
		return look(s.Journal, query{Frames: journal.AskFrames{Session: id, Anchor: 3, Before: 4, After: 4}}).Frames
	}
	if got := frames(2); len(got.Rows) != 9 || got.At != 0 || got.Rows[0].Index != got.Oldest || got.Older || !got.Newer {
		t.Errorf("around an evicted frame: %d rows, at %d, from %d; the oldest is %d", len(got.Rows), got.At, got.Rows[0].Index, got.Oldest)
	}
	if got := frames(1); len(got.Rows) != 0 || got.At != -1 || got.Older || got.Newer {
		t.Errorf("of a session without frames: %d rows, at %d, older %v, newer %v", len(got.Rows), got.At, got.Older, got.Newer)
	}
}

// TestFramesOfAForgottenSession holds that frames outlive their session: around
// one of them, the others can still be had.
func TestFramesOfAForgottenSession(t *testing.T) {
	s := newSource(journal.Limits{Sessions: 1})
	for id := capture.SessionID(1); id <= 10; id++ {
		s.open(id)
		s.close(id)
	}
	got := look(s.Journal, query{Session: 1, Frames: journal.AskFrames{Session: 1, Anchor: 4, Before: 5}})
	if got.Session != nil || len(got.Frames.Rows) != 3 || got.Frames.Rows[got.Frames.At].Index != 4 {
		t.Errorf("session %v, %d rows, at %d", got.Session, len(got.Frames.Rows), got.Frames.At)
	}
}

// TestFilterThatMatchesNothing holds that a query looks at no more entries than
// a bound allows, and that one side does not spend the other's share.
func TestFilterThatMatchesNothing(t *testing.T) {
	const n = 50_000
	s := newSource(journal.Limits{Entries: n})
	s.open(1)
	for range n {
		s.client(1, protocol.Waste, 0, "")
	}
	looked := 0
	q := journal.AskFrames{Before: 10, After: 10, Anchor: n / 2, Match: func(*journal.Entry) bool { looked++; return false }}
	got := look(s.Journal, query{Frames: q}).Frames
	if looked > n/2 || len(got.Rows) != 0 || !got.Older || !got.Newer {
		t.Errorf("looked at %d of %d entries: %d rows, older %v, newer %v", looked, n, len(got.Rows), got.Older, got.Newer)
	}
	q.Match = func(e *journal.Entry) bool { return e.Index > n/2 }
	if got := look(s.Journal, query{Frames: q}).Frames; len(got.Rows) != 21 || got.At != 0 {
		t.Errorf("all that match are newer: %d rows, at %d", len(got.Rows), got.At)
	}
}
