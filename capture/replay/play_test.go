package replay_test

import (
	"bytes"
	"fmt"
	"io"
	"slices"
	"strings"
	"sync"
	"testing"

	"go.uber.org/goleak"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// played is what came of a replay.
type played struct {
	events   []capture.Event
	warnings []string
	legs     map[capture.SessionID]capture.Leg
	progress [][2]int64
	err      error

	mu sync.Mutex
}

// Record implements [capture.Sink].
func (p *played) Record(e *capture.Event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	kept := *e
	kept.Data = bytes.Clone(e.Data)
	p.events = append(p.events, kept)
	if e.Leg != capture.NoLeg {
		p.legs[e.Session] = e.Leg
	}
}

// play replays a capture.
func play(t testing.TB, cfg replay.Config) *played {
	t.Helper()
	p := &played{legs: make(map[capture.SessionID]capture.Leg)}
	cfg.Warn = func(s string) {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.warnings = append(p.warnings, s)
	}
	cfg.Progress = func(read, size int64) { p.progress = append(p.progress, [2]int64{read, size}) }
	p.err = replay.New(cfg).Run(t.Context(), p)
	return p
}

// file replays a capture that lies in memory, with a key log.
func file(t testing.TB, capture, keys []byte) *played {
	t.Helper()
	cfg := replay.Config{Input: bytes.NewReader(capture)}
	if keys != nil {
		cfg.KeyLogs = []io.Reader{bytes.NewReader(keys)}
	}
	p := play(t, cfg)
	if p.err != nil {
		t.Fatal(p.err)
	}
	return p
}

// lines returns the events in words, without times.
func (p *played) lines() (lines []string) {
	for _, e := range p.events {
		lines = append(lines, line(&e))
	}
	return lines
}

// line returns an event in words, without its time.
func line(e *capture.Event) string {
	s := fmt.Sprintf("%d ", e.Session)
	switch e.Kind {
	case capture.Opened:
		return s + "opened " + e.Client + " " + e.Server
	case capture.Established:
		return s + strings.TrimSpace("established "+e.TLS.Version+" "+e.TLS.Cipher+" "+e.TLS.SNI)
	case capture.Data:
		s += fmt.Sprintf("%v %d bytes", e.Dir, len(e.Data))
		if e.Fate.Made() {
			s += " injected"
		}
		if e.Fate.Kept() {
			s += " absorbed"
		}
		if e.Continues {
			s += " ..."
		}
		return s
	case capture.Gap:
		return s + fmt.Sprintf("%v gap %d", e.Dir, e.Missing)
	case capture.Unseen:
		return s + fmt.Sprintf("%v unseen: %s", e.Dir, e.Why)
	case capture.Order:
		return s + fmt.Sprintf("order within %v, uncertain %v: %s", e.Within, e.Uncertain, e.Why)
	case capture.Gone:
		return s + fmt.Sprintf("%v gone", e.Dir.Sender())
	case capture.Blocked:
		return s + fmt.Sprintf("%v blocked, %d bytes", e.Dir, e.Bytes)
	case capture.Unblocked:
		return s + fmt.Sprintf("%v unblocked", e.Dir)
	case capture.HeartbeatsWait:
		return s + fmt.Sprintf("%v heartbeats wait: %s", e.Dir, e.Why)
	case capture.HeartbeatsGo:
		return s + fmt.Sprintf("%v heartbeats go", e.Dir)
	case capture.Probed:
		return s + "probed by " + e.Client
	default:
		if e.TLSFailed {
			s += "TLS failed, "
		}
		return s + strings.TrimSpace("closed by "+e.By.String()+": "+strings.Trim(e.Why+"; "+e.Reason, "; "))
	}
}

// closings returns the lines of the Closed events.
func (p *played) closings() []string {
	return slices.DeleteFunc(p.lines(), func(l string) bool { return !strings.Contains(l, " closed by ") })
}

// plaintext returns what one direction of a session carried.
func (p *played) plaintext(id capture.SessionID, dir protocol.Direction) (b []byte) {
	for _, e := range p.events {
		if e.Kind == capture.Data && e.Session == id && e.Dir == dir {
			b = append(b, e.Data...)
		}
	}
	return b
}

// into gives the events to a journal.
func (p *played) into(j *journal.Journal) {
	for i := range p.events {
		j.Record(&p.events[i])
	}
}

// isWhole checks that the replay has one session, with all that was said in it.
func (p *played) isWhole(t *testing.T, tp *tape) {
	t.Helper()
	if p.err != nil || len(p.warnings) > 0 {
		t.Fatalf("error %v, warnings %q", p.err, p.warnings)
	}
	lines := p.lines()
	if n := len(lines); n < 3 || !strings.HasPrefix(lines[0], "1 opened ") ||
		!strings.HasPrefix(lines[1], "1 established TLS 1.") || lines[n-1] != "1 closed by client:" {
		t.Fatalf("got\n\t%s", strings.Join(lines, "\n\t"))
	}
	p.carries(t, 1, tp)
	for _, l := range lines {
		if strings.Contains(l, " gap ") {
			t.Error(l)
		}
	}
}

// carries checks that a session has all that was said in it.
func (p *played) carries(t *testing.T, id capture.SessionID, tp *tape) {
	t.Helper()
	for d, said := range tp.said {
		if got := p.plaintext(id, protocol.Direction(d)); !bytes.Equal(got, said) {
			t.Errorf("session %d, %v: %d bytes, want the %d that were sent", id, protocol.Direction(d), len(got), len(said))
		}
	}
}

// wants compares lines with what they should be.
func wants(t *testing.T, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n\t%s\nwant\n\t%s", strings.Join(got, "\n\t"), strings.Join(want, "\n\t"))
	}
}

// frames counts the frames of a journal by name, preambles among them.
func frames(t testing.TB, j *journal.Journal) map[string]int {
	t.Helper()
	counts := make(map[string]int)
	b := &journal.Batch{}
	for j.Read(b, 1000) {
		if b.Missed > 0 {
			t.Fatalf("the journal has evicted %d entries", b.Missed)
		}
		for i := range b.Entries {
			if e := &b.Entries[i]; e.IsFrame() {
				counts[e.Name()]++
			}
		}
	}
	return counts
}

// decode gives a replay to a new journal.
func decode(p *played) *journal.Journal { return p.decode(0) }

// decode gives a replay to a new journal that keeps so much of each frame, with room for all of it:
// to clear the memory of a usual one takes longer than most replays of tests.
func (p *played) decode(snap int) *journal.Journal {
	limits := journal.Limits{Snap: snap, Bytes: protocol.MaxData}
	for i := range p.events {
		limits.Bytes += len(p.events[i].Data)
	}
	for limits.Entries = 1024; ; limits.Entries *= 8 {
		j := journal.New(limits, session.Config{Fingerprints: protocol.FingerprintKey{1}})
		p.into(j)
		all := j.Totals()
		if all.BytesEvicted > 0 {
			panic(fmt.Sprintf("the journal has evicted %d bytes", all.BytesEvicted))
		}
		if all.Evicted == 0 {
			return j
		}
	}
}

// A view is what the tests look at: one session, and what else there is.
type view struct {
	Totals      journal.Summary
	Session     *journal.SessionDetail
	Sessions    []journal.SessionRow
	Streams     []session.Stream
	Heartbeats  journal.Heartbeats
	Diagnostics []journal.Entry
}

func look(j *journal.Journal) *view { return lookAt(j, 1) }

func lookAt(j *journal.Journal, id capture.SessionID) *view {
	all := journal.Window{Limit: 100}
	return &view{
		Totals:      journal.Look(j, journal.AskSummary{}),
		Session:     journal.Look(j, journal.AskSession{ID: id}),
		Sessions:    journal.Look(j, journal.AskSessions{Window: all}).Rows,
		Streams:     journal.Look(j, journal.AskStreams{Session: id, Window: all}).Rows,
		Heartbeats:  journal.Look(j, journal.AskHeartbeats{Session: id}),
		Diagnostics: journal.Look(j, journal.AskDiagnostics{Window: all}).Rows,
	}
}

// notices returns the notices of a journal.
func notices(t testing.TB, j *journal.Journal) (list []session.Notice) {
	t.Helper()
	b := &journal.Batch{}
	for j.Read(b, 1000) {
		for i := range b.Entries {
			if e := &b.Entries[i]; !e.IsFrame() {
				list = append(list, e.Notice)
			}
		}
	}
	return list
}
