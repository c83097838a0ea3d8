package report_test

import (
	"fmt"
	"math/rand/v2"
	"reflect"
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// line returns a problem in a line.
func line(p *report.Problem) string {
	return fmt.Sprintf("%s %s %d: %s", p.Severity, p.Code, p.Count, p.Text(report.English))
}

// few returns 0 more often than not, or else a small number.
func few(r *rand.Rand) uint64 {
	if r.IntN(2) == 0 {
		return 0
	}
	return r.Uint64N(30)
}

func anyFigures(r *rand.Rand) session.Figures {
	f := session.Figures{Answered: few(r), Lost: few(r) * r.Uint64N(2), Cut: few(r), Unsupported: few(r) * r.Uint64N(2)}
	f.Sent = f.Answered + f.Lost + f.Cut + f.Unsupported
	if f.Answered > 0 {
		f.P50 = ms(float64(r.IntN(90)))
		f.P95, f.P99, f.Max = f.P50+ms(float64(r.IntN(30))), f.P50+ms(40), f.P50+ms(200)
	}
	return f
}

func anyTraffic(r *rand.Rand) *report.Traffic {
	if r.IntN(2) == 0 {
		return nil
	}
	t := &report.Traffic{Requests: 1 + r.Uint64N(300), BytesCompared: few(r)}
	t.Failed = r.Uint64N(t.Requests+1) * r.Uint64N(2)
	return t
}

// anyScenario returns what a run may have measured. Its parts fit together no better than those
// of a report that somebody wrote by hand.
func anyScenario(r *rand.Rand) report.Scenario {
	kinds := [...]report.Kind{report.Live, report.Replayed, report.Ping, report.Demo, report.BothDirections, report.RustServerGoClient}
	s := report.Scenario{
		Kind: kinds[r.IntN(len(kinds))], Started: noon, Duration: minutes(r.IntN(12)), Interval: ms(1000),
		Server:   report.Peer{Name: "s", Language: [...]string{"go", "rust", ""}[r.IntN(3)]},
		Client:   report.Peer{Name: "c", Language: [...]string{"go", "rust", ""}[r.IntN(3)]},
		Sessions: few(r), Streams: few(r), Frames: few(r), Notes: []string{},
		Diagnostics: []report.Diagnostic{}, Incidents: []report.Incident{},
		Heartbeats: report.Heartbeats{
			TowardServer: toward(anyFigures(r)), TowardClient: toward(anyFigures(r)),
			First: noon, Last: noon.Add(minutes(r.IntN(12)).Duration()), Quiet: ms(float64(r.IntN(90_000))),
		},
		Direct: anyTraffic(r), Relayed: anyTraffic(r),
	}
	for range r.IntN(3) {
		s.Habits = append(s.Habits, report.Habit{
			Peer: [...]string{"server", "client", "new"}[r.IntN(3)], English: "it does", Chinese: [...]string{"", "它会"}[r.IntN(2)],
			Codes: [][]string{nil, {"alert", "auth-split"}, {"session-churn", "datagrams-failed"}}[r.IntN(3)],
		})
	}
	s.Server.Untried = r.IntN(5) == 0
	if r.IntN(8) == 0 {
		s.Failure = "it broke"
	}
	if r.IntN(4) > 0 {
		s.Passing = &journal.Passing{Streams: few(r), Carried: few(r), Refused: few(r), Cut: few(r) * r.Uint64N(2), Bytes: few(r)}
		s.Passing.Busy = journal.Busy{Streams: r.IntN(12), Answered: few(r), Lost: few(r) * r.Uint64N(2)}
	}
	if r.IntN(4) > 0 {
		s.Outcomes = &journal.Outcomes{Accepted: few(r), Unanswered: few(r), Rejected: few(r), TLSFailed: few(r)}
	}
	if r.IntN(6) == 0 {
		s.Evidence = &journal.EvidenceFigures{Sessions: 3, Uncertain: r.Uint64N(2), Within: ms(float64(r.IntN(20)))}
	}
	if t := anyTraffic(r); t != nil {
		s.Load = &report.Load{Traffic: *t, Parallel: r.Uint64N(9), Interval: ms(100), Heartbeats: session.Figures{Sent: 9, Answered: 9}}
	}
	codes := [...]session.Code{"alert", "auth-split", "synack-error", "session-churn", "closed-by", journal.CodeOutputFailed, "from-the-future"}
	if r.IntN(2) == 0 {
		anySteps(r, &s)
	}
	for _, code := range codes {
		if r.IntN(4) > 0 {
			continue
		}
		d := report.Diagnostic{Code: code, Count: 1 + r.Uint64N(5), Text: "t"}
		d.Overruled = r.Uint64N(d.Count + 2)
		s.Diagnostics = append(s.Diagnostics, d)
		if r.IntN(2) == 0 {
			s.Incidents = append(s.Incidents, report.Incident{
				Number: 1, Cause: code, Severity: journal.Spec(code).Severity.String(), Since: noon, Text: "it was " + string(code),
				Sessions: []uint32{1}, Streams: []report.Stream{}, Effects: map[session.Code]uint64{code: 1 + r.Uint64N(d.Count)},
			})
		}
	}
	return s
}

// anySteps has a scenario be one of a run of the guide, with any of what only such a run measures.
func anySteps(r *rand.Rand, s *report.Scenario) {
	const unknown = "from-the-future"
	ids := []report.StepID{unknown}
	for _, part := range guided() {
		for _, step := range part.Steps {
			ids = append(ids, step.ID)
		}
	}
	some := func(of ...string) string { return of[r.IntN(len(of))] }
	for range r.IntN(9) {
		s.Steps = append(s.Steps, report.Step{
			ID: ids[r.IntN(len(ids))], Took: ms(float64(r.IntN(9000))), Skipped: some("", "", "it was ended"), Failure: some("", "", "", "it broke off", "it broke"),
		})
	}
	s.Spaced, s.UDP, s.UDPDirect = anyTraffic(r), anyTraffic(r), anyTraffic(r)
	for range r.IntN(4) {
		s.Targets = append(s.Targets, report.TargetKind{Kind: some("ipv4", "silent", unknown), OK: r.IntN(4) > 0, Text: some("", "t")})
	}
	if t := anyTraffic(r); t != nil {
		s.Idle = &report.Idle{Waited: ms(35_000), Traffic: *t, Sessions: few(r), Closed: few(r)}
	}
	for range r.IntN(7) {
		s.Logs = append(s.Logs, report.Log{
			Peer: some("server", "client", unknown), Item: some("received", "sent", "response", "trouble", unknown), Count: few(r),
			Line: some("", "WARN x", "ERROR x"), Errors: few(r), Of: few(r), Due: few(r), Error: some("", "", "denied"),
		})
	}
	for range r.IntN(3) {
		c := report.CPU{Peer: "p", Interval: ms(1000)}
		for range r.IntN(12) {
			c.Spans = append(c.Spans, spans(float64(r.IntN(200))).Spans...)
		}
		s.CPU = append(s.CPU, c)
	}
}

// wrong returns the items that a scenario speaks against, by what stands in its data.
func wrong(s *report.Scenario) (ids []string) {
	against := func(bad bool, id ...string) {
		if bad {
			ids = append(ids, id...)
		}
	}
	stand := func(d *report.Diagnostic) bool {
		severity := journal.Spec(d.Code).Severity
		return severity > session.Note && !journal.AboutTool(d.Code) && d.Code != session.CodeSYNACKError && d.Overruled < d.Count
	}
	for i := range s.Diagnostics {
		against(stand(&s.Diagnostics[i]), "no-error-diagnostics")
	}
	server, client := &s.Heartbeats.TowardServer, &s.Heartbeats.TowardClient
	against(server.Lost > 0, "server-answers", "repeated-heartbeats")
	against(client.Lost > 0, "client-answers", "repeated-heartbeats")
	against(server.P95 >= ms(100) || client.P95 >= ms(100), "response-under-100ms")
	against(s.Relayed != nil && s.Relayed.Failed > 0, "proxying-unaffected", "ten-minutes")
	against(s.Load != nil && s.Load.Failed > 0, "under-load", "ten-minutes")
	own := s.Relayed != nil && s.Relayed.Requests > 0
	alone := s.Direct != nil && s.Direct.Failed > 0
	against(s.UDP != nil && s.UDP.Failed > 0 && !alone, "udp")
	if s.UDP != nil && s.UDPDirect != nil {
		udp, direct := s.UDP.Failed > 0, s.UDPDirect.Failed > 0
		against(direct && !alone, "udp")
		against(udp != direct && !alone, "relay-changes-nothing")
	}
	against(s.Idle != nil && s.Idle.Failed > 0 && !alone, "idle-reuse")
	for _, k := range s.Targets {
		against(!k.OK && !alone, "targets")
	}
	own = own || s.Spaced != nil || s.Load != nil && len(s.Steps) > 0
	against(s.Passing != nil && !own && len(s.Steps) == 0 && s.Passing.Cut > 0, "proxying-unaffected")
	against(s.Passing != nil && s.Load == nil && s.Passing.Busy.Lost > 0, "under-load")
	against(s.Outcomes != nil && s.Outcomes.Accepted == 0, "no-error-diagnostics")
	return ids
}

// TestAnyScenario: whatever was measured, nothing that failed anywhere is ticked; what speaks
// against an item in the only scenario keeps it from being ticked; a pair that carried nothing
// has not passed; and a verdict that says all is well rests on all that decides.
func TestAnyScenario(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	statuses := make(map[report.Status]int)
	verdicts := make(map[report.Verdict]int)
	for range 300 {
		var scenarios []report.Scenario
		for range 1 + r.IntN(2)*r.IntN(3) {
			scenarios = append(scenarios, anyScenario(r))
		}
		all := report.Combine(meta(), scenarios...)
		md := string(all.Markdown(report.English))
		verdicts[all.Verdict()]++
		for _, i := range all.Checklist() {
			statuses[i.Status]++
			failed := false
			for _, e := range i.Evidence {
				failed = failed || e.Status == report.Failed
			}
			for n := range scenarios {
				for _, id := range wrong(&scenarios[n]) {
					failed = failed || id == i.ID && len(scenarios) == 1
				}
			}
			ticked := strings.Contains(md, "\n- [x] "+i.Title(report.English)+": ")
			if known := i.Status == report.Passed || i.Status == report.Observed; ticked != known || failed && ticked {
				t.Fatalf("%s is %s; ticked: %t, failed: %t, of %+v\n%s", i.ID, i.Status, ticked, failed, scenarios, md)
			}
			if all.Verdict() == report.Fully && i.Status == report.Failed && !strings.HasSuffix(i.ID, "-log-clean") {
				t.Fatalf("fully compatible, though %s failed:\n%s", i.ID, md)
			}
		}
		for n := range scenarios {
			s := &scenarios[n]
			if s.Outcomes != nil && s.Outcomes.Accepted == 0 && s.Result() == report.Passed {
				t.Fatalf("nothing was carried, and it passed: %+v", s)
			}
			for _, step := range s.Steps {
				status, text := s.Judge(step.ID, report.English)
				if text == "" || status != report.Failed && status != report.Passed && status != report.NotMeasured {
					t.Fatalf("step %s is %s: %q", step.ID, status, text)
				}
				if step.Skipped == "" && step.Failure != "" && s.Result() != report.Failed {
					t.Fatalf("step %s failed, and the scenario did not: %+v", step.ID, s)
				}
			}
			if s.Result() == report.Failed && (all.Verdict() == report.Fully || all.Verdict() == report.Undecided) && s.Failure == "" {
				t.Fatalf("%s, though scenario %d failed:\n%s", all.Verdict(), n+1, md)
			}
		}
	}
	for _, s := range [...]report.Status{report.Passed, report.Failed, report.NotMeasured, report.Observed} {
		if statuses[s] == 0 {
			t.Errorf("no item is %s: %v", s, statuses)
		}
	}
	for _, v := range [...]report.Verdict{report.Partly, report.Not, report.Undecided} {
		if verdicts[v] == 0 {
			t.Errorf("no verdict is %s: %v", v, verdicts)
		}
	}
}

// TestAnyScenarioIsReadAgain: JSON keeps all of what was measured.
func TestAnyScenarioIsReadAgain(t *testing.T) {
	r := rand.New(rand.NewPCG(3, 4))
	for range 100 {
		one := report.Combine(meta(), anyScenario(r), anyScenario(r))
		again := readAgain(t, one)
		if !reflect.DeepEqual(again, one) {
			t.Fatalf("read again:\n%+v\nwant\n%+v", again, one)
		}
	}
}
