package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// TestLoggedInStep: what ends logged in a step is quoted where the step failed, and decides what
// there is to do.
func TestLoggedInStep(t *testing.T) {
	quote := func(peer, line string) report.Quote { return report.Quote{Peer: peer, Line: line} }
	failed := func(why string) *report.Traffic {
		return &report.Traffic{Requests: 3, Failed: 3, Failures: []string{"request 1: " + why}}
	}
	good := &report.Traffic{Requests: 3, BytesCompared: 9}
	for name, tt := range map[string]struct {
		direct, relayed *report.Traffic
		logged          []report.Quote // in the step that failed first
		said            []string       // by the step, and by the verdict
		advice          string         // in front
	}{
		"certificate": {
			failed("general SOCKS server failure"), good,
			[]report.Quote{quote("client", "x509: signed by \x1b[31munknown authority"), quote("client", "again"), quote("server", "remote error")},
			[]string{"the server logged: “remote error”; the client logged: “x509: signed by", "unknown authority”"},
			"relay-hides-failure: An end does not take",
		},
		"rustls, both ways": {
			failed("closed"), failed("closed"),
			[]report.Quote{quote("client", "invalid peer certificate: UnknownIssuer")},
			[]string{"the client logged: “invalid peer certificate: UnknownIssuer”"},
			"An end does not take",
		},
		"something else": {
			failed("closed"), good,
			[]report.Quote{quote("server", "out of memory")},
			[]string{"the server logged: “out of memory”"},
			"The relay lets a pair work",
		},
		"nothing logged":     {failed("closed"), good, nil, []string{"the first: request 1: closed"}, "The relay lets a pair work"},
		"of nobody":          {failed("closed"), good, []report.Quote{quote("moon", "x509")}, []string{"the first: request 1: closed"}, ""},
		"through the relay":  {good, failed("closed"), []report.Quote{quote("client", "bad certificate")}, []string{"the client logged: “bad certificate”"}, "An end does not take"},
		"no client":          {nil, failed("nothing listens at the client's SOCKS inbound 127.0.0.1:1080"), nil, []string{"nothing listens at"}, "Start the client first"},
		"no client, at last": {good, failed("closed"), nil, []string{"closed"}, "A fault of anytls-inspect"},
	} {
		t.Run(name, func(t *testing.T) {
			s := report.Scenario{
				Kind: report.Pair, Direct: tt.direct, Relayed: tt.relayed, Sessions: 3,
				Steps: []report.Step{{ID: report.StepDirect}, {ID: report.StepRelayed}},
			}
			at := 0
			if tt.direct == nil || tt.direct.Failed == 0 {
				at = 1
			}
			s.Steps[at].Logged = tt.logged
			r := report.Combine(meta(), s)
			status, said := s.Judge(s.Steps[at].ID, report.English)
			for _, text := range tt.said {
				if why := r.Reason(report.English); status != report.Failed || !strings.Contains(said, text) || !strings.Contains(why, text) {
					t.Errorf("%s: %s\nverdict: %s\nwant %q", status, said, why, text)
				}
			}
			if strings.Contains(said, "\x1b") || strings.Contains(said, "again") {
				t.Errorf("%q", said)
			}
			if advice := r.Advice(report.English); !strings.Contains(advice[0], tt.advice) {
				t.Errorf("%q, want %q in front", advice, tt.advice)
			}
		})
	}
	nowhere := report.Scenario{Kind: report.Pair, Relayed: failed("closed"), Steps: []report.Step{{ID: report.StepRelayed}}}
	if advice := report.Combine(meta(), nowhere).Advice(report.English); !strings.Contains(advice[0], "No session came to the relay") {
		t.Errorf("without a session: %q", advice)
	}
	s := report.Scenario{Kind: report.Pair, Direct: good, Relayed: good, Steps: []report.Step{{ID: report.StepDirect, Logged: []report.Quote{quote("server", "x509")}}}}
	if status, said := s.Judge(report.StepDirect, report.English); status != report.Passed || strings.Contains(said, "logged") {
		t.Errorf("a step that passed: %s, %s", status, said)
	}
}

// TestCauseIsProblem: what a verdict has in front of datagrams that failed is the problem's own text.
func TestCauseIsProblem(t *testing.T) {
	s := guided()
	s[0].UDP = &report.Traffic{Requests: 10, Failed: 10, Failures: []string{"datagram 1: it did not come back within 2 s"}}
	r := report.Combine(meta(), s...)
	if said, reasons := r.Problems()[0].Text(report.English), r.Reasons(report.English); !strings.Contains(said, "within 2 s") || !strings.HasSuffix(reasons[0], said) {
		t.Errorf("the problem is %q, the reasons are %q", said, reasons)
	}
}

// TestReasons: the sentences of a reason are the reason.
func TestReasons(t *testing.T) {
	for name, s := range map[string][]report.Scenario{"none": nil, "rejected": {rejected()}, "guided": guided()} {
		for l, end := range map[report.Lang]string{report.English: ". ", report.Chinese: "。"} {
			r := report.Combine(meta(), s...)
			if got, want := strings.Join(r.Reasons(l), end), r.Reason(l); got != want || want == "" {
				t.Errorf("%s, %s: %q, want %q", name, l, got, want)
			}
		}
	}
}
