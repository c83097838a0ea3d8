package session_test

import (
	"bytes"
	"cmp"
	"fmt"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/tools/txtar"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

// An onlooker is what trackers made of a script: its frames, and what it was diagnosed for.
type onlooker struct {
	frames  map[route][]seenFrame
	accused map[accusation]string
	notes   map[session.Code]int
}

// A route is one direction of a session.
type route struct {
	session uint32
	dir     protocol.Direction
}

// An accusation is what a diagnostic that is more than a note is about.
type accusation struct {
	session uint32
	code    session.Code
	stream  uint32
}

type seenFrame struct {
	header protocol.Header
	data   string
	cut    bool
}

// A seenSession is the part of one session in that.
type seenSession struct {
	*onlooker
	n uint32
}

func (s seenSession) Frame(f *session.Frame) {
	at := route{s.n, f.Dir}
	s.frames[at] = append(s.frames[at], seenFrame{f.Header, string(f.Data), f.Cut})
}

func (s seenSession) Notice(n session.Notice) {
	d, ok := n.(session.Diagnostic)
	switch {
	case !ok:
	case d.Severity == session.Note:
		s.notes[d.Code]++
		fallthrough
	default:
		a := accusation{s.n, d.Code, d.Stream}
		if d.Severity > session.Note || s.accused[a] == "" {
			s.accused[a] = fmt.Sprintf("%v: %s", d.Severity, d.Text)
		}
	}
}

// watched plays a script.
func watched(s playedScript) *onlooker {
	w := &onlooker{make(map[route][]seenFrame), make(map[accusation]string), make(map[session.Code]int)}
	s.cfg.Schemes, s.cfg.Fleet, s.cfg.Snap = session.NewSchemes(), session.NewFleet(), 1<<16
	trackers := make(map[uint32]*session.Tracker)
	now := start
	for _, st := range s.steps {
		if st.Kind == script.Wait {
			now = now.Add(st.Wait)
			continue
		}
		t := trackers[st.Session]
		if t == nil {
			t = session.NewTracker(s.cfg, seenSession{w, st.Session})
			trackers[st.Session] = t
		}
		if st.Kind == script.Data {
			t.Record(now, st.Dir, st.Wire, st.Fate, st.Continues)
		} else {
			act(t, st, now)
		}
	}
	for _, t := range trackers {
		t.Close(now, session.ClosedByCapture) // what is not whole is handed out
	}
	return w
}

// A pair is an accusation's code, and another code of the truth's that it is the same fault as.
type pair struct{ got, truth session.Code }

// sameFault says which faults look like others where less was seen, each with why.
var sameFault = map[pair]string{
	{session.CodeStreamIDNotIncreasing, session.CodeStreamReused}:       "the first SYN is missing",
	{session.CodeTargetMalformed, session.CodeUnknownStream}:            "the stream's end is missing, behind which the payload came",
	{session.CodeSYNACKError, session.CodeSYNACKDuplicate}:              "the first SYNACK is missing",
	{session.CodeSYNACKDuplicate, session.CodeUnknownStream}:            "the first SYNACK may have come behind the SYN",
	{session.CodeSYNACKMissing, session.CodeUnknownStream}:              "the payload may have come behind the SYN",
	{session.CodeHeartbeatUnanswered, session.CodeHeartbeatUnsolicited}: "which answer nobody asked for is not known",
	{session.CodeServerSilent, session.CodeHeartbeatUnsolicited}:        "the same",
	{session.CodeServerSilent, session.CodeHeartbeatUnanswered}:         "that the peer ignores heartbeats is not known",
	{session.CodeSessionSilent, session.CodeHeartbeatUnanswered}:        "the same",
	{session.CodeSessionSilent, session.CodeHeartbeatUnsolicited}:       "the same",
}

// excuses tells whether the truth has the same accusation, or that of which it is a part where
// less was seen.
func (truth *onlooker) excuses(a accusation) bool {
	for b := range truth.accused {
		_, same := sameFault[pair{a.code, b.code}]
		switch {
		case a.code == b.code && (a.code == session.CodePathDead || a.code == session.CodeSessionNotReused || a.code == session.CodeSessionChurn):
			return true // which session finds it depends on what was seen
		case a.session != b.session:
		case a == b,
			same && (a.stream == b.stream || b.code == session.CodeHeartbeatUnsolicited),
			a.code == b.code && a.code == session.CodePeerNotReading: // which stream was sent last may be missing
			return true
		case b.code == session.CodeStreamReused && a.stream == b.stream:
			return true // which of the two streams something is about is not known
		case a.code == session.CodeUnknownStream && (b.code == session.CodeStreamIDNotIncreasing || b.code == session.CodeStreamReused):
			return true // what may have been opened unseen is told by rising ids
		}
	}
	return false
}

// compare holds what was seen with less to the truth: nobody is accused of more, and each frame
// is one of the truth's, in order.
func (truth *onlooker) compare(got *onlooker) (faults []string) {
	for a, text := range got.accused {
		if !strings.HasPrefix(text, "note") && !truth.excuses(a) {
			faults = append(faults, fmt.Sprintf("session %d, stream %d: %s: %s", a.session, a.stream, a.code, text))
		}
	}
	for at, frames := range got.frames {
		if truth.excuses(accusation{at.session, session.CodeDesynchronised, 0}) {
			continue // with less, frames may be decoded that the truth takes for none
		}
		all := truth.frames[at]
		for i, f := range frames {
			n := slices.IndexFunc(all, func(w seenFrame) bool {
				return f.header == w.header && (f.cut || f.data == w.data)
			})
			if n < 0 {
				faults = append(faults, fmt.Sprintf("session %d, %v: frame %d, %+v, is none of the truth's", at.session, at.dir, i, f.header))
				break
			}
			all = all[n+1:]
		}
	}
	slices.Sort(faults)
	return faults
}

// records returns the runs of steps that carry one record each; nil stands where a direction
// carries something that can't be missing alone, since a relay made or kept it.
func records(steps []script.Step) (runs [][]int) {
	open := make(map[route][]int)
	for i, st := range steps {
		if st.Kind != script.Data || len(st.Wire) == 0 {
			continue
		}
		if st.Fate != (session.Fate{}) {
			runs = append(runs, nil)
			continue
		}
		at := route{st.Session, st.Dir}
		open[at] = append(open[at], i)
		if !st.Continues {
			runs = append(runs, open[at])
			delete(open, at)
		}
	}
	return runs
}

// withGap returns the steps without some records, and a gap in their place.
func withGap(r *rand.Rand, steps []script.Step) []script.Step {
	runs := records(steps)
	if !slices.ContainsFunc(runs, func(run []int) bool { return run != nil }) {
		return steps
	}
	first := r.IntN(len(runs))
	for runs[first] == nil {
		first = (first + 1) % len(runs)
	}
	st := steps[runs[first][0]]
	gap := script.Step{Kind: script.Gap, Session: st.Session, Dir: st.Dir}
	lost := make(map[int]bool)
	for _, run := range runs[first:] {
		if run == nil {
			break
		}
		if s := &steps[run[0]]; s.Session != st.Session || s.Dir != st.Dir {
			continue
		}
		for _, i := range run {
			lost[i] = true
			gap.Missing += int64(len(steps[i].Wire))
		}
		if r.IntN(2) == 0 {
			break
		}
	}
	switch r.IntN(8) {
	case 0, 1:
		gap.Missing = -1
	case 2: // the lost records had padding of TLS's
		gap.Missing += 1 + r.Int64N(20)
	}
	var out []script.Step
	for i := range steps {
		if i == runs[first][0] {
			out = append(out, gap)
		}
		if !lost[i] {
			out = append(out, steps[i])
		}
	}
	return out
}

// withUnseen returns the steps without what a direction carries from some place on.
func withUnseen(r *rand.Rand, steps []script.Step) []script.Step {
	place := r.IntN(len(steps))
	if r.IntN(3) == 0 {
		place = 0
	}
	at := route{steps[place].Session, protocol.Direction(r.IntN(2))}
	for place < len(steps) && steps[place].Kind == script.Open {
		place++
	}
	out := slices.Clone(steps[:place])
	out = append(out, script.Step{Kind: script.Unseen, Session: at.session, Dir: at.dir, Text: "no key"})
	for _, st := range steps[place:] {
		if st.Kind != script.Data || st.Session != at.session || st.Dir != at.dir {
			out = append(out, st)
		}
	}
	return out
}

// withSkew returns the steps with what one direction carries told sooner or later by no more
// than within, and an order that says so; where it is uncertain, by any time.
func withSkew(r *rand.Rand, steps []script.Step) []script.Step {
	within := time.Duration(1+r.IntN(300)) * time.Millisecond
	order := script.Step{Kind: script.Order, Within: within}
	skew := time.Duration(r.Int64N(int64(2*within))) - within
	if r.IntN(3) == 0 {
		order = script.Step{Kind: script.Order, Uncertain: true}
		within = 20 * time.Second
		skew = time.Duration(r.Int64N(int64(2*within))) - within
	}
	type timed struct {
		at time.Duration
		script.Step
	}
	var all []timed
	var now time.Duration
	last := make(map[route]time.Duration)
	end := within
	for _, st := range steps {
		end += st.Wait
	}
	for _, st := range steps {
		at := now + within
		switch {
		case st.Kind == script.Wait:
			now += st.Wait
			continue
		case st.Kind == script.Open:
			at = now
		case st.Kind <= script.Unseen && st.Dir == s2c:
			at = min(at+skew, end)
		case st.Kind == script.Gone:
			at = max(at, last[route{st.Session, st.Dir}])
		case st.Kind == script.Close:
			at = max(at, last[route{st.Session, c2s}], last[route{st.Session, s2c}])
		}
		if st.Kind <= script.Unseen {
			last[route{st.Session, st.Dir}] = at
		}
		all = append(all, timed{at, st})
	}
	slices.SortStableFunc(all, func(a, b timed) int { return cmp.Compare(a.at, b.at) })
	var out []script.Step
	known := make(map[uint32]bool)
	now = 0
	for _, st := range all {
		if st.at > now {
			out = append(out, script.Step{Kind: script.Wait, Session: st.Session, Wait: st.at - now})
			now = st.at
		}
		if !known[st.Session] && st.Kind != script.Open {
			known[st.Session] = true
			order.Session = st.Session
			out = append(out, order)
		}
		out = append(out, st.Step)
	}
	if end > now {
		out = append(out, script.Step{Kind: script.Wait, Wait: end - now})
	}
	return out
}

// allScripts returns the scripts in testdata in which all is seen, by name, those of incidents
// too.
func allScripts(t testing.TB) map[string]playedScript {
	t.Helper()
	files, err := filepath.Glob("testdata/incidents/*.txtar")
	if err != nil {
		t.Fatal(err)
	}
	scripts := make(map[string]playedScript)
	for _, file := range append(files, scriptFiles(t)...) {
		a, err := txtar.ParseFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, part := range a.Files {
			if strings.HasSuffix(part.Name, wantSuffix) {
				continue
			}
			s, err := parseScript(string(part.Data))
			if err != nil {
				t.Fatalf("%s, %s: %v", file, part.Name, err)
			}
			lacks := slices.ContainsFunc(s.steps, func(st script.Step) bool {
				return st.Kind == script.Gap || st.Kind == script.Unseen || st.Kind == script.Order
			})
			if len(s.steps) > 0 && !lacks {
				scripts[filepath.Base(file)+"/"+part.Name] = s
			}
		}
	}
	return scripts
}

// A transform takes something from what was seen.
type transform struct {
	name string
	of   func(*rand.Rand, []script.Step) []script.Step
}

func transforms() []transform {
	return []transform{
		{"gap", withGap},
		{"two gaps", func(r *rand.Rand, steps []script.Step) []script.Step { return withGap(r, withGap(r, steps)) }},
		{"unseen", withUnseen},
		{"skew", withSkew},
	}
}

// TestNobodyIsAccusedOfWhatWasNotSeen takes from each script some of what was seen, at random:
// records, a whole direction, the order of the two. Nobody is accused of more than before, and
// frames that are seen behind a gap are true.
func TestNobodyIsAccusedOfWhatWasNotSeen(t *testing.T) {
	const tries = 8
	scripts := allScripts(t)
	resynchronised := 0
	for name, s := range scripts {
		truth := watched(s)
		for _, transform := range transforms() {
			for seed := range uint64(tries) {
				r := rand.New(rand.NewPCG(seed, uint64(len(name))))
				touched := s
				touched.steps = transform.of(r, s.steps)
				got := watched(touched)
				resynchronised += got.notes[session.CodeResynchronised]
				if faults := truth.compare(got); len(faults) > 0 {
					t.Errorf("%s, %s %d:\n%s\n%s", name, transform.name, seed, strings.Join(faults, "\n"), excerptOf(touched.steps))
					break
				}
			}
		}
	}
	if resynchronised < 50 {
		t.Errorf("decoding went on %d times", resynchronised)
	}
}

// excerptOf returns the text of steps, without long lines.
func excerptOf(steps []script.Step) string {
	var b bytes.Buffer
	for line := range strings.Lines(script.Script{Steps: steps}.String()) {
		if len(line) > 100 {
			line = line[:100] + "…\n"
		}
		if b.Len() < 4000 {
			b.WriteString("\t" + line)
		}
	}
	return b.String()
}
