package journal_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// gap records that bytes are missing, unseen that a direction is, and order how far times
// can be relied on.
func (s *source) gap(id capture.SessionID, dir protocol.Direction, missing int64) {
	s.Record(&capture.Event{Kind: capture.Gap, Session: id, At: s.now, Dir: dir, Missing: missing})
}

func (s *source) unseen(id capture.SessionID, dir protocol.Direction, why string) {
	s.Record(&capture.Event{Kind: capture.Unseen, Session: id, At: s.now, Dir: dir, Why: why})
}

func (s *source) order(id capture.SessionID, within time.Duration, uncertain bool, why string) {
	s.Record(&capture.Event{Kind: capture.Order, Session: id, At: s.now, Within: within, Uncertain: uncertain, Why: why})
}

// words returns what is said of a session that was not wholly seen.
func words(s *source, id capture.SessionID) []string {
	return told(&journal.Look(s, journal.AskSession{ID: id}).Evidence)
}

// told returns all that is told of what a session's evidence lacks.
func told(e *journal.Evidence) []string {
	return append(e.Words(), journal.OrderWords(e.Within, e.Uncertain, e.Why)...)
}

// TestEvidenceOfASession: each thing that was not seen is told in its words, and nothing is
// where all was seen.
func TestEvidenceOfASession(t *testing.T) {
	for _, tt := range []struct {
		name  string
		lacks func(*source)
		whole bool
		want  []string
	}{
		{"all was seen", func(*source) {}, true, nil},
		{"gaps", func(s *source) { s.gap(1, c2s, 1000); s.gap(1, c2s, 414) }, false, []string{"2 gaps, 1,414 bytes of the client's direction"}},
		{"a byte", func(s *source) { s.gap(1, s2c, 1) }, false, []string{"1 gap, 1 byte of the server's direction"}},
		{"unknown", func(s *source) { s.gap(1, s2c, -1) }, false, []string{"1 gap, an unknown number of bytes of the server's direction"}},
		{"in part unknown", func(s *source) { s.gap(1, c2s, -1); s.gap(1, c2s, 7); s.gap(1, s2c, 1234567) }, false, []string{
			"2 gaps, at least 7 bytes of the client's direction", "1 gap, 1,234,567 bytes of the server's direction",
		}},
		{"no key", func(s *source) { s.unseen(1, s2c, "no key for it") }, false, []string{"nothing more of the server's direction was seen: no key for it"}},
		{"told twice", func(s *source) { s.unseen(1, s2c, "no key for it"); s.unseen(1, s2c, "again") }, false, []string{"nothing more of the server's direction was seen: no key for it"}},
		{"no reason", func(s *source) { s.unseen(1, c2s, "") }, false, []string{"nothing more of the client's direction was seen: for a reason that is not known"}},
		{"clocks", func(s *source) {
			s.order(1, 3*time.Millisecond, false, "clocks differ")
			s.order(1, time.Millisecond, false, "less")
		}, true, []string{"times between the directions may be off by 3 ms: less"}},
		{"clocks of a camera", func(s *source) { s.order(1, 2901*time.Microsecond, false, "") }, true, []string{"times between the directions may be off by 3 ms"}},
		{"near clocks", func(s *source) { s.order(1, 10*time.Microsecond, false, "") }, true, []string{"times between the directions may be off by 0.01 ms"}},
		{"no order", func(s *source) { s.order(1, 0, true, "sorted by direction"); s.order(1, time.Second, false, "clocks") }, false, []string{"the order of the directions is not known: sorted by direction"}},
		{"one clock", func(s *source) { s.order(1, 0, false, "clocks agree") }, true, nil},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := newSource(journal.Limits{})
			s.open(1)
			tt.lacks(s)
			if diff := cmp.Diff(tt.want, words(s, 1)); diff != "" {
				t.Errorf("(-want +got)\n%s", diff)
			}
			of := journal.Look(s, journal.AskSession{ID: 1}).Evidence
			if of.Whole() != tt.whole {
				t.Errorf("the session is whole: %v", of.Whole())
			}
			totals := s.Totals()
			if all := append(totals.Evidence.Words(), totals.Evidence.OrderWords()...); totals.Evidence.Whole() != tt.whole || (all == nil) != (tt.want == nil) {
				t.Errorf("all sessions are whole: %v, %q", totals.Evidence.Whole(), all)
			}
			if clocks := of.Within > 0 || of.Uncertain; clocks && len(of.Words())+len(of.Brief())+len(totals.Evidence.Words()) > 0 {
				t.Errorf("what is known of times and order is told as what was not seen: %q", of.Words())
			}
			if n := journal.Look(s, journal.AskSummary{}).PartlySeen; (n == 0) != tt.whole {
				t.Errorf("%d sessions are partly seen", n)
			}
			if len(of.Brief()) != len(of.Words()) || strings.Contains(strings.Join(of.Brief(), ""), "no key") {
				t.Errorf("in brief: %q", of.Brief())
			}
			s.close(1)
			entries, _ := read(t, s.Journal)
			unseen := 0
			for i := range entries {
				if _, is := entries[i].Notice.(journal.Unseen); is {
					unseen++
				}
			}
			if unseen > 1 {
				t.Errorf("that a direction is not seen is told %d times", unseen)
			}
			last, _ := entries[len(entries)-1].Notice.(journal.SessionClose)
			if diff := cmp.Diff(tt.want, told(&last.Evidence)); diff != "" {
				t.Errorf("as it closes (-want +got)\n%s", diff)
			}
		})
	}
}

// TestEvidenceOfEachDirection: where the directions are not seen for one reason, that is told
// once for both.
func TestEvidenceOfEachDirection(t *testing.T) {
	s := newSource(journal.Limits{})
	for id := capture.SessionID(1); id <= 2; id++ {
		s.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.now, Client: "client:1", Server: "server:1"})
		s.unseen(id, c2s, "no key for it")
		s.unseen(id, s2c, "no key for it")
	}
	if got := words(s, 1); !slices.Equal(got, []string{"neither direction was seen: no key for it"}) {
		t.Errorf("of a session: %q", got)
	}
	totals := s.Totals()
	if got := totals.Evidence.Words(); !slices.Equal(got, []string{"neither direction was seen, or not to its end, in 2 sessions: no key for it"}) {
		t.Errorf("of all: %q", got)
	}
	s.open(3)
	s.unseen(3, s2c, "no key for it")
	totals = s.Totals()
	if got := totals.Evidence.Words(); len(got) != 2 || !strings.Contains(got[0], "the server's direction was not seen, or not to its end, in 3 sessions") {
		t.Errorf("of all, where one lacks more: %q", got)
	}
}

// TestEvidenceFromTheStart: a direction of which nothing was seen is told apart from one that
// ceases to be.
func TestEvidenceFromTheStart(t *testing.T) {
	s := newSource(journal.Limits{})
	s.Record(&capture.Event{Kind: capture.Opened, Session: 1, At: s.now, Client: "client:1", Server: "server:1"})
	s.unseen(1, s2c, "the capture has no packets of it")
	if got := words(s, 1); !slices.Equal(got, []string{"the server's direction was not seen: the capture has no packets of it"}) {
		t.Errorf("told: %q", got)
	}
}

// TestEvidenceOfAllSessions: the totals count what each session lacks, once, outlive the
// sessions, and tell no more reasons apart than have room.
func TestEvidenceOfAllSessions(t *testing.T) {
	s := newSource(journal.Limits{Sessions: 1})
	for id := capture.SessionID(1); id <= 40; id++ {
		s.open(id)
		switch {
		case id <= 3:
			s.unseen(id, s2c, "no key for it")
			s.unseen(id, s2c, "no key for it, still")
		case id <= 30:
			s.unseen(id, c2s, fmt.Sprintf("reason %d", id))
		case id == 31:
			s.gap(id, c2s, 400)
			s.gap(id, c2s, -1)
			s.order(id, 2*time.Millisecond, false, "clocks")
		case id <= 33:
			s.order(id, time.Millisecond, true, "sorted")
			s.order(id, 0, true, "sorted")
		}
		s.close(id)
	}
	got := s.Totals().Evidence
	if got.Sessions != 33 || got.Partly != 33 || got.Uncertain != 2 || got.Within != 2*time.Millisecond || got.Gaps[c2s] != (journal.Gaps{Count: 2, Unknown: 1, Bytes: 400}) {
		t.Errorf("counted: %+v", got)
	}
	if most := got.Blind[0]; most != (journal.BlindCount{Dir: c2s, Sessions: 19}) {
		t.Errorf("most common is %+v", most)
	}
	if len(got.Blind) != 10 || got.Blind[1] != (journal.BlindCount{Dir: s2c, Why: "no key for it", Sessions: 3}) {
		t.Errorf("%d reasons: %+v", len(got.Blind), got.Blind)
	}
	want := []string{
		"2 gaps, at least 400 bytes of the client's direction",
		"the client's direction was not seen, or not to its end, in 19 sessions: for other reasons",
		"the server's direction was not seen, or not to its end, in 3 sessions: no key for it",
	}
	told := got.Words()
	if !slices.Equal(told[:3], want) {
		t.Errorf("told: %q", told)
	}
	if order := got.OrderWords(); !slices.Equal(order, []string{"times between the directions may be off by 2 ms", "the order of the directions is not known in 2 sessions"}) {
		t.Errorf("told of the order: %q", order)
	}
}

// TestFramesWithLacks: what was not seen stands among the frames where it belongs, for who
// asks for it; a session's, also where it has no frame.
func TestFramesWithLacks(t *testing.T) {
	s := newSource(journal.Limits{})
	s.open(1)
	s.open(2)
	s.gap(1, s2c, 5)
	s.client(1, protocol.SYN, 1, "")
	s.unseen(2, s2c, "no key for it")
	s.order(1, time.Millisecond, false, "")
	s.Record(&capture.Event{Kind: capture.Opened, Session: 3, At: s.now, Client: "client:3", Server: "server:1"})
	s.unseen(3, c2s, "no key for it")
	for _, tt := range []struct {
		ask  journal.AskFrames
		want string
	}{
		{journal.AskFrames{Session: 1}, "preamble Settings ServerSettings SYN"},
		{journal.AskFrames{Session: 1, Lacks: true}, "preamble Settings ServerSettings gap SYN order"},
		{journal.AskFrames{Session: 2, Lacks: true}, "preamble Settings ServerSettings unseen"},
		{journal.AskFrames{Session: 3, Lacks: true}, "unseen"},
		{journal.AskFrames{Session: 3}, ""},
		{journal.AskFrames{Session: 1, Stream: 1, Lacks: true}, "gap SYN order"},
		{journal.AskFrames{Lacks: true}, "preamble Settings ServerSettings preamble Settings ServerSettings gap SYN unseen order unseen"},
		{journal.AskFrames{Session: 1, Lacks: true, Match: func(e *journal.Entry) bool { return e.Preamble }}, "preamble"},
	} {
		for before := range 12 { // windows of each size, around each frame
			ask := tt.ask
			ask.Before = before
			rows := journal.Look(s, ask).Rows
			whole := strings.Fields(tt.want)
			want := whole[max(len(whole)-before-1, 0):]
			if before == 0 {
				want = nil // it asks for nothing
			}
			if got := names(rows); !slices.Equal(got, want) {
				t.Errorf("%+v: %v, want %v", ask, got, want)
			}
		}
	}
}

// TestBlindSession: a session of which nothing was seen says so at its end, in one notice. What
// the source lacks is no part of how the session ended, and no incident.
func TestBlindSession(t *testing.T) {
	const noKey = "no key for it: give one"
	s := newSource(journal.Limits{})
	s.connect(1)
	s.Record(&capture.Event{Kind: capture.Closed, Session: 1, At: s.now, By: session.ClosedByClient, Why: noKey, Blind: true})
	s.open(2)
	s.unseen(2, s2c, noKey)
	s.Record(&capture.Event{Kind: capture.Closed, Session: 2, At: s.now, By: session.ClosedByClient, Why: noKey})
	if got := words(s, 1); !slices.Equal(got, []string{"neither direction was seen: " + noKey}) {
		t.Errorf("of the session: %q", got)
	}
	if n := s.Totals().Evidence; n.Sessions != 2 || n.Partly != 2 {
		t.Errorf("of all: %+v", n)
	}
	entries, _ := read(t, s.Journal)
	var told []string
	for i := range entries {
		e := &entries[i]
		switch x := e.Notice.(type) {
		case journal.SessionClose:
			told = append(told, fmt.Sprintf("%d closed: %s", e.Session, x.Reason))
		case journal.Unseen:
			told = append(told, fmt.Sprintf("%d %v unseen: %s", e.Session, x.Dir, x.Why))
		case session.Diagnostic, session.Incident:
			t.Errorf("session %d: %+v", e.Session, x)
		}
	}
	want := []string{"1 closed: " + noKey, "2 s2c unseen: " + noKey, "2 closed: " + noKey}
	if diff := cmp.Diff(want, told); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
}

// TestBarren: why sessions show no frame is told by how many sessions it is so of.
func TestBarren(t *testing.T) {
	s := newSource(journal.Limits{})
	end := func(id capture.SessionID, reason string) {
		s.Record(&capture.Event{Kind: capture.Opened, Session: id, At: s.now, Client: "client:1", Server: "server:1"})
		s.Record(&capture.Event{Kind: capture.Closed, Session: id, At: s.now, Reason: reason})
	}
	end(1, "no TLS; the capture ends")
	end(2, "no key: give one; the capture ends")
	end(3, "no key: give one; the client reset its connection")
	end(4, "")
	s.open(5)
	s.connect(6)
	s.unseen(6, s2c, "no key for it")
	s.connect(7)
	s.data(7, c2s, []byte("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), session.Fate{})
	want := journal.Barren{Sessions: 6, Reasons: []journal.BarrenReason{
		{Why: "no key: give one; the capture ends", Sessions: 2},
		{Why: "no TLS; the capture ends", Sessions: 1},
		{Why: "the server's direction was not seen: no key for it", Sessions: 1},
		{Why: "what its TLS carries is not AnyTLS", Sessions: 1},
	}}
	if diff := cmp.Diff(want, journal.Look(s, journal.AskBarren{})); diff != "" {
		t.Errorf("(-want +got)\n%s", diff)
	}
	for id := capture.SessionID(10); id < 40; id++ {
		end(id, fmt.Sprintf("reason %d; the capture ends", id))
	}
	got := journal.Look(s, journal.AskBarren{})
	if got.Sessions != 36 || len(got.Reasons) > 12 || got.Reasons[0].Why != "" {
		t.Errorf("%d reasons of %d sessions: %+v", len(got.Reasons), got.Sessions, got.Reasons)
	}
}
