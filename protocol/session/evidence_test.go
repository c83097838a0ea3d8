package session_test

import (
	"bytes"
	"cmp"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/script"
	"anytls-inspect/protocol/session"
)

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
	eachScript(t, append(files, scriptFiles(t)...), func(name string, s playedScript) {
		lacks := slices.ContainsFunc(s.steps, func(st script.Step) bool {
			return st.Kind == script.Gap || st.Kind == script.Unseen || st.Kind == script.Order
		})
		if len(s.steps) > 0 && !lacks {
			scripts[name] = s
		}
	})
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
