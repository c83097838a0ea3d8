package replay_test

import (
	"bytes"
	"cmp"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/pcaptest"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A source is a capture with its key log.
type source struct {
	name string
	pcaptest.Capture
	keys []byte
}

// shared returns the captures of testdata, which are of anytls-go v0.0.13.
func shared(t testing.TB) (list []source) {
	t.Helper()
	for _, name := range []string{"http", "synackerr", "wrongpw"} {
		keys, err := os.ReadFile(filepath.Join("testdata", name+".keys"))
		check(t, err)
		list = append(list, source{name, pcaptest.Read(t, filepath.Join("testdata", name+".pcap")), keys})
	}
	return list
}

// A telling is what a replay tells of the sessions of a capture, by the address of their
// clients.
type telling struct {
	sessions map[string]*sessionTelling
	warnings []string
}

// A sessionTelling is what a replay tells of a session.
type sessionTelling struct {
	frames   protocol.ByDirection[[]toldFrame]
	findings []session.Diagnostic
	version  string // of TLS
	closed   string
	evidence session.Evidence
	notices  map[string]int // how many gap, unseen and order there are
}

// A toldFrame is a frame that is told of. Data is as much of it as the journal keeps.
type toldFrame struct {
	header   protocol.Header
	preamble bool
	cut      bool
	data     string
	at       time.Time
}

func (f toldFrame) String() string {
	if f.preamble {
		return fmt.Sprintf("preamble (%d)", f.header.Length)
	}
	s := fmt.Sprintf("%v %d (%d)", f.header.Command, f.header.Stream, f.header.Length)
	if f.cut {
		s += " cut"
	}
	return s
}

// is tells whether f is the frame of the truth. Of one that is cut, some data are missing.
func (f toldFrame) is(truth toldFrame) bool {
	return f.header == truth.header && f.preamble == truth.preamble && (f.cut || f.data == truth.data)
}

// tell replays a capture, and returns what is told of it.
func tell(t testing.TB, c pcaptest.Capture, keys []byte) *telling {
	t.Helper()
	cfg := replay.Config{Input: bytes.NewReader(c.Bytes()), KeyLogs: []io.Reader{bytes.NewReader(keys)}}
	p := play(t, cfg)
	check(t, p.err)
	j := p.decode(protocol.MaxData)
	told := &telling{sessions: make(map[string]*sessionTelling), warnings: p.warnings}
	byID := make(map[capture.SessionID]*sessionTelling)
	for i := range p.events {
		if e := &p.events[i]; e.Kind == capture.Opened {
			st := &sessionTelling{notices: make(map[string]int)}
			byID[e.Session], told.sessions[e.Client] = st, st
		}
	}
	b := &journal.Batch{Payload: true}
	for j.Read(b, 1000) {
		for i := range b.Entries {
			if st := byID[b.Entries[i].Session]; st != nil {
				st.add(&b.Entries[i])
			}
		}
	}
	for id, st := range byID {
		if d := journal.Look(j, journal.AskSession{ID: id}); d != nil {
			st.evidence = d.State.Evidence
		}
	}
	return told
}

func (st *sessionTelling) add(e *journal.Entry) {
	if e.IsFrame() {
		st.frames[e.Dir] = append(st.frames[e.Dir], toldFrame{e.Header, e.Preamble, e.Cut, string(e.Data), e.At})
		return
	}
	switch n := e.Notice.(type) {
	case session.Diagnostic:
		st.findings = append(st.findings, n)
	case journal.SessionOpen:
		if n.TLS != nil {
			st.version = n.TLS.Version
		}
	case journal.SessionClose:
		st.closed = n.By.String() + ": " + n.Reason
	case journal.Gap, journal.Unseen, journal.Order:
		st.notices[e.Notice.NoticeName()]++
	}
}

// lines returns the findings in words, sorted: of a severity, or of any worse one. Texts may
// have spans, which differ where times do.
func (st *sessionTelling) lines(from session.Severity, texts bool) (list []string) {
	for _, d := range st.findings {
		if d.Severity < from {
			continue
		}
		line := fmt.Sprintf("%v %s, stream %d", d.Severity, d.Code, d.Stream)
		if texts {
			line += ": " + d.Text
		}
		list = append(list, line)
	}
	slices.Sort(list)
	return list
}

// agrees holds a telling to the truth: the same sessions, with the same frames in each
// direction, the same diagnostics and the same ends.
func (told *telling) agrees(t *testing.T, truth *telling, texts bool) {
	t.Helper()
	if len(told.sessions) != len(truth.sessions) {
		t.Errorf("%d sessions, want %d", len(told.sessions), len(truth.sessions))
	}
	for client, want := range truth.sessions {
		got := told.sessions[client]
		if got == nil {
			t.Errorf("%s: no session", client)
			continue
		}
		for dir := range want.frames {
			dir := protocol.Direction(dir)
			if i := firstDifference(got.frames[dir], want.frames[dir]); i >= 0 {
				t.Errorf("%s, %v: %d frames, want %d; number %d is %s, want %s", client, dir, len(got.frames[dir]), len(want.frames[dir]),
					i, nth(got.frames[dir], i), nth(want.frames[dir], i))
			}
		}
		if g, w := got.lines(0, texts), want.lines(0, texts); !slices.Equal(g, w) {
			t.Errorf("%s: diagnostics\n\t%s\nwant\n\t%s", client, strings.Join(g, "\n\t"), strings.Join(w, "\n\t"))
		}
		if got.closed != want.closed {
			t.Errorf("%s: closed by %s, want %s", client, got.closed, want.closed)
		}
		if ev := got.evidence; ev.Gaps != want.evidence.Gaps || ev.Missing != want.evidence.Missing || ev.Unseen != want.evidence.Unseen || ev.Uncertain {
			t.Errorf("%s: nothing is missing, and the evidence is %+v", client, ev)
		}
	}
}

// accuses holds a telling to the truth of which something is missing: frames are a
// subsequence of the truth's, and there is no error and no warning that it does not have. It
// returns what is wrong.
func (told *telling) accuses(truth *telling) (faults []string) {
	for _, client := range told.clients() {
		got, want := told.sessions[client], truth.sessions[client]
		if want == nil {
			faults = append(faults, client+": no such session")
			continue
		}
		for dir := range want.frames {
			dir := protocol.Direction(dir)
			if fault := embeds(got.frames[dir], want.frames[dir], nil); fault != "" {
				faults = append(faults, fmt.Sprintf("%s, %v: %s", client, dir, fault))
			}
		}
		allowed := want.lines(session.Warning, false)
		for _, d := range got.findings {
			one := sessionTelling{findings: []session.Diagnostic{d}}
			for _, line := range one.lines(session.Warning, false) {
				if !slices.Contains(allowed, line) {
					faults = append(faults, fmt.Sprintf("%s: %s: %s", client, line, d.Text))
				}
			}
		}
	}
	return faults
}

// says tells whether a session says that something of a direction is missing: in its
// evidence, or, where it has no frame at all, in the reason of its end, which the truth does
// not have.
func (st *sessionTelling) says(dir protocol.Direction, truth *sessionTelling) bool {
	ev, none := &st.evidence, len(st.frames[up])+len(st.frames[down]) == 0
	return ev.Gaps[dir] > 0 || ev.Unseen[dir] != "" || none && len(st.closed) > len(truth.closed)
}

// firstDifference returns the number of the first frame that differs, -1 where none does.
func firstDifference(a, b []toldFrame) int {
	for i := range min(len(a), len(b)) {
		x, y := a[i], b[i]
		if x.at, y.at = (time.Time{}), (time.Time{}); x != y { // clocks may differ
			return i
		}
	}
	if len(a) != len(b) {
		return min(len(a), len(b))
	}
	return -1
}

func nth(frames []toldFrame, i int) string {
	if i < len(frames) {
		return frames[i].String()
	}
	return "none"
}

// embeds says why got is no subsequence of truth that has all the frames that it must have,
// "" where it is one. Must may be nil.
func embeds(got, truth []toldFrame, must []bool) string {
	next := 0
	for _, frame := range truth {
		if next < len(got) && got[next].is(frame) {
			next++
		}
	}
	if next < len(got) {
		return fmt.Sprintf("frame %d that is told, %s, is none of the truth's that follow", next, nth(got, next))
	}
	// reach[i] tells whether the first i of got can be found among those of truth so far, and
	// with them all that must be.
	reach := make([]bool, len(got)+1)
	reach[0] = true
	for j, frame := range truth {
		needed := must != nil && must[j]
		for i := len(got); i > 0; i-- {
			reach[i] = reach[i] && !needed || reach[i-1] && got[i-1].is(frame)
		}
		reach[0] = reach[0] && !needed
		if !slices.Contains(reach, true) {
			return fmt.Sprintf("frame %d of the truth, %s, is missing, and no lost record has a byte of it; told are %v", j, frame, got)
		}
	}
	if !reach[len(got)] {
		return fmt.Sprintf("a frame that no lost record has a byte of is missing; told are %v", got)
	}
	return ""
}

// clients returns the clients of a telling in order.
func (told *telling) clients() []string {
	var list []string
	for client := range told.sessions {
		list = append(list, client)
	}
	slices.SortFunc(list, cmp.Compare)
	return list
}
