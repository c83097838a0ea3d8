package report_test

import (
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

func TestVerdict(t *testing.T) {
	changed := func(change func(*report.Scenario)) report.Scenario {
		s := passed()
		change(&s)
		return s
	}
	for _, tt := range []struct {
		name      string
		scenarios []report.Scenario
		want      report.Verdict
		says      string
	}{
		{"no scenario", nil, report.Undecided, "Not measured: the server answers heartbeats"},
		{"nothing measured", []report.Scenario{silent()}, report.Undecided, "Nothing that was measured failed"},
		{"all measured", []report.Scenario{passed()}, report.Fully, "All that decides was measured, and passed. Not measured, and not decisive: the Go client gets"},
		{"all measured, of two together", []report.Scenario{
			changed(func(s *report.Scenario) { s.Load = nil }), changed(func(s *report.Scenario) { s.Duration = minutes(1) }),
		}, report.Fully, ""},
		{"performance not measured", []report.Scenario{
			changed(func(s *report.Scenario) { s.Throughput, s.CPU = nil, nil }),
		}, report.Fully, ""},
		{"a minute only", []report.Scenario{
			changed(func(s *report.Scenario) { s.Duration = minutes(1) }),
		}, report.Undecided, "ten minutes"},
		{"no load", []report.Scenario{
			changed(func(s *report.Scenario) { s.Load = nil }),
		}, report.Undecided, "heartbeats work under load"},
		{"performance lost", []report.Scenario{
			changed(func(s *report.Scenario) { s.Throughput.With = []float64{1, 1, 1} }),
		}, report.Partly, "no loss of throughput"},
		{"some lost", []report.Scenario{lossy()}, report.Partly, "repeated heartbeats work"},
		{"all lost, proxying works", []report.Scenario{changed(func(s *report.Scenario) {
			s.Heartbeats = report.Heartbeats{TowardServer: toward(figures(9, 0, 9, 0, 0, 0, 0, 0))}
		})}, report.Partly, "the server answers heartbeats"},
		{"all lost, nothing else tried", []report.Scenario{{
			Heartbeats: report.Heartbeats{TowardServer: toward(figures(9, 0, 9, 0, 0, 0, 0, 0))},
		}}, report.Not, "Nothing was seen to work"},
		{"nothing works", []report.Scenario{failsAlone()}, report.Not, "through it. Nothing was seen to work"},
		{"one pair of two works", []report.Scenario{failsAlone(), passed()}, report.Partly, "no. 1: the preamble came in 3 records"},
		{"one could not be run", []report.Scenario{passed(), notRun()}, report.Undecided, "could not be run: no. 2"},
		{"the only one could not be run", []report.Scenario{notRun()}, report.Undecided, "It could not be run: cargo install"},
		{"none could be run", []report.Scenario{notRun(), notRun()}, report.Undecided, "could not be run: nos. 1, 2"},
		{"ended early", []report.Scenario{
			changed(func(s *report.Scenario) { s.Failure = "the server crashed" }),
		}, report.Partly, ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := report.Combine(meta(), tt.scenarios...)
			if got, why := r.Verdict(), r.Reason(report.English); got != tt.want || !strings.Contains(why, tt.says) {
				t.Errorf("%s: %q, want %s with what says %q", got, why, tt.want, tt.says)
			}
		})
	}
}

func TestResult(t *testing.T) {
	for _, tt := range []struct {
		name   string
		change func(*report.Scenario)
		want   report.Status
		errors uint64
	}{
		{"all", nil, report.Passed, 0},
		{"toward the server only", func(s *report.Scenario) { s.Heartbeats.TowardClient = report.Toward{} }, report.NotMeasured, 0},
		{"the same in another scenario", func(s *report.Scenario) {
			s.Kind, s.Heartbeats.TowardClient = report.Live, report.Toward{}
		}, report.Passed, 0},
		{"slow", func(s *report.Scenario) { s.Heartbeats.TowardServer.Max = ms(900) }, report.Passed, 0},
		{"could not be run", func(s *report.Scenario) { s.Failure = "refused" }, report.Failed, 0},
		{"requests failed", func(s *report.Scenario) { s.Relayed.Failed = 2 }, report.Failed, 2},
		{"requests failed, also without the relay", func(s *report.Scenario) { s.Relayed.Failed, s.Direct.Failed = 2, 3 }, report.Failed, 2},
		{"only without the relay", func(s *report.Scenario) { s.Direct.Failed = 3 }, report.Failed, 0},
		{"under load", func(s *report.Scenario) { s.Load.Failed = 4 }, report.Failed, 4},
		{"an error", func(s *report.Scenario) {
			s.Diagnostics = append(s.Diagnostics, report.Diagnostic{Code: "alert", Count: 5})
		}, report.Failed, 5},
		{"the disk is full", func(s *report.Scenario) {
			s.Diagnostics = append(s.Diagnostics, report.Diagnostic{Code: "output-failed", Count: 1}, report.Diagnostic{Code: "recording-failed", Severity: "error", Count: 1})
		}, report.Passed, 0},
		{"a new code, said to be an error", func(s *report.Scenario) {
			s.Diagnostics = append(s.Diagnostics, report.Diagnostic{Code: "from-the-future", Severity: "error", Count: 1})
		}, report.Failed, 1},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := passed()
			if tt.change != nil {
				tt.change(&s)
			}
			if got := s.Result(); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
			if got := s.Errors(); got != tt.errors {
				t.Errorf("%d errors, want %d", got, tt.errors)
			}
		})
	}
}

func TestProblems(t *testing.T) {
	breaks, hides := passed(), passed()
	breaks.Relayed.Failed, hides.Direct.Failed = 3, 4
	r := report.Combine(meta(), lossy(), failsAlone(), passed(), notRun(), breaks, hides, failsAlone())
	var got []string
	for _, p := range r.Problems() {
		got = append(got, p.Severity+" "+p.Code)
		if p.Count == 0 || len(p.Scenarios) == 0 || !slices.IsSorted(p.Scenarios) {
			t.Errorf("%s: %d in scenarios %v", p.Code, p.Count, p.Scenarios)
		}
		if p.Code == "auth-split" && (p.Count != 20 || !slices.Equal(p.Scenarios, []int{2, 7})) {
			t.Errorf("auth-split: %d in scenarios %v, want 20 in 2 and 7", p.Count, p.Scenarios)
		}
	}
	want := []string{
		"error auth-split", "error pair-fails-by-itself", "error relay-hides-failure", "error relay-breaks-pair",
		"error alert", "error heartbeat-unanswered", "error scenario-not-run", "warning synack-error",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems %q, want %q", got, want)
	}
	for _, lang := range []report.Lang{report.English, report.Chinese} {
		if advice := report.Combine(meta(), passed()).Advice(lang); len(advice) != 2 {
			t.Errorf("advice %q, want one on the diagnostic and one on what was not measured", advice)
		}
	}
}
