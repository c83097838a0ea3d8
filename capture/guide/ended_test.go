package guide

import (
	"context"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/report"
)

// An ending is why a run was over before its end, and what is said of that.
type ending struct {
	why          error
	lacks, noted words
	bySomebody   bool
}

// endings are all: somebody ended it, or its time was over.
var endings = []ending{
	{context.Canceled, runEnded, endedNote, true},
	{errOver, timeOver, overNote, false},
}

// TestEnded: a run that is over in a step returns soon, with what was measured until then. What
// was left is skipped, a scenario that never began is left out, and nothing is held against the
// pair.
func TestEnded(t *testing.T) {
	for _, part := range allParts() {
		for i, s := range part.steps {
			t.Run(string(s.id), func(t *testing.T) {
				t.Parallel()
				by := endings[(i+rand.IntN(2))%2]
				cfg, told := pair(t, server(t), client(t))
				cfg.Plan.Idle, cfg.Plan.Duration = 100*time.Millisecond, time.Second
				ctx, cancel := context.WithCancelCause(t.Context())
				defer cancel(nil)
				// At once, or a little later, in the middle of whatever it does.
				after := time.Duration(rand.IntN(2)) * time.Duration(rand.IntN(100)) * time.Millisecond
				ended := make(chan time.Time, 1)
				cfg.Plan.begins = func(id report.StepID) {
					if id == s.id {
						end := func() {
							cancel(by.why)
							ended <- time.Now()
						}
						if after == 0 {
							end()
						} else {
							time.AfterFunc(after, end)
						}
					}
				}
				g := New(cfg)
				scenarios := g.Run(ctx)
				took := time.Since(<-ended)
				logRun(t, g, scenarios)
				// A second for a request that is under way, two for programs that take their time.
				if took > 10*time.Second {
					t.Errorf("it took %v to end", took)
				}
				checkEnded(t, g, told, s.id, part.name, scenarios, by)
			})
		}
	}
}

// checkEnded checks what a run says that was over in a step.
func checkEnded(t *testing.T, g *Guide, told *told, in report.StepID, part string, scenarios []report.Scenario, by ending) {
	t.Helper()
	if begun := slices.IndexFunc(allParts(), named(part)) + 1; len(scenarios) < begun {
		t.Fatalf("%d scenarios, and %d had begun", len(scenarios), begun)
	}
	before := true
	for _, s := range told.all() {
		switch {
		case s.ID == in:
			before = false
		case before && (s.State != Ended || s.Status == report.Failed && s.ID != report.StepThroughput):
			t.Errorf("%s came before, and is %s: %s", s.ID, s.Status, s.Text)
		}
		if s.State == Skipped && s.Text != by.lacks.english {
			t.Errorf("%s is skipped: %s", s.ID, s.Text)
		}
		if s.Status == report.Failed && s.ID != report.StepThroughput {
			t.Errorf("%s failed: %s", s.ID, s.Text)
		}
	}
	if n := len(told.all()); n != len(g.Look().Steps) {
		t.Errorf("%d of %d steps were told", n, len(g.Look().Steps))
	}
	last := &scenarios[len(scenarios)-1]
	if len(last.Notes) == 0 || last.Notes[len(last.Notes)-1] != by.noted.english {
		t.Errorf("notes: %q", last.Notes)
	}
	for i := range scenarios {
		if s := &scenarios[i]; s.Result() == report.Failed || s.Failure != "" {
			t.Errorf("scenario %d failed: %s", i+1, s.Failure)
		}
	}
	if g.Compatible() || len(g.Unmeasured()) == 0 || g.wasCut() != by.bySomebody {
		t.Errorf("compatible: %v, not measured: %v, cut by somebody: %v", g.Compatible(), g.Unmeasured(), g.wasCut())
	}
}

// TestLimit: a run whose time is over says so of what it has not come to.
func TestLimit(t *testing.T) {
	cfg, told := pair(t, server(t), client(t))
	cfg.Plan.Limit = 1
	g := New(cfg)
	g.Run(t.Context())
	if g.Compatible() || g.wasCut() {
		t.Errorf("compatible: %v, cut by somebody: %v", g.Compatible(), g.wasCut())
	}
	for _, s := range told.all() {
		if s.State != Skipped || s.Text != timeOver.english {
			t.Errorf("%s is %d: %s", s.ID, s.State, s.Text)
		}
	}
}

func named(name string) func(part) bool { return func(p part) bool { return p.name == name } }

// TestEndedBefore: a run that is ended before it begins has a scenario, and starts nothing.
func TestEndedBefore(t *testing.T) {
	cfg, told := pair(t, server(t), client(t))
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	g := New(cfg)
	scenarios := g.Run(ctx)
	if len(scenarios) != 1 || len(scenarios[0].Steps) != len(g.Look().Steps) || g.Compatible() {
		t.Errorf("%d scenarios, compatible: %v", len(scenarios), g.Compatible())
	}
	if lacks := g.Unmeasured(); len(lacks) != len(told.all()) {
		t.Errorf("%d steps are said to lack", len(lacks))
	}
	for _, s := range told.all() {
		if s.State != Skipped {
			t.Errorf("%s is in state %d", s.ID, s.State)
		}
	}
}

// TestNoFolder: a run that can't write its files says so, and leaves out all.
func TestNoFolder(t *testing.T) {
	cfg, told := pair(t, server(t), client(t))
	cfg.Dir += "/nowhere"
	g, scenarios := runPair(t, cfg)
	if len(scenarios) != 1 || !strings.Contains(scenarios[0].Failure, "nowhere") || g.Compatible() {
		t.Errorf("%d scenarios, the first: %s", len(scenarios), scenarios[0].Failure)
	}
	if len(told.all()) != len(g.Look().Steps) {
		t.Errorf("%d steps were told", len(told.all()))
	}
}

// TestPanic: where a step panics, or who is told of it, the programs end all the same.
// [goleak.VerifyTestMain] sees that what waits for them is gone.
func TestPanic(t *testing.T) {
	for _, id := range []report.StepID{report.StepDirect, report.StepRelayed, report.StepHeartbeats} {
		cfg, _ := pair(t, server(t), client(t))
		cfg.Plan.begins = func(begun report.StepID) {
			if begun == id {
				panic("in " + string(id))
			}
		}
		func() {
			defer func() {
				if got := recover(); got != "in "+string(id) {
					t.Errorf("it panicked with %v", got)
				}
			}()
			New(cfg).Run(t.Context())
		}()
	}
}
