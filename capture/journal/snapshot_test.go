package journal_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

const many = 1 << 20

// A question is an ask whose answers of two moments can be compared.
type question struct {
	name   string
	answer func(at journal.Moment) any
}

func asking[A any](ask journal.Ask[A]) question {
	return question{
		name:   fmt.Sprintf("%T%+v", ask, ask),
		answer: func(at journal.Moment) any { return journal.Look(at, ask) },
	}
}

// questions returns all that can be asked of a journal with so many sessions and entries:
// all of each list, and windows.
func questions(r *rand.Rand, sessions capture.SessionID, entries uint64) []question {
	all := journal.Window{Limit: many}
	window := func(n uint64) journal.Window {
		return journal.Window{From: r.IntN(5), Limit: 1 + r.IntN(4), Anchor: r.Uint64N(n + 2), Above: r.IntN(3)}
	}
	asks := []question{
		asking(journal.AskSummary{}), asking(journal.AskRoutes{}), asking(journal.AskRules{}), asking(journal.AskBarren{}),
		asking(journal.AskSessions{Window: all}), asking(journal.AskSessions{Window: window(uint64(sessions))}),
		asking(journal.AskDiagnostics{Window: all}), asking(journal.AskDiagnostics{Window: window(entries)}),
		asking(journal.AskIncidents{}), asking(journal.AskIncidents{Closed: true}),
	}
	for id := range sessions + 3 {
		asks = append(
			asks,
			asking(journal.AskSession{ID: id}), asking(journal.AskHeartbeats{Session: id}),
			asking(journal.AskStreams{Session: id, Window: all}), asking(journal.AskStreams{Session: id, Window: window(9)}),
			asking(journal.AskFrames{Session: id, Before: many}), asking(journal.AskFrames{Session: id, Before: many, Lacks: true}),
		)
	}
	for index := range uint64(20) { // on both sides of the newest
		asks = append(asks, asking(journal.AskFrame{Index: entries + 10 - min(entries, index)}))
	}
	for range 5 {
		asks = append(asks, asking(journal.AskIndex{At: start.Add(time.Duration(r.Int64N(int64(time.Minute))))}))
	}
	return asks
}

// held returns what is left of an answer of old, once the entries before oldest are
// evicted. The journal then had entries up to newest.
func held(answer any, oldest, newest uint64) any {
	switch a := answer.(type) {
	case *journal.Entry:
		if a != nil && a.Index < oldest {
			return (*journal.Entry)(nil)
		}
	case uint64:
		return max(a, min(oldest, newest))
	case journal.Frames:
		for len(a.Rows) > 0 && a.Rows[0].Index < oldest {
			a.Rows = a.Rows[1:]
		}
		a.At, a.Oldest = len(a.Rows)-1, min(max(a.Oldest, oldest), newest+1)
		return a
	}
	return answer
}

// spoil writes to an answer, which is the reader's.
func spoil(t *testing.T, answer any) {
	t.Helper()
	switch a := answer.(type) {
	case journal.Summary, uint64: // there is nothing in them to write to
	case *journal.Entry:
		if a != nil {
			clear(a.Data)
		}
	case journal.Frames:
		clear(a.Rows)
	case journal.Sessions:
		clear(a.Rows)
	case *journal.SessionDetail:
		if a != nil {
			a.Codes["spoiled"], a.State.Phase = 1, session.Ended
		}
	case journal.Streams:
		clear(a.Rows)
	case journal.Heartbeats:
		clear(a[protocol.Server].Series)
	case journal.Diagnostics:
		clear(a.Rows)
	case []journal.RuleTotal:
		clear(a)
	case []journal.Route:
		clear(a)
	case journal.Barren:
		clear(a.Reasons)
	case []session.Incident:
		for i := range a {
			clear(a[i].Sessions)
			clear(a[i].Streams)
			clear(a[i].Effects)
		}
		clear(a)
	default:
		t.Fatalf("how is a %T spoiled?", answer)
	}
}

// TestQuestions: each ask of the package is among the questions.
func TestQuestions(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	asked := make(map[string]bool)
	for _, q := range questions(rand.New(rand.NewPCG(1, 1)), 1, 1) {
		name, _, _ := strings.Cut(q.name, "{")
		asked[name] = true
	}
	found := 0
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, declared := range regexp.MustCompile(`(?m)^func \((?:\w+ )?(Ask\w+)\) asOf\(`).FindAllSubmatch(text, -1) {
			if found++; !asked["journal."+string(declared[1])] {
				t.Errorf("%s is not asked", declared[1])
			}
		}
	}
	if found < len(asked) {
		t.Errorf("%d asks were found in the files, and %d are asked", found, len(asked))
	}
}

// A past is a snapshot, and what the journal answered when it was taken.
type past struct {
	at      *journal.Snapshot
	asks    []question
	noted   []any
	entries []journal.Entry // all that there were
	same    cmp.Options     // what is compared
}

// newPast takes a snapshot. Lossy says that data is evicted before its frame.
func newPast(r *rand.Rand, ev *everything, sessions capture.SessionID, lossy bool) *past {
	n := len(ev.entries)
	m := &past{asks: questions(r, sessions, uint64(n)), entries: ev.entries[:n:n]}
	for _, q := range m.asks {
		m.noted = append(m.noted, q.answer(ev.source.Journal))
	}
	m.at = journal.Take(ev.source.Journal)
	isData := func(p cmp.Path) bool { return p.Last().String() == ".Data" }
	m.same = cmp.Options{
		cmpopts.IgnoreUnexported(session.Stream{}),
		cmp.FilterPath(func(p cmp.Path) bool { return !isData(p) }, cmpopts.EquateEmpty()),
		cmp.FilterPath(isData, cmp.Comparer(func(a, b []byte) bool {
			return bytes.Equal(a, b) || lossy && (len(a) == 0 || len(b) == 0)
		})),
	}
	return m
}

// check holds the snapshot's answers to those that the journal gave.
func (m *past) check(t *testing.T, r *rand.Rand, j *journal.Journal) {
	t.Helper()
	now := journal.Look(j, journal.AskSummary{})
	oldest, newest := now.Oldest, uint64(len(m.entries))
	for i, q := range m.asks {
		got := q.answer(m.at)
		if diff := cmp.Diff(held(m.noted[i], oldest, newest), got, m.same); diff != "" {
			t.Fatalf("%s of %d entries, of which those from %d are held:\n%s", q.name, newest, oldest, diff)
		}
		spoil(t, got)
	}
	for index := newest + 1; index <= now.Newest; index++ {
		if e := journal.Look(m.at, journal.AskFrame{Index: index}); e != nil {
			t.Fatalf("of %d entries: number %d", newest, index)
		}
	}
	// A window of the frames lies elsewhere once some of them are evicted.
	left := m.entries[min(oldest-1, newest):]
	for range 20 {
		q := journal.AskFrames{Session: capture.SessionID(r.IntN(9)), Stream: r.Uint32N(3), Anchor: r.Uint64N(newest + 50), Before: r.IntN(9), After: 1 + r.IntN(9)}
		if r.IntN(2) == 0 {
			q.Match = func(e *journal.Entry) bool { return e.Header.Command == protocol.PSH }
		}
		if q.Session != 0 && journal.Look(m.at, journal.AskSession{ID: q.Session}) == nil {
			continue // only around one of its frames can its others be had
		}
		got := journal.Look(m.at, q)
		if len(left) == 0 {
			if len(got.Rows) != 0 || got.At != -1 {
				t.Fatalf("%+v: %d rows, at %d, though all are evicted", q, len(got.Rows), got.At)
			}
			continue
		}
		rows, at, older, newer := around(left, q)
		if diff := cmp.Diff(rows, got.Rows, m.same); diff != "" || at != got.At || older && !got.Older || newer && !got.Newer {
			t.Fatalf("%+v of %d entries from %d on: at %d, want %d\n%s", q, newest, oldest, got.At, at, diff)
		}
	}
}

// A traffic does whatever comes to its mind.
type traffic struct {
	*source
	r        *rand.Rand
	live     []capture.SessionID
	sessions capture.SessionID // how many were opened
	rest     map[capture.SessionID][]byte
}

// next does one thing.
func (w *traffic) next() {
	w.wait(time.Duration(w.r.IntN(30)) * time.Millisecond)
	action := w.r.IntN(40)
	if len(w.live) == 0 || action == 0 && len(w.live) < 5 {
		w.sessions++
		w.live = append(w.live, w.sessions)
		route := []string{"", "a", "b"}[w.r.IntN(3)]
		w.Record(&capture.Event{Kind: capture.Opened, Session: w.sessions, At: w.now, Route: route, Client: "client:1"})
		if w.r.IntN(4) > 0 {
			w.open(w.sessions)
		}
		return
	}
	which := w.r.IntN(len(w.live))
	id, stream := w.live[which], 1+w.r.Uint32N(20)
	if rest := w.rest[id]; rest != nil {
		w.rest[id] = nil
		w.data(id, s2c, rest, session.Fate{})
	}
	switch action {
	case 1:
		w.close(id)
		w.live = append(w.live[:which], w.live[which+1:]...)
	case 2:
		w.Diagnose(w.now, journal.CodeRecordingFailed, "the disk is full")
	case 3:
		w.wait(4 * time.Second)
		w.Tick(w.now)
	case 4:
		w.Record(&capture.Event{Kind: capture.Listening, At: w.now, Route: "a", Client: fmt.Sprint("listener:", w.r.IntN(9)), Server: "server:1"})
	case 5, 6:
		wire := frame(protocol.Waste, 0, "a frame in two parts")
		w.data(id, s2c, wire[:9], session.Fate{})
		w.rest[id] = wire[9:]
	case 7, 8, 9:
		w.data(id, c2s, frame(protocol.HeartRequest, 0, ""), session.Fate{Kind: session.Injected})
	case 10, 11:
		w.data(id, s2c, frame(protocol.HeartResponse, 0, ""), session.Fate{Kind: session.Absorbed})
	case 12, 13:
		w.server(id, protocol.HeartRequest, 0, "")
		w.client(id, protocol.HeartResponse, 0, "")
	case 14:
		w.server(id, protocol.SYN, 1, "") // a diagnostic
	case 15, 16, 17, 18, 19, 20:
		w.client(id, protocol.SYN, stream, "")
		w.client(id, protocol.PSH, stream, target+"up")
	case 21, 22, 23, 24:
		w.client(id, protocol.FIN, stream, "")
		w.server(id, protocol.FIN, stream, "")
	case 27:
		w.order(id, time.Duration(w.r.IntN(5))*time.Millisecond, w.r.IntN(9) == 0, "clocks")
	case 28:
		if dir := protocol.Direction(w.r.IntN(2)); w.r.IntN(4) == 0 {
			w.unseen(id, dir, "no key for it")
		} else {
			w.gap(id, dir, int64(w.r.IntN(9))-1)
		}
	case 25, 26:
		w.server(id, protocol.SYNACK, stream, "refused"[:w.r.IntN(8)])
	default:
		w.server(id, protocol.PSH, stream, "payload"[:w.r.IntN(8)])
	}
}

// TestSnapshotStaysAsItWas notes what a journal answers and takes a snapshot, at moments
// of a random run that evicts sessions, streams, entries and data. It holds that the
// snapshot gives the same answers then and later, but for the frames that were evicted.
func TestSnapshotStaysAsItWas(t *testing.T) {
	for seed := range uint64(4) {
		r := rand.New(rand.NewPCG(seed, 11))
		lossy := seed%2 == 1
		limits := journal.Limits{Entries: 50 + r.IntN(200), Bytes: 1 << 16, Sessions: 1 + r.IntN(5), Streams: 1 + r.IntN(6)}
		if lossy {
			limits.Bytes = 300
		}
		w := &traffic{source: newSource(limits), r: r, rest: make(map[capture.SessionID][]byte)}
		ev := &everything{t: t, source: w.source, limit: limits.Entries}
		var pasts []*past
		for step := range 600 {
			if step%150 == 0 {
				pasts = append(pasts, newPast(r, ev, w.sessions, lossy))
				for _, m := range pasts {
					m.check(t, r, w.Journal)
				}
			}
			w.next()
			ev.update()
		}
		now := journal.Look(w, journal.AskSummary{}) // what embeds a journal answers as it does
		if now.Evicted == 0 || now.SessionsEvicted == 0 || now.Errors == 0 {
			t.Errorf("seed %d: the run evicts nothing: %+v", seed, now)
		}
	}
}
