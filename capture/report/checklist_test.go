package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// item returns the item with an id. Its status is "absent" where there is none.
func item(r *report.Report, id string) report.Item {
	for _, i := range r.Checklist() {
		if i.ID == id {
			return i
		}
	}
	return report.Item{Status: "absent"}
}

// Each item, by what was measured of it. A case begins with a scenario in which all
// passed, or with an empty one.
func TestChecklist(t *testing.T) {
	type change = func(*report.Scenario)
	nothing := func(s *report.Scenario) { *s = report.Scenario{} }
	tests := []struct {
		item   string
		name   string
		change change
		want   report.Status
		says   string // in the evidence
	}{
		{"server-answers", "all answered", nil, report.Passed, "injected: 600 of 600 answered"},
		{"server-answers", "nothing sent", nothing, report.NotMeasured, "no HeartRequest was sent"},
		{"server-answers", "some lost", func(s *report.Scenario) {
			s.Heartbeats.TowardServer = toward(figures(10, 8, 2, 0, 1, 1, 1, 1))
		}, report.Failed, "8 of 10 answered, 2 lost"},
		{"server-answers", "all cut off", func(s *report.Scenario) {
			s.Heartbeats.TowardServer = toward(figures(3, 0, 0, 3, 0, 0, 0, 0))
		}, report.NotMeasured, "3 cut off"},
		{"server-answers", "still under way", func(s *report.Scenario) {
			s.Heartbeats.TowardServer = toward(session.Figures{Sent: 1})
		}, report.NotMeasured, "0 of 1 answered"},
		{"server-answers", "version 1", func(s *report.Scenario) {
			s.Heartbeats.TowardServer = toward(session.Figures{Sent: 5, Unsupported: 5})
		}, report.Failed, "5 in sessions that did not show version 2"},
		{"server-answers", "version 1 among others", func(s *report.Scenario) {
			s.Heartbeats.TowardServer = toward(session.Figures{Sent: 5, Answered: 4, Unsupported: 1})
		}, report.Passed, "1 in sessions that did not show version 2"},
		{"server-answers", "only shares filled in", func(s *report.Scenario) {
			s.Heartbeats.TowardServer = report.Toward{TowardFigures: session.TowardFigures{
				Injected: session.Figures{Sent: 2, Answered: 2}, Own: session.Figures{Sent: 1, Lost: 1},
			}}
		}, report.Failed, "injected: 2 of 2 answered; the client's own: 0 of 1 answered, 1 lost"},
		{"client-answers", "one cut off", nil, report.Passed, "599 of 600 answered, 1 cut off"},
		{"client-answers", "none answered", func(s *report.Scenario) {
			s.Heartbeats.TowardClient = toward(figures(3, 0, 3, 0, 0, 0, 0, 0))
		}, report.Failed, "0 of 3 answered, 3 lost"},

		{"rust-server-answers-go-client", "of that pair", nil, report.Passed, "600 of 600"},
		{"rust-server-answers-go-client", "in capitals", func(s *report.Scenario) {
			s.Server.Language, s.Client.Language = "Rust", "Go"
		}, report.Passed, "600 of 600"},
		{"rust-server-answers-go-client", "of another", func(s *report.Scenario) { s.Server.Language = "go" }, "absent", ""},
		{"go-server-answers-rust-client", "of another", nil, "absent", ""},
		{"go-client-gets-rust-answer", "it sends none", nil, report.NotMeasured, "sent none of its own"},
		{"go-client-gets-rust-answer", "it sends some", func(s *report.Scenario) {
			s.Heartbeats.TowardServer.Own = figures(4, 4, 0, 0, 1, 1, 1, 1)
		}, report.Passed, "4 of 4"},
		{"rust-client-gets-go-answer", "some lost", func(s *report.Scenario) {
			s.Server.Language, s.Client.Language = "go", "rust"
			s.Heartbeats.TowardServer.Own = figures(4, 3, 1, 0, 1, 1, 1, 1)
		}, report.Failed, "1 lost"},

		{"proxying-unaffected", "all succeeded", nil, report.Passed, "all 210 requests succeeded, 100.0 MiB compared"},
		{"proxying-unaffected", "not tried", nothing, report.NotMeasured, "no requests"},
		{"proxying-unaffected", "not compared", func(s *report.Scenario) { s.Relayed.BytesCompared = 0 }, report.NotMeasured, "no bytes were compared"},
		{"proxying-unaffected", "no heartbeats meanwhile", func(s *report.Scenario) { s.Heartbeats = report.Heartbeats{} }, report.NotMeasured, "no heartbeat was answered"},
		{"proxying-unaffected", "some failed", func(s *report.Scenario) { s.Relayed.Failed = 1 }, report.Failed, "1 of 210"},
		{"proxying-unaffected", "the pair fails alone", func(s *report.Scenario) { s.Relayed.Failed, s.Direct.Failed = 1, 1 }, report.NotMeasured, "without the relay too"},

		{"repeated-heartbeats", "many", nil, report.Passed, "600 answered by the server, 599 by the client, 0 lost"},
		{"repeated-heartbeats", "too few", func(s *report.Scenario) {
			s.Heartbeats = report.Heartbeats{TowardServer: toward(figures(9, 9, 0, 0, 1, 1, 1, 1))}
		}, report.NotMeasured, "fewer than 10"},
		{"repeated-heartbeats", "one lost", func(s *report.Scenario) {
			s.Heartbeats.TowardClient = toward(figures(600, 599, 1, 0, 1, 1, 1, 1))
		}, report.Failed, "1 lost"},
		{"repeated-heartbeats", "none", nothing, report.NotMeasured, ""},

		{"under-load", "enough", nil, report.Passed, "200 requests, 8 in parallel, 0 failed; a heartbeat each 100 ms: 90 of 90"},
		{"under-load", "not tried", nothing, report.NotMeasured, ""},
		{"under-load", "too little", func(s *report.Scenario) { s.Load.Requests = 199 }, report.NotMeasured, "asked for are 200"},
		{"under-load", "one by one", func(s *report.Scenario) { s.Load.Parallel = 1 }, report.NotMeasured, "asked for"},
		{"under-load", "too seldom", func(s *report.Scenario) { s.Load.Interval = ms(101) }, report.NotMeasured, "asked for"},
		{"under-load", "how often is not known", func(s *report.Scenario) { s.Load.Interval = 0 }, report.NotMeasured, "asked for"},
		{"under-load", "without heartbeats", func(s *report.Scenario) { s.Load.Heartbeats = session.Figures{} }, report.NotMeasured, "0 of 0"},
		{"under-load", "requests failed", func(s *report.Scenario) { s.Load.Failed = 2 }, report.Failed, "2 failed"},
		{"under-load", "heartbeats lost", func(s *report.Scenario) { s.Load.Heartbeats.Lost = 1 }, report.Failed, "1 lost"},
		{"under-load", "the pair fails alone", func(s *report.Scenario) { s.Load.Failed, s.Direct.Failed = 2, 3 }, report.NotMeasured, "without the relay too"},

		{"ten-minutes", "it never began", func(s *report.Scenario) { *s = report.Scenario{Failure: "it broke", Duration: minutes(12)} }, report.NotMeasured, "it broke"},
		{"ten-minutes", "all of it", nil, report.Passed, "ran for 10.0 minutes, with heartbeats over 10.0 of them"},
		{"ten-minutes", "with those of a later step", func(s *report.Scenario) { s.Heartbeats.Last = s.Heartbeats.Last.Add(40e9) }, report.Passed, "heartbeats over 10.0 of them"},
		{"ten-minutes", "some milliseconds less", func(s *report.Scenario) { s.Duration -= ms(20) }, report.Passed, "10.0 minutes"},
		{"ten-minutes", "too short", func(s *report.Scenario) { s.Duration -= ms(3000) }, report.NotMeasured, "9.9 minutes"},
		{"ten-minutes", "heartbeats at the beginning only", func(s *report.Scenario) {
			s.Heartbeats.Last = s.Heartbeats.First.Add(5e9)
		}, report.NotMeasured, "did not flow all the time"},
		{"ten-minutes", "a long pause", func(s *report.Scenario) { s.Heartbeats.Quiet = minutes(2) }, report.NotMeasured, "longest pause 2 min"},
		{"ten-minutes", "nobody knows when", func(s *report.Scenario) {
			s.Heartbeats.First, s.Heartbeats.Last = report.Scenario{}.Started, report.Scenario{}.Started
		}, report.NotMeasured, "did not flow"},
		{"ten-minutes", "with trouble", func(s *report.Scenario) { s.Relayed.Failed = 1 }, report.Failed, "1 of 210"},

		{"relay-changes-nothing", "both work", nil, report.Passed, "0 of 210 without the relay, 0 of 210 through it"},
		{"relay-changes-nothing", "both fail", func(s *report.Scenario) { s.Direct.Failed, s.Relayed.Failed = 210, 7 }, report.Passed, "210 of 210 without"},
		{"relay-changes-nothing", "it breaks the pair", func(s *report.Scenario) { s.Relayed.Failed = 1 }, report.Failed, "1 of 210 through it"},
		{"relay-changes-nothing", "it hides a failure", func(s *report.Scenario) { s.Direct.Failed = 1 }, report.Failed, "1 of 210 without"},
		{"relay-changes-nothing", "one side only", func(s *report.Scenario) { s.Direct = nil }, report.NotMeasured, "both"},
		{"relay-changes-nothing", "neither", nothing, "absent", ""},

		{"no-error-diagnostics", "targets refused", nil, report.Passed, "0 errors, 2 warnings, 0 notes in 3 sessions with 5,000 frames; warnings about targets that the server could not reach, which are not the pair's: 2"},
		{"no-error-diagnostics", "a warning", func(s *report.Scenario) {
			s.Diagnostics = append(s.Diagnostics, report.Diagnostic{Code: "session-churn", Count: 1})
		}, report.Failed, "0 errors, 3 warnings"},
		{"no-error-diagnostics", "notes", func(s *report.Scenario) {
			s.Diagnostics = []report.Diagnostic{{Code: "closed-by", Count: 7}}
		}, report.Passed, "0 errors, 0 warnings, 7 notes"},
		{"no-error-diagnostics", "an error that was overruled", func(s *report.Scenario) {
			s.Diagnostics = []report.Diagnostic{{Code: "auth-split", Count: 3, Overruled: 3}}
		}, report.Passed, "0 errors, 0 warnings, 0 notes in 3 sessions with 5,000 frames; told, and not counted, since the server accepted the sessions all the same: 3"},
		{"no-error-diagnostics", "errors that were overruled but for one", func(s *report.Scenario) {
			s.Diagnostics = []report.Diagnostic{{Code: "auth-split", Count: 3, Overruled: 2}}
		}, report.Failed, "1 error, 0 warnings"},
		{"no-error-diagnostics", "nothing seen", nothing, report.NotMeasured, "no frames"},
		{"no-error-diagnostics", "an error", func(s *report.Scenario) {
			s.Diagnostics = []report.Diagnostic{{Code: "alert", Count: 3}}
		}, report.Failed, "3 errors"},

		{"response-under-100ms", "fast", nil, report.Passed, "toward the client: p50 0.30 ms, p95 0.80 ms, p99 1.20 ms, max 2.40 ms"},
		{"response-under-100ms", "one is slow", func(s *report.Scenario) {
			s.Heartbeats.TowardClient = toward(figures(600, 600, 0, 0, 1, 1, 1, 5000))
		}, report.Passed, "max 5000 ms"},
		{"response-under-100ms", "one in twenty is slow", func(s *report.Scenario) {
			s.Heartbeats.TowardClient = toward(figures(600, 600, 0, 0, 1, 100, 100, 100))
		}, report.Failed, "p95 100 ms"},
		{"response-under-100ms", "no answers", nothing, report.NotMeasured, "none was answered"},
		{"response-under-100ms", "only a late one", func(s *report.Scenario) {
			s.Heartbeats = report.Heartbeats{TowardServer: toward(session.Figures{Sent: 1, Lost: 1, Late: 1, P50: ms(4000), P95: ms(4000), P99: ms(4000), Max: ms(4000)})}
		}, report.Failed, "4000 ms"},

		{"throughput-unaffected", "the same", nil, report.Passed, "with heartbeats 1.00 of without: the median of 3 interleaved runs, from 0.99 to 1.01"},
		{"throughput-unaffected", "slower", func(s *report.Scenario) { s.Throughput.With = []float64{900, 930, 940} }, report.Failed, "0.93 of without"},
		{"throughput-unaffected", "uneven", func(s *report.Scenario) { s.Throughput.With = []float64{500, 940, 990} }, report.NotMeasured, "differ too much"},
		{"throughput-unaffected", "too few runs", func(s *report.Scenario) { s.Throughput.With = s.Throughput.With[:2] }, report.NotMeasured, "2 runs of each kind"},
		{"throughput-unaffected", "runs that moved nothing", func(s *report.Scenario) { s.Throughput.Without = []float64{0, 0, 0} }, report.NotMeasured, ""},
		{"throughput-unaffected", "not tried", nothing, report.NotMeasured, "no bulk"},

		{"cpu-overhead", "little", nil, report.Passed, "server (anytls-rs): +0.017 % (0.050 % with heartbeats, 0.033 % without, one each 1 s)"},
		{"cpu-overhead", "much", func(s *report.Scenario) { s.CPU[1].With.CPU = ms(121) }, report.Failed, "+0.102 %"},
		{"cpu-overhead", "much, but many heartbeats", func(s *report.Scenario) {
			s.CPU[1].With.CPU, s.CPU[1].Interval = ms(121), ms(100)
		}, report.NotMeasured, "the limit is for one each 1 s"},
		{"cpu-overhead", "little, and many heartbeats", func(s *report.Scenario) { s.CPU[1].Interval = ms(100) }, report.Passed, ""},
		{"cpu-overhead", "little, but few heartbeats", func(s *report.Scenario) { s.CPU[1].Interval = ms(10_000) }, report.NotMeasured, ""},
		{"cpu-overhead", "how often is not known", func(s *report.Scenario) { s.CPU[1].Interval = 0 }, report.NotMeasured, ""},
		{"cpu-overhead", "too short to tell", func(s *report.Scenario) { s.CPU[0].Without.Wall = ms(10_000) }, report.NotMeasured, "watched for 10 s"},
		{"cpu-overhead", "one unknown, one too much", func(s *report.Scenario) {
			s.CPU[0].Interval, s.CPU[1].With.CPU = 0, ms(600)
		}, report.Failed, ""},
		{"cpu-overhead", "not tried", nothing, report.NotMeasured, "no CPU time"},
	}
	seen := make(map[string]bool)
	for _, tt := range tests {
		seen[tt.item] = true
		t.Run(tt.item+"/"+tt.name, func(t *testing.T) {
			s := passed()
			if tt.change != nil {
				tt.change(&s)
			}
			got := item(report.Combine(meta(), s), tt.item)
			var says []string
			for i := range got.Evidence {
				says = append(says, got.Evidence[i].Text(report.English))
			}
			if got.Status != tt.want || !strings.Contains(strings.Join(says, "\n"), tt.says) {
				t.Errorf("%s by %q, want %s by what says %q", got.Status, says, tt.want, tt.says)
			}
		})
	}
	for _, i := range report.Combine(meta(), lossy(), failsAlone()).Checklist() {
		if !seen[i.ID] {
			t.Errorf("no case is about %s", i.ID)
		}
	}
}

// Several scenarios: an item fails with one of them, and passes with one if none failed.
func TestChecklistOfSeveral(t *testing.T) {
	for _, tt := range []struct {
		name      string
		scenarios []report.Scenario
		want      report.Status
	}{
		{"none", nil, report.NotMeasured},
		{"nothing measured", []report.Scenario{silent(), notRun()}, report.NotMeasured},
		{"one passed", []report.Scenario{silent(), passed(), notRun()}, report.Passed},
		{"passed, then failed", []report.Scenario{passed(), lossy()}, report.Failed},
		{"failed, then passed", []report.Scenario{lossy(), passed()}, report.Failed},
	} {
		if got := item(report.Combine(meta(), tt.scenarios...), "server-answers"); got.Status != tt.want {
			t.Errorf("%s: %s, want %s", tt.name, got.Status, tt.want)
		}
	}
}
