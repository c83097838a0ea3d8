package interop

import (
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestExpectations: every expectation is about a pair that is run, and of a step of a pair at most one
// says what it comes to. What fails has a cause.
func TestExpectations(t *testing.T) {
	used := make(map[*Expected]bool)
	steps := append(slices.Clone(guideSteps), "") // and any other
	for _, pair := range Pairs() {
		list := pair.expected(true)
		for _, e := range list {
			used[e] = true
		}
		for _, id := range steps {
			n := 0
			for _, e := range list {
				if id != "" && e.Steps[id] != nil || id == "" && e.Rest != nil {
					n++
				}
			}
			if n > 1 {
				t.Errorf("of step %q of %v %d things are expected", id, pair, n)
			}
		}
	}
	for i := range expectations {
		e := &expectations[i]
		if !used[e] {
			t.Errorf("what is expected of %v and %v is about no pair", e.Servers, e.Clients)
		}
		fails := slices.Contains(e.Rest, report.Failed)
		for _, statuses := range e.Steps {
			fails = fails || slices.Contains(statuses, report.Failed)
		}
		if fails && len(e.Causes) == 0 {
			t.Errorf("%v and %v fail without a cause", e.Servers, e.Clients)
		}
	}
}

// TestPairs: each pair is run once, each peer with itself, and those of the lists are among them.
func TestPairs(t *testing.T) {
	all := Pairs()
	for i, pair := range all {
		if slices.Contains(all[:i], pair) {
			t.Errorf("%v is twice in the list", pair)
		}
	}
	own := slices.Concat(inFull, long)
	byCommand := 0
	for _, run := range guideRuns {
		own = append(own, run.all()...)
		byCommand += len(run.all())
	}
	for _, peer := range Peers {
		own = append(own, Pair{peer, peer})
	}
	for _, pair := range own {
		if !slices.Contains(all, pair) {
			t.Errorf("%v is not in the list", pair)
		}
	}
	if n := len(ofMatrix()); n+len(inFull)+byCommand != len(all) {
		t.Errorf("%d pairs are run in the matrix, %d in full, and %d by the command, of %d", n, len(inFull), byCommand, len(all))
	}
}

// TestCheck: what a run says of a pair is held against what is expected, step by step and error by error.
func TestCheck(t *testing.T) {
	ok := &report.Traffic{Requests: 10}
	broken := &report.Traffic{Requests: 3, Failed: 3, Failures: []string{"reset"}}
	refused := report.Diagnostic{Code: "auth-split", Count: 3, Severity: "error", Text: "three records"}
	splits := []report.Habit{{Peer: "client", English: "it splits", Codes: []string{"auth-split"}}}
	fine := func() report.Scenario {
		s := report.Scenario{Direct: ok, Relayed: ok, Steps: []report.Step{{ID: report.StepDirect}, {ID: report.StepRelayed}}}
		s.Heartbeats.TowardServer.Injected = session.Figures{Sent: 1, Answered: 1}
		return s
	}
	fails := func() report.Scenario {
		s := fine()
		s.Direct, s.Relayed, s.Heartbeats = broken, broken, report.Heartbeats{}
		s.Diagnostics, s.Habits = []report.Diagnostic{refused}, splits
		return s
	}
	works, always, sometimes := PairOf("sing-box", "sing-anytls"), PairOf("sing-box", "anytls-rs 0.5.4"), PairOf("anytls-rs 0.5.4", "anytls-rs 0.5.4")
	for _, test := range []struct {
		name       string
		pair       Pair
		scenario   report.Scenario
		compatible bool
		change     func(*report.Scenario)
		want       string // part of a problem; "": there is none
	}{
		{"works", works, fine(), true, nil, ""},
		{"is said not to", works, fine(), false, nil, "compatible: false"},
		{"fails as it always does", always, fails(), false, nil, ""},
		{"fails, and is said not to", always, fails(), true, nil, "compatible: true"},
		{"fails unexplained", always, fails(), false, func(s *report.Scenario) { s.Habits = nil }, "of auth-split none is raised and explained"},
		{"an unknown error", works, fine(), false, func(s *report.Scenario) { s.Diagnostics = []report.Diagnostic{refused} }, "the error auth-split"},
		{"another version", works, fine(), true, func(s *report.Scenario) { s.Server.Version = "1" }, "the report has"},
		{"untested", works, fine(), true, func(s *report.Scenario) { s.Client.Untried = true }, "the report has"},
		{"a step less", works, fine(), true, func(s *report.Scenario) { s.Steps = s.Steps[:1] }, "the steps are"},
		{"a step is not measured", works, fine(), true, func(s *report.Scenario) { s.Steps[1].Skipped = "why" }, "step relayed: not-measured: why"},
		{"other bytes", works, fine(), false, func(s *report.Scenario) {
			s.Relayed = &report.Traffic{Requests: 10, Failed: 1, Failures: []string{`request 3: the answer is "a", want "b"`}}
		}, "bytes were changed: request 3"},
		{"few heartbeats", works, fine(), true, func(s *report.Scenario) {
			s.Steps[1].ID, s.Spaced = report.StepHeartbeats, ok
			s.Heartbeats.TowardClient.Injected = session.Figures{Sent: 9, Answered: 9}
		}, "toward the server 1 heartbeats were answered, want 5"},
		{"a step fails", works, fine(), false, func(s *report.Scenario) { s.Steps[1].Failure = "why" }, "step relayed: failed: why"},
		{"repaired", always, fine(), true, nil, "step direct: passed"},
		{"the relay breaks it", works, fine(), false, func(s *report.Scenario) { s.Relayed = broken }, "the error relay-breaks-pair"},
		{"fails by itself", works, fine(), false, func(s *report.Scenario) { s.Direct, s.Relayed = broken, broken }, "the error pair-fails-by-itself"},
		{"the relay repairs it", works, fine(), false, func(s *report.Scenario) { s.Direct = broken }, "step direct: failed"},
		{"sometimes, and not measured", sometimes, fine(), true, func(s *report.Scenario) { s.Steps[1].Skipped = "why" }, "step relayed: not-measured"},
		{"sometimes, unexplained", sometimes, fine(), false, func(s *report.Scenario) { s.Relayed = broken }, "of synack-late none"},
	} {
		s := test.scenario
		s.Server, s.Client = test.pair.Server.named(), test.pair.Client.named()
		if test.change != nil {
			test.change(&s)
		}
		c := &check{
			Pair: test.pair, report: report.Combine(report.Meta{}, s), compatible: test.compatible,
			steps: []report.StepID{report.StepDirect, report.StepRelayed},
		}
		found := c.findings()
		problems := found.all()
		if got := strings.Join(problems, "\n"); (got != "") != (test.want != "") || !strings.Contains(got, test.want) {
			t.Errorf("%s: problems are %q, want one that says %q", test.name, problems, test.want)
		}
	}
}

// TestExcusable: a machine that was late explains that no answer came in time, and not what else is wrong.
func TestExcusable(t *testing.T) {
	pair := PairOf("sing-box", "sing-anytls")
	of := func(change func(*report.Scenario)) findings {
		s := report.Scenario{
			Server: pair.Server.named(), Client: pair.Client.named(),
			Direct: &report.Traffic{Requests: 9}, Relayed: &report.Traffic{Requests: 9},
			Steps: []report.Step{{ID: report.StepDirect}, {ID: report.StepRelayed}},
		}
		change(&s)
		c := &check{Pair: pair, report: report.Combine(report.Meta{}, s), steps: []report.StepID{report.StepDirect, report.StepRelayed}}
		return c.findings()
	}
	raised := func(code session.Code) func(*report.Scenario) {
		return func(s *report.Scenario) {
			s.Diagnostics = []report.Diagnostic{{Code: code, Count: 1, Severity: "error", Text: "odd"}}
		}
	}
	for _, test := range []struct {
		name   string
		change func(*report.Scenario)
		want   bool
	}{
		{"a request had no answer", func(s *report.Scenario) { s.Relayed.Failed, s.Relayed.Failures = 1, []string{"request 1: late"} }, true},
		{"a heartbeat had none", raised("heartbeat-unanswered"), true},
		{"a frame that may not be", raised("stream-id-not-increasing"), false},
		{"another byte", func(s *report.Scenario) { s.Relayed.Failed, s.Relayed.Failures = 1, []string{"byte 3 came back as 4"} }, false},
		{"another peer", func(s *report.Scenario) { s.Server.Name = "another" }, false},
		{"another step", func(s *report.Scenario) { s.Steps[1].ID = report.StepUDP }, false},
	} {
		if f := of(test.change); f.excusable() != test.want {
			t.Errorf("%s: %q and %q", test.name, f.sure, f.late)
		}
	}
}

// TestManners: what is seen of a peer that is not its way is said, and what is not seen of one that has it.
func TestManners(t *testing.T) {
	for _, test := range []struct {
		name           string
		server, client string
		seen           Seen
		own            protocol.ByPeer[uint64]
		want           string // the only finding; "": none
	}{
		{"as they are", "sing-box", "sing-box", Seen{FINs: protocol.ByPeer[bool]{true, true}, Most: 9}, protocol.ByPeer[uint64]{}, ""},
		{
			"a heartbeat of a program in Go", "sing-box", "sing-box",
			Seen{FINs: protocol.ByPeer[bool]{true, true}, Most: 9},
			protocol.ByPeer[uint64]{protocol.Server: 1},
			"the server, which is sing-box v1.13.5, has sent 1 heartbeats of its own",
		},
		{
			"no FIN", "sing-box", "sing-box",
			Seen{FINs: protocol.ByPeer[bool]{protocol.Client: true}, Most: 9},
			protocol.ByPeer[uint64]{},
			"the server, which is sing-box v1.13.5, sends FIN: false",
		},
		{
			"a FIN", "anytls-rs 0.3.0", "sing-anytls",
			Seen{FINs: protocol.ByPeer[bool]{true, true}, Most: 9},
			protocol.ByPeer[uint64]{},
			"the server, which is anytls-rs 0.3.0, sends FIN: true",
		},
		{
			"no heartbeats", "anytls", "anytls-rs 0.5.4",
			Seen{FINs: protocol.ByPeer[bool]{protocol.Server: true}, Most: 2},
			protocol.ByPeer[uint64]{},
			"the client, which is anytls-rs 0.5.4, has sent no heartbeats of its own",
		},
		{
			"few streams", "sing-box", "sing-box",
			Seen{FINs: protocol.ByPeer[bool]{true, true}, Most: 2},
			protocol.ByPeer[uint64]{},
			"the client, which is sing-box v1.13.5, has opened 2 streams in one session",
		},
		{
			"many", "anytls-rs 0.3.0", "anytls",
			Seen{FINs: protocol.ByPeer[bool]{protocol.Client: true}, Most: 3},
			protocol.ByPeer[uint64]{},
			"the client, which is anytls 0.3.17, has opened 3 streams in one session",
		},
		{
			"another's looks", "anytls", "sing-box",
			Seen{FINs: protocol.ByPeer[bool]{true, true}, Most: 9, Looks: map[string][][]string{"server": {{"anytls-rs"}}}},
			protocol.ByPeer[uint64]{},
			`the server, which is anytls 0.3.17, looks like ["anytls-rs"]`,
		},
	} {
		var s report.Scenario
		s.Heartbeats.TowardClient.Own.Sent, s.Heartbeats.TowardServer.Own.Sent = test.own[protocol.Server], test.own[protocol.Client]
		c := &check{Pair: PairOf(test.server, test.client), report: report.Combine(report.Meta{}, s)}
		var f findings
		c.ofManners(&f, &test.seen)
		if got := strings.Join(f.all(), "\n"); got != test.want {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}
