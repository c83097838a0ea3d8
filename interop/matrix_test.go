package interop

import (
	"context"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
)

const (
	// atOnce is how many pairs of the matrix run at once: each waits for most of its time.
	atOnce = 6
	// fewAtOnce is how many do that are run in full: what is measured of them asks for a machine that does little else.
	fewAtOnce = 3

	// patience bounds a pair, beside the times that its plan has.
	patience = 5 * time.Minute
)

// few bounds the pairs that are run in full, with those of TestGuide.
var few = make(chan struct{}, fewAtOnce)

// guideSteps are all steps, in their order.
var guideSteps = []report.StepID{
	report.StepDirect, report.StepRelayed, report.StepHeartbeats, report.StepUDP, report.StepTargets,
	report.StepIdle, report.StepLogs, report.StepLoad, report.StepThroughput, report.StepBoth, report.StepCPU,
}

// TestMatrix runs the guide on servers with clients: requests without the relay and through it,
// heartbeats both ways, datagrams, targets of all kinds, a request after idleness, logs, and parallel requests and
// bulk data while heartbeats go often. What the guide says of each pair has to be what is known of it.
func TestMatrix(t *testing.T) {
	slots := make(chan struct{}, atOnce)
	plan := guide.Plan{
		Quick: true, Idle: time.Second,
		Parts: []string{guide.PairPart, guide.LoadPart}, Without: []report.StepID{report.StepThroughput},
	}
	for _, pair := range ofMatrix() {
		t.Run(pair.String(), func(t *testing.T) {
			t.Parallel()
			slots <- struct{}{}
			defer func() { <-slots }()
			runPair(t, pair, plan)
		})
	}
}

// TestInFull runs all parts of the guide on pairs. In a long run these are the pairs for the report that
// is kept, one after another, for as long as the guide asks for.
func TestInFull(t *testing.T) {
	pairs, plan := inFull, guide.Plan{Quick: true, Duration: 5 * time.Second, Idle: time.Second}
	if isLong() {
		pairs, plan = long, longPlan
	} else {
		t.Parallel() // behind the matrix, and beside TestGuide
	}
	for _, pair := range pairs {
		t.Run(pair.String(), func(t *testing.T) {
			if !isLong() {
				t.Parallel()
			}
			few <- struct{}{}
			defer func() { <-few }()
			runPair(t, pair, plan)
		})
	}
}

// runPair runs the guide on a pair, and holds what it says against what is expected.
func runPair(t *testing.T, pair Pair, plan guide.Plan) {
	t.Helper()
	var g *Guided
	complain(t, tried(t, func() (findings, []report.Scenario) {
		limit := patience + plan.Duration + plan.Idle
		ctx, cancel := context.WithTimeout(t.Context(), limit)
		defer cancel()
		var err error
		if g, err = pair.Guide(ctx, t.TempDir(), plan, lang); err != nil {
			gathered.failed(pair, err)
			t.Fatal(err)
		}
		c := &check{Pair: pair, report: g.Report, compatible: g.Compatible, steps: stepsOf(plan), long: isLong()}
		f := c.findings()
		c.ofManners(&f, &g.Seen)
		if g.Cut {
			f.maybe("it took more than %v", limit)
		}
		return f, g.Scenarios
	}))
	if isLong() {
		g.Scenarios[0].Notes = append(g.Scenarios[0].Notes, pair.toRepeat(lang))
	}
	gathered.add(pair, g.Scenarios)
	t.Logf("%s: %s", g.Report.Verdict(), g.Text)
	if t.Failed() {
		t.Logf("%s", g.Report.Markdown(report.English))
	}
}

// stepsOf returns the steps of a plan.
func stepsOf(plan guide.Plan) []report.StepID {
	steps := slices.Clone(guideSteps)
	if plan.Parts != nil {
		steps = steps[:slices.Index(steps, report.StepBoth)]
	}
	return slices.DeleteFunc(steps, func(id report.StepID) bool { return slices.Contains(plan.Without, id) })
}
