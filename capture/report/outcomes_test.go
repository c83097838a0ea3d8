package report_test

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// rejected returns a relay's run with a client that has another password.
func rejected() report.Scenario {
	const text = "session 1: the server ended the session without a word, as servers do whose password is another one"
	return report.Scenario{
		Kind: report.Live, Started: noon, Duration: ms(20_000), Interval: ms(1000), Sessions: 3, Frames: 6,
		Passing: new(journal.Passing), Outcomes: &journal.Outcomes{Rejected: 2, Unanswered: 1},
		Diagnostics: []report.Diagnostic{{Code: "rejected", Count: 2, Text: "the server ended the session"}},
		Incidents: []report.Incident{
			{Number: 2, Cause: journal.CodeOutputFailed, Severity: "error", Since: noon, Text: "the disk is full", Effects: map[session.Code]uint64{journal.CodeOutputFailed: 1}},
			{Number: 1, Cause: session.CodeRejected, Severity: "error", Since: noon, Sessions: []uint32{1, 2}, Text: text, Effects: map[session.Code]uint64{session.CodeRejected: 2}},
		},
	}
}

// faults returns the lines of a scenario's section that say why it failed or is not measured.
func faults(s report.Scenario) string {
	md := string(report.Combine(meta(), s).Markdown(report.English))
	for line := range strings.Lines(md) {
		if why, found := strings.CutPrefix(line, "- **Why it "); found {
			return strings.TrimSpace(why)
		}
	}
	return ""
}

// TestNothingCarried: a pair whose sessions came to nothing fails for that, with the cause in
// front; where some came about, the others are told, and counted by their diagnostics alone.
func TestNothingCarried(t *testing.T) {
	for _, tt := range []struct {
		name    string
		change  func(*report.Scenario)
		want    report.Status
		verdict report.Verdict
		errors  uint64
		says    string        // why
		tells   string        // of no-error-diagnostics
		logs    report.Status // of that, where it is another one
	}{
		{
			"rejected", func(*report.Scenario) {}, report.Failed, report.Not, 3,
			"failed**: session 1: the server ended the session without a word, as servers do whose password is another one; " +
				"no session came about: 2 sessions were rejected by the server, 1 session got no answer from the server; 2 errors",
			"2 errors, 0 warnings, 0 notes in 3 sessions with 6 frames; 2 sessions were rejected by the server, 1 session got no answer", "",
		},
		{
			"rejected, and nothing more is known", func(s *report.Scenario) { s.Diagnostics, s.Incidents = nil, nil }, report.Failed, report.Not, 3,
			"failed**: no session came about: 2 sessions were rejected", "0 errors, 0 warnings, 0 notes in 3 sessions", "",
		},
		{
			"by a diagnostic", func(s *report.Scenario) { s.Incidents = nil }, report.Failed, report.Not, 3,
			"failed**: the server ended the session; no session came about", "2 errors", "",
		},
		{
			"TLS fails", func(s *report.Scenario) {
				s.Outcomes, s.Frames, s.Diagnostics, s.Incidents = &journal.Outcomes{TLSFailed: 1}, 0, nil, nil
			}, report.Failed, report.Not, 1, "no session came about: in 1 session TLS failed", "in 1 session TLS failed", "",
		},
		{
			"a ping", func(s *report.Scenario) { s.Kind, s.Failure = report.Ping, "the server closed the session" }, report.Failed, report.Not, 3,
			"failed**: session 1: the server ended the session without a word, as servers do whose password is another one; no session came about: 2 sessions were rejected by the server, 1 session got no answer from the server; 2 error", "", "",
		},
		{
			"a ping, and nobody knows why", func(s *report.Scenario) {
				s.Kind, s.Failure, s.Incidents, s.Diagnostics = report.Ping, "the server closed the session", nil, nil
			}, report.Failed, report.Not, 3, "it could not be run to its end: the server closed the session", "", "",
		},
		{
			"a ping that came to no session", func(s *report.Scenario) {
				s.Kind, s.Failure, s.Incidents, s.Diagnostics, s.Sessions, s.Frames = report.Ping, "connection refused", nil, nil, 0, 0
				s.Outcomes = new(journal.Outcomes)
			}, report.Failed, report.Undecided, 0, "it could not be run: connection refused", "no frames", report.NotMeasured,
		},
		{
			"others carried", func(s *report.Scenario) {
				s.Outcomes.Accepted, s.Diagnostics, s.Incidents = 5, nil, nil
				s.Heartbeats.TowardServer = toward(figures(20, 20, 0, 0, 1, 1, 1, 1))
			}, report.Passed, report.Undecided, 0, "", "0 errors, 0 warnings, 0 notes in 3 sessions with 6 frames; 2 sessions were rejected by the server, 1 session got no", "",
		},
		{
			"clients that left before anything was owed", func(s *report.Scenario) {
				s.Outcomes, s.Diagnostics, s.Incidents = new(journal.Outcomes), nil, nil
			}, report.NotMeasured, report.Undecided, 0, "not measured**: no session was seen to be accepted; no HeartRequest was sent", "no session was seen to be accepted", "",
		},
		{
			"not all was seen", func(s *report.Scenario) {
				s.Sessions, s.Diagnostics, s.Incidents = 9, nil, nil
				s.Evidence = &journal.EvidenceFigures{Unseen: []journal.UnseenFigures{{Dir: "s2c", Reason: "no key", Sessions: 6}}}
			}, report.NotMeasured, report.Undecided, 0, "not measured**: no session was seen to be accepted; no HeartRequest was seen; not all was seen", "no session was seen to be accepted", "",
		},
		{
			"of all that failed, enough was seen", func(s *report.Scenario) {
				s.Evidence = &journal.EvidenceFigures{Uncertain: 1}
			}, report.Failed, report.Not, 3, "no session came about", "", "",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := rejected()
			tt.change(&s)
			r := report.Combine(meta(), s)
			if got, v := s.Result(), r.Verdict(); got != tt.want || v != tt.verdict || s.Errors() != tt.errors {
				t.Errorf("%s, %s, %d errors; want %s, %s, %d", got, v, s.Errors(), tt.want, tt.verdict, tt.errors)
			}
			if why := faults(s); !strings.Contains(why, tt.says) {
				t.Errorf("why: %q, want what says %q", why, tt.says)
			}
			i := item(r, "no-error-diagnostics")
			if says := evidence(&i); !strings.Contains(says, tt.tells) || i.Status != cmp.Or(tt.logs, tt.want) {
				t.Errorf("%s by %q, want %s by what says %q", i.Status, says, tt.want, tt.tells)
			}
		})
	}
}

// TestCauseInFront: the verdict begins with why nothing works, and says in which scenario where
// there are several.
func TestCauseInFront(t *testing.T) {
	const cause = "session 1: the server ended the session without a word"
	one, several := report.Combine(meta(), rejected()), report.Combine(meta(), passed(), rejected())
	if why := one.Reason(report.English); !strings.HasPrefix(why, "S"+cause[1:]) || !strings.HasSuffix(why, ". Nothing was seen to work") {
		t.Errorf("of one: %q", why)
	}
	if why := several.Reason(report.English); !regexp.MustCompile(`^[a-z.]+ 2: `+cause).MatchString(why) || several.Verdict() != report.Partly {
		t.Errorf("of several: %s: %q", several.Verdict(), why)
	}
	if advice := one.Advice(report.English); len(advice) == 0 || !strings.HasPrefix(advice[0], "output-failed: ") || !slices.ContainsFunc(advice, func(a string) bool {
		return strings.HasPrefix(a, "rejected: Compare the client's password")
	}) {
		t.Errorf("advice %q", advice)
	}
	many := make([]report.Scenario, 50)
	for i := range many {
		many[i] = rejected()
	}
	if why := report.Combine(meta(), many...).Reason(report.English); strings.Count(why, cause[1:]) != 1 || strings.Contains(why, "no. 1") {
		t.Errorf("of %d alike: %q, want the cause once", len(many), why)
	}
	for i := range many { // each of another pair
		many[i].Server.Build = strconv.Itoa(i)
	}
	if why := report.Combine(meta(), many...).Reason(report.English); strings.Count(why, cause) != 3 || !strings.Contains(why, "Failed scenarios: nos. 1–50") {
		t.Errorf("of %d pairs: %q, want the cause three times", len(many), why)
	}
}

// TestOverruled: an error that the server overruled fails nothing, stays among the problems, and
// is no error there.
func TestOverruled(t *testing.T) {
	incident := func(n uint64, effects map[session.Code]uint64) report.Incident {
		return report.Incident{Number: n, Cause: "auth-split", Severity: "error", Since: noon.Add(time.Second), Sessions: []uint32{1}, Text: "in 2 records", Effects: effects}
	}
	split := func(count, overruled uint64) report.Diagnostic {
		return report.Diagnostic{Code: "auth-split", Count: count, Overruled: overruled, Severity: "error", Text: "in 2 records"}
	}
	const all, some = " (overruled: the server accepted the session all the same)", " (overruled: 2 of 3, where the server accepted the session all the same)"
	for _, tt := range []struct {
		name      string
		found     []report.Diagnostic
		incidents []report.Incident
		errors    uint64
		want      []string // the problems
	}{
		{"all, without incidents", []report.Diagnostic{split(3, 3)}, nil, 0, []string{"note auth-split 3: in 2 records" + all}},
		{"more than there were", []report.Diagnostic{split(3, 9)}, nil, 0, []string{"note auth-split 3: in 2 records" + all}},
		{"some, without incidents", []report.Diagnostic{split(3, 2)}, nil, 1, []string{"error auth-split 3: in 2 records" + some}},
		{"all of an incident", []report.Diagnostic{split(3, 3)}, []report.Incident{incident(1, map[session.Code]uint64{"auth-split": 3})}, 0, []string{"note auth-split 3: in 2 records" + all}},
		{"some of an incident", []report.Diagnostic{split(3, 2)}, []report.Incident{incident(1, map[session.Code]uint64{"auth-split": 3})}, 1, []string{"error auth-split 3: in 2 records" + some}},
		{"some of one of two incidents", []report.Diagnostic{split(3, 2)}, []report.Incident{
			incident(1, map[session.Code]uint64{"auth-split": 2}), incident(2, map[session.Code]uint64{"auth-split": 1}),
		}, 1, []string{"error auth-split 2: in 2 records", "error auth-split 1: in 2 records"}},
		{"a warning with it stands", []report.Diagnostic{split(2, 2), {Code: "padding-violation", Count: 1}}, []report.Incident{
			incident(1, map[session.Code]uint64{"auth-split": 2, "padding-violation": 1}),
		}, 0, []string{"warning auth-split 3: in 2 records" + some}},
		{"another error with it stands", []report.Diagnostic{split(2, 2), {Code: "alert", Count: 1}}, []report.Incident{
			incident(1, map[session.Code]uint64{"auth-split": 2, "alert": 1}),
		}, 1, []string{"error auth-split 3: in 2 records" + some}},
		{"none", []report.Diagnostic{split(3, 0)}, nil, 3, []string{"error auth-split 3: in 2 records"}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := passed()
			s.Diagnostics, s.Incidents = tt.found, tt.incidents
			want := report.Passed
			if tt.errors > 0 {
				want = report.Failed
			}
			if got := s.Result(); s.Errors() != tt.errors || got != want {
				t.Errorf("%s with %d errors, want %s with %d", got, s.Errors(), want, tt.errors)
			}
			var got []string
			r := report.Combine(meta(), s)
			for _, p := range r.Problems() {
				got = append(got, line(&p))
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("problems %q, want %q", got, tt.want)
			}
			advised := slices.ContainsFunc(r.Advice(report.English), func(a string) bool { return strings.HasPrefix(a, "auth-split: ") })
			if whole := strings.HasSuffix(tt.want[0], all); advised == whole {
				t.Errorf("advice on it: %t, though all of it is overruled: %t", advised, whole)
			}
		})
	}
}
