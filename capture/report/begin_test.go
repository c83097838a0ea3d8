package report_test

import (
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestNothingToMeasure: where no session came about, the report says why and what to do first, and
// gives no advice on how to measure what can't be measured yet.
func TestNothingToMeasure(t *testing.T) {
	idle := report.Scenario{Kind: report.Live, Interval: ms(1000), Passing: new(journal.Passing), Outcomes: new(journal.Outcomes)}
	unreachable := idle
	unreachable.Diagnostics = []report.Diagnostic{{Code: journal.CodePreflight, Count: 1, Text: "the server does not listen"}}
	neverRan := report.Scenario{Kind: report.Ping, Failure: "connection refused", Passing: new(journal.Passing), Outcomes: new(journal.Outcomes)}
	for _, tt := range []struct {
		name       string
		scenario   report.Scenario
		why, first string
		verdict    string // its reason begins so
	}{
		{"no client", idle, "is not measured**: no client connected", "Point a client at the address where the relay listens", "No client connected. Not measured: "},
		{"no client, and no server", unreachable, "is not measured**: the server does not listen; no client connected", "Mend that first, and run it again", "The server does not listen. No client connected. Not"},
		{"rejected", rejected(), "failed**: session 1: the server ended", "Mend that first, and run it again", "Session 1: the server"},
		{"a ping that did not begin", neverRan, "failed**: it could not be run: connection refused", "Mend that first, and run it again", "It could not be run: connection refused. Not measured: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := report.Combine(meta(), tt.scenario)
			if why := r.Reason(report.English); !strings.HasPrefix(why, tt.verdict) {
				t.Errorf("verdict: %q, want %q", why, tt.verdict)
			}
			advice := r.Advice(report.English)
			if last := advice[len(advice)-1]; !strings.HasPrefix(last, tt.first) || strings.Contains(strings.Join(advice, "\n"), "To measure") {
				t.Errorf("advice: %q, want %q last, and nothing about measuring", advice, tt.first)
			}
			if why := faults(tt.scenario); !strings.HasPrefix(why, tt.why) {
				t.Errorf("why: %q, want %q", why, tt.why)
			}
		})
	}
	works := report.Combine(meta(), passing(), idle)
	if advice := strings.Join(works.Advice(report.English), "\n"); strings.Contains(advice, "Point a client") || !strings.Contains(advice, "To measure") {
		t.Errorf("one scenario works: %s", advice)
	}
}

// TestNoStreamBegan: where no session came about, the verdict tells of no stream that was cut off.
func TestNoStreamBegan(t *testing.T) {
	s := rejected()
	s.Passing = &journal.Passing{Streams: 1, Cut: 1}
	if why := report.Combine(meta(), s).Reason(report.English); strings.Contains(why, "cut off") {
		t.Errorf("rejected: %q", why)
	}
	s = passing()
	s.Passing.Cut = 1
	if why := report.Combine(meta(), s).Reason(report.English); !strings.Contains(why, "Streams that were cut off as their session ended: 1") {
		t.Errorf("carried: %q", why)
	}
}

// TestErrorsComeFirst: traffic that passed beside errors shows more when these are gone, and not
// when there is more of it.
func TestErrorsComeFirst(t *testing.T) {
	s := passing()
	s.Diagnostics = []report.Diagnostic{{Code: session.CodeAlert, Severity: "error", Count: 1}}
	const mend = "To measure “proxying is unaffected”: mend what the errors say, and run it again."
	if advice := report.Combine(meta(), s).Advice(report.English); !slices.Contains(advice, mend) {
		t.Errorf("advice %q, want %q", advice, mend)
	}
	s.Diagnostics = nil
	s.Passing.Carried = 0
	if advice := report.Combine(meta(), s).Advice(report.English); slices.Contains(advice, mend) {
		t.Errorf("without errors: %q", advice)
	}
}

// TestPingCarriesNothing: a ping's own stream is nobody's traffic.
func TestPingCarriesNothing(t *testing.T) {
	s := passing()
	s.Kind = report.Ping
	r := report.Combine(meta(), s)
	for _, id := range []string{"proxying-unaffected", "under-load"} {
		for _, item := range r.Checklist() {
			if item.ID == id && (item.Status != report.NotMeasured || evidence(&item) != "a ping carries no traffic") {
				t.Errorf("%s: %s by %q", id, item.Status, evidence(&item))
			}
		}
	}
}

// TestErrorsSayTheWorst: a scenario that failed for errors alone says which, and not what the
// server overruled.
func TestErrorsSayTheWorst(t *testing.T) {
	s := passing()
	s.Diagnostics = []report.Diagnostic{
		{Code: session.CodeAuthSplit, Severity: "error", Count: 2, Overruled: 2, Text: "the preamble came in 2 records"},
		{Code: session.CodeAlert, Severity: "error", Count: 1, Text: "the server sent an Alert"},
	}
	if why, want := faults(s), "failed**: 1 error: the server sent an Alert"; why != want {
		t.Errorf("one: %q, want %q", why, want)
	}
	s.Diagnostics[1].Count = 3
	s.Incidents = []report.Incident{
		{Number: 1, Cause: session.CodeAuthSplit, Severity: "error", Since: noon, Text: "overruled", Effects: map[session.Code]uint64{session.CodeAuthSplit: 2}},
		{Number: 2, Cause: session.CodeAlert, Severity: "error", Since: noon, Text: "three Alerts", Effects: map[session.Code]uint64{session.CodeAlert: 3}},
	}
	if why, want := faults(s), "failed**: 3 errors, the worst: three Alerts"; why != want {
		t.Errorf("three: %q, want %q", why, want)
	}
}
