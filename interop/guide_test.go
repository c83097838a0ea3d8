package interop

import (
	"context"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/report"
)

// A guideRun is a run of the guide's command on each server with each client.
type guideRun struct{ servers, clients []Peer }

// guideRuns are a pair that can do all that the guide asks for beside one that fails, a pair that can't
// do UDP, the guide's first scenario, and its second.
var guideRuns = []guideRun{
	{[]Peer{FindPeer("sing-box v1.13.5")}, []Peer{FindPeer("sing-box v1.13.5"), FindPeer("anytls-rs 0.5.4")}},
	{[]Peer{FindPeer("anytls")}, []Peer{FindPeer("sing-box v1.13.5")}},
	{[]Peer{FindPeer("anytls-rs 0.3.0")}, []Peer{FindPeer("sing-anytls")}},
	{[]Peer{FindPeer("sing-anytls")}, []Peer{FindPeer("anytls-rs 0.3.0")}},
}

// guidePatience is the timeout of the command for one pair, which it is through with within a
// minute.
const guidePatience = 3 * time.Minute

// TestGuide has the command run the guide on pairs of real programs, which it knows by name. What it
// prints and reports of each pair is what is known of it, and no program is left.
func TestGuide(t *testing.T) {
	t.Parallel() // it mostly waits
	for _, run := range guideRuns {
		t.Run(run.name(), func(t *testing.T) {
			t.Parallel()
			for _, pair := range run.all() {
				if err := pair.Had(); err != nil {
					gathered.failed(pair, err)
					t.Fatal(err)
				}
			}
			few <- struct{}{}
			defer func() { <-few }()
			var done *guideDone
			complain(t, tried(t, func() (findings, []report.Scenario) {
				ctx, cancel := context.WithTimeout(t.Context(), guidePatience*time.Duration(len(run.all())))
				defer cancel()
				var err error
				if done, err = runGuide(ctx, t.TempDir(), run); err != nil {
					t.Fatal(err)
				}
				return run.findings(done), done.report.Scenarios
			}))
			for i, result := range done.report.Pairs()[:min(len(done.report.Pairs()), len(run.all()))] {
				gathered.add(run.all()[i], done.report.Part(result.Scenarios).Scenarios)
			}
			if t.Failed() {
				t.Logf("%s\n%s", done.lines.String(), done.errors.String())
			}
		})
	}
}

// name returns the names of the servers and clients.
func (g guideRun) name() string {
	names := func(peers []Peer) string {
		var all []string
		for _, p := range peers {
			all = append(all, p.String())
		}
		return strings.Join(all, ", ")
	}
	return names(g.servers) + " server, " + names(g.clients) + " client"
}

// all returns the pairs, in the order of the run.
func (g guideRun) all() (pairs []Pair) {
	for _, server := range g.servers {
		for _, client := range g.clients {
			pairs = append(pairs, Pair{server, client})
		}
	}
	return pairs
}

// findings says what is not as it has to be.
func (g guideRun) findings(done *guideDone) (f findings) {
	for _, left := range done.left {
		f.surely("the program is left: %s", left)
	}
	if err := done.read(); err != nil {
		f.surely("%v", err)
	}
	pairs, results := g.all(), done.report.Pairs()
	if len(results) != len(pairs) || len(done.pairs) != len(pairs) {
		f.surely("the report has %d pairs, the output %d, want %d", len(results), len(done.pairs), len(pairs))
		return f
	}
	code, compatible := 0, 0
	for i, pair := range pairs {
		told := &done.pairs[i]
		if told.compatible {
			compatible++
		} else {
			code = 1
		}
		c := &check{Pair: pair, report: done.report.Part(results[i].Scenarios), compatible: told.compatible, steps: guideSteps}
		its := c.findings()
		c.told(&its, told)
		f.of(pair, its)
	}
	if done.code != code {
		f.surely("exit code %d, want %d", done.code, code)
	}
	if len(pairs) > 1 && (done.told.Pairs != len(pairs) || done.told.Compatible != compatible) {
		f.surely("at the end %d of %d pairs are compatible, want %d of %d", done.told.Compatible, done.told.Pairs, compatible, len(pairs))
	}
	return f
}

// told says where what was printed of the pair is not what the report has.
func (c *check) told(f *findings, told *guideTold) {
	if name := c.Server.named().String() + " ← " + c.Client.named().String(); told.pair != name {
		f.surely("it is called %q, want %q", told.pair, name)
	}
	if verdict := c.report.Verdict(); told.verdict != verdict {
		f.surely("it is %s, and %s by the report", told.verdict, verdict)
	}
	if (told.cause == "") != told.compatible || (told.advice == "") != told.compatible {
		f.maybe("the cause is %q, the advice %q, compatible %v", told.cause, told.advice, told.compatible)
	}
	if !slices.Equal(told.steps, c.steps) {
		f.surely("the steps are %v, want %v", told.steps, c.steps)
	}
	for _, j := range c.judged() {
		// The command has the words of a text.
		if got := report.Status(strings.ReplaceAll(told.verdicts[j.StepID], " ", "-")); got != j.Status {
			f.surely("step %s: %s, and %s by the report", j.StepID, got, j.Status)
		}
	}
	for _, e := range c.expected(false) {
		if len(e.Causes) > 0 && !e.Sometimes && !c.explained(told.advice, e) {
			f.maybe("the advice has nothing that is known of %v: %s", e.Causes, told.advice)
		}
	}
}

// explained tells whether an advice has a habit of a peer that one of the causes may come of.
func (c *check) explained(advice string, e *Expected) bool {
	return slices.ContainsFunc(c.report.Scenarios[0].Habits, func(h report.Habit) bool {
		explains := func(code string) bool { return slices.Contains(h.Codes, code) }
		said := h.English
		if lang == report.Chinese {
			said = h.Chinese
		}
		return strings.Contains(advice, said) && slices.ContainsFunc(e.Causes, explains)
	})
}
