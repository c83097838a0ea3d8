package guide

import (
	"slices"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// TestPartOfPlan: a run of some parts, without some steps, runs those that are left in their order, and
// whoever wants to sees the journal of each part, as it was at its end.
func TestPartOfPlan(t *testing.T) {
	t.Parallel()
	cfg, told := pair(t, server(t), client(t))
	cfg.Plan.Parts = []string{LoadPart, PairPart} // whatever their order here
	cfg.Plan.Without = []report.StepID{report.StepThroughput, report.StepUDP, report.StepIdle, report.StepLogs}
	var parts []string
	var sessions []uint64
	cfg.Seen = func(part string, j *journal.Journal) {
		parts, sessions = append(parts, part), append(sessions, j.Totals().Sessions)
	}
	g, scenarios := runPair(t, cfg)
	var steps []report.StepID
	for _, s := range told.all() {
		steps = append(steps, s.ID)
	}
	want := []report.StepID{report.StepDirect, report.StepRelayed, report.StepHeartbeats, report.StepTargets, report.StepLoad}
	if !slices.Equal(steps, want) || len(g.Look().Steps) != len(want) {
		t.Errorf("the steps are %v, and %d are seen, want %v", steps, len(g.Look().Steps), want)
	}
	if len(scenarios) != 2 || !slices.Equal(parts, []string{PairPart, LoadPart}) {
		t.Fatalf("%d scenarios; seen are the parts %v", len(scenarios), parts)
	}
	for i := range scenarios {
		if sessions[i] == 0 || sessions[i] != scenarios[i].Sessions {
			t.Errorf("part %s was seen with %d sessions, and has %d", parts[i], sessions[i], scenarios[i].Sessions)
		}
	}
	if !g.Compatible() {
		t.Error("not compatible")
	}
}
