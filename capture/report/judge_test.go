package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestJudge: what each step came to, by what was measured. A case begins with the part of a run in
// which all passed.
func TestJudge(t *testing.T) {
	type change = func(*report.Scenario)
	refusedUDP := []string{"the client's SOCKS inbound says: command not supported"}
	for _, tt := range []struct {
		part   int
		step   report.StepID
		name   string
		change change
		want   report.Status
		says   string
	}{
		{0, "direct", "all", nil, report.Passed, "10 of 10 requests succeeded, 60 B compared"},
		{0, "direct", "not compared", func(s *report.Scenario) { s.Direct.BytesCompared = 0 }, report.Passed, "10 of 10 requests succeeded, no bytes compared"},
		{0, "direct", "some failed", func(s *report.Scenario) { s.Direct.Failed, s.Direct.Failures = 2, []string{"EOF\x1b"} }, report.Failed, `2 of 10 requests failed, the first: EOF\x1b`},
		{0, "direct", "none sent", func(s *report.Scenario) { s.Direct = nil }, report.NotMeasured, "no requests were sent"},
		{0, "relayed", "all", nil, report.Passed, "10 of 10"},
		{0, "relayed", "the pair fails alone", func(s *report.Scenario) { s.Direct.Failed, s.Relayed.Failed = 10, 9 }, report.Failed, "9 of 10 requests failed; the pair fails without the relay too: 10 of 10"},
		{0, "relayed", "the relay breaks it", func(s *report.Scenario) { s.Relayed.Failed = 9 }, report.Failed, "9 of 10 requests failed; none failed without the relay"},
		{0, "relayed", "direct is not known", func(s *report.Scenario) { s.Relayed.Failed, s.Direct = 9, nil }, report.Failed, "9 of 10 requests failed"},

		{0, "heartbeats", "both ways", nil, report.Passed, "10 of 10 requests succeeded, 60 B compared; toward the server: injected: 41 of 41 answered; toward the client: injected: 40 of 40 answered"},
		{0, "heartbeats", "own ones apart", func(s *report.Scenario) {
			s.Heartbeats.TowardServer.Own = session.Figures{Sent: 3, Answered: 3}
		}, report.Passed, "injected: 41 of 41 answered; the client's own: 3 of 3 answered"},
		{0, "heartbeats", "some lost", func(s *report.Scenario) {
			s.Heartbeats.TowardServer = toward(figures(41, 40, 1, 0, 1, 1, 1, 1))
		}, report.Failed, "40 of 41 answered, 1 lost"},
		{0, "heartbeats", "one way only", func(s *report.Scenario) { s.Heartbeats.TowardClient = report.Toward{} }, report.NotMeasured, "toward the client: no HeartRequest was sent"},
		{0, "heartbeats", "requests failed", func(s *report.Scenario) { s.Spaced.Failed = 1 }, report.Failed, "1 of 10 requests failed; toward"},

		{0, "udp", "all", nil, report.Passed, "8 of 8 datagrams came back, 18.2 KiB compared"},
		{0, "udp", "one lost", func(s *report.Scenario) { s.UDP.Failed = 1 }, report.Failed, "1 of 8 datagrams did not come back"},
		{0, "udp", "the client takes none", func(s *report.Scenario) { s.UDP.Failed, s.UDP.Failures = 8, refusedUDP }, report.NotMeasured, "takes no datagrams: the client's SOCKS inbound says: command not supported"},
		{0, "udp", "the client takes some", func(s *report.Scenario) { s.UDP.Failed, s.UDP.Failures = 7, refusedUDP }, report.Failed, "7 of 8"},
		{0, "udp", "only through the relay", func(s *report.Scenario) { s.UDP.Failed = 2 }, report.Failed, "2 of 8 datagrams did not come back as they were sent; none failed without the relay"},
		{0, "udp", "without the relay too", func(s *report.Scenario) { s.UDP.Failed, s.UDPDirect.Failed = 8, 7 }, report.Failed, "as they were sent; without the relay 7 of 8 did not either"},
		{0, "udp", "without the relay only", func(s *report.Scenario) { s.UDPDirect.Failed = 3 }, report.Failed, "3 of 8 datagrams did not come back as they were sent without the relay, all did through it"},
		{0, "udp", "not measured without the relay", func(s *report.Scenario) { s.UDP.Failed, s.UDPDirect = 2, nil }, report.Failed, "2 of 8 datagrams did not come back as they were sent"},
		{0, "udp", "measured without the relay only", func(s *report.Scenario) { s.UDP, s.UDPDirect.Failed = nil, 3 }, report.NotMeasured, "no datagrams were sent"},
		{0, "udp", "the pair fails alone", func(s *report.Scenario) { s.Direct.Failed, s.UDP.Failed = 1, 8 }, report.NotMeasured, "without the relay too"},

		{0, "targets", "all", nil, report.Passed, "as they should: IPv4, IPv6, by name, slow, refusing, silent"},
		{0, "targets", "one failed", func(s *report.Scenario) { s.Targets[3].OK, s.Targets[3].Text = false, "it was cut off" }, report.Failed, "slow: it was cut off; as they should: IPv4, IPv6"},
		{0, "targets", "one failed silently", func(s *report.Scenario) { s.Targets[3].OK = false }, report.Failed, "slow: it did not go as it should"},
		{0, "targets", "none of a kind that is known", func(s *report.Scenario) { s.Targets = []report.TargetKind{{Kind: "new\x00", OK: true}} }, report.Passed, `new\x00`},

		{0, "idle", "another session", nil, report.Passed, "after 35 s of idleness, 1 of 1 requests succeeded, 6 B compared; another session was opened for it; 1 session was closed meanwhile"},
		{0, "idle", "the same session", func(s *report.Scenario) { s.Idle.Sessions, s.Idle.Closed = 0, 0 }, report.Passed, "a session that was there was used again"},
		{0, "idle", "several", func(s *report.Scenario) { s.Idle.Sessions, s.Idle.Closed = 2, 3 }, report.Passed, "2 more sessions were opened for it; 3 sessions were closed"},
		{0, "idle", "failed", func(s *report.Scenario) { s.Idle.Failed, s.Idle.Sessions = 1, 0 }, report.Failed, "1 of 1 requests failed; 1 session was closed"},

		{1, "load", "all", nil, report.Passed, "200 requests, 8 in parallel, 0 failed"},
		{1, "load", "not run", func(s *report.Scenario) { s.Load = nil }, report.NotMeasured, "no parallel requests were sent"},
		{1, "throughput", "all", nil, report.Passed, "the median of 20 interleaved runs"},
		{1, "throughput", "slower", func(s *report.Scenario) { s.Throughput.With = fill(20, 900) }, report.Failed, "0.90 of without"},

		{2, "both", "all", nil, report.Passed, "ran for 10 min; 600 of 600 requests succeeded, 3.5 KiB compared; toward the server: 41 of 41 answered"},
		{2, "both", "requests failed", func(s *report.Scenario) { s.Relayed.Failed, s.Relayed.Failures = 3, []string{"reset"} }, report.Failed, "ran for 10 min; 3 of 600 requests failed; the first: reset"},
		{2, "both", "one way only", func(s *report.Scenario) { s.Heartbeats.TowardClient = report.Toward{} }, report.NotMeasured, "toward the client: none was answered"},
		{2, "both", "a later step failed", func(s *report.Scenario) { s.Steps[1].Failure = "the stream died" }, report.Passed, "ran for 10 min"},
		{2, "cpu", "a later step failed", func(s *report.Scenario) { s.Steps[1].Failure = "the stream died" }, report.Failed, "the stream died; server anytls-rs"},
		{2, "both", "nothing was sent", func(s *report.Scenario) { s.Relayed, s.Heartbeats = nil, report.Heartbeats{} }, report.NotMeasured, "no HeartRequest was sent"},

		{0, "direct", "skipped", func(s *report.Scenario) { s.Steps[0].Skipped = "the client runs already" }, report.NotMeasured, "the client runs already"},
		{0, "udp", "it broke there", func(s *report.Scenario) {
			s.Failure, s.Steps = "the server ended: exit status 2", skip(s.Steps, 5, "the pair had broken off")
		}, report.Failed, "it could not be run to its end: the server ended: exit status 2; 8 of 8"},
		{0, "relayed", "it broke later", func(s *report.Scenario) {
			s.Failure, s.Steps = "the server ended: exit status 2", skip(s.Steps, 5, "the pair had broken off")
		}, report.Passed, "10 of 10"},
		{0, "heartbeats", "it broke there, and a step says so", func(s *report.Scenario) {
			s.Failure, s.Steps = "the server ended", skip(s.Steps, 5, "the pair had broken off")
			s.Steps[2].Failure = s.Failure
		}, report.Failed, "the server ended; 10 of 10"},
		{0, "idle", "it broke there, and an earlier step had failed", func(s *report.Scenario) {
			s.Failure, s.Steps[5].Failure = "the server ended: exit status 2", "it was ended, since it took too long"
		}, report.Failed, "it could not be run to its end: the server ended: exit status 2; after 35 s"},
		{0, "targets", "it broke later, and this step had failed", func(s *report.Scenario) {
			s.Failure, s.Steps[5].Failure = "the server ended: exit status 2", "it was ended, since it took too long"
		}, report.Failed, "it was ended, since it took too long; as they should"},
		{0, "logs", "they are read all the same", func(s *report.Scenario) {
			s.Failure, s.Steps = "the server ended", skip(s.Steps, 4, "the pair had broken off")
		}, report.Passed, "server: HeartRequest received: 41 lines"},
		{0, "direct", "it never began", func(s *report.Scenario) {
			*s = report.Scenario{Failure: "my-server is not found", Steps: skip(s.Steps, 0, "the pair could not be started")}
		}, report.Failed, "my-server is not found"},
		{0, "udp", "it never began", func(s *report.Scenario) {
			*s = report.Scenario{Failure: "my-server is not found", Steps: skip(s.Steps, 0, "the pair could not be started")}
		}, report.NotMeasured, "the pair could not be started"},
		{0, "load", "it is another part's", nil, report.NotMeasured, "no parallel requests"},
		{0, "unheard-of", "nobody knows it", nil, report.NotMeasured, "nobody knows"},
	} {
		s := guided()[tt.part]
		if tt.change != nil {
			tt.change(&s)
		}
		status, text := s.Judge(tt.step, report.English)
		if status != tt.want || !strings.Contains(text, tt.says) {
			t.Errorf("%s, %s: %s: %q, want %s: %q", tt.step, tt.name, status, text, tt.want, tt.says)
		}
		if other, chinese := s.Judge(tt.step, report.Chinese); other != status || chinese == text && tt.name != "skipped" && tt.step != "unheard-of" && tt.want != report.NotMeasured {
			t.Errorf("%s, %s: in Chinese %s: %q", tt.step, tt.name, other, chinese)
		}
	}
}

func fill(n int, f float64) (list []float64) {
	for range n {
		list = append(list, f)
	}
	return list
}

// TestStepTitles: each step of the plan has a title in each language; one from the future has its id.
func TestStepTitles(t *testing.T) {
	seen := make(map[string]bool)
	for _, part := range guided() {
		for _, step := range part.Steps {
			for _, lang := range []report.Lang{report.English, report.Chinese} {
				if title := report.StepTitle(step.ID, lang); title == "" || title == string(step.ID) || seen[title] {
					t.Errorf("%s is called %q", step.ID, title)
				} else {
					seen[title] = true
				}
			}
		}
	}
	if len(seen) != 2*11 {
		t.Errorf("%d titles", len(seen))
	}
	if got := report.StepTitle("n\x1bw", report.Chinese); got != `n\x1bw` {
		t.Errorf("an unknown step is called %q", got)
	}
}

// TestGuideFails: of a pair that fails, the verdict has the cause in front, and says whether it
// fails without the relay too; the worst problem has the same with advice.
func TestGuideFails(t *testing.T) {
	for name, tt := range map[string]struct {
		parts   []report.Scenario
		verdict report.Verdict
		reason  string // begins with
		says    string
		cause   string
		advice  string
	}{
		"passes": {guided(), report.Fully, "All that decides was measured, and passed.", "", "", ""},
		"fails alone": {
			splits(), report.Not, "The preamble came in 3 records: 32, 2 and 30 bytes. ",
			"The pair fails by itself: 10 of 10 requests without the relay, 10 of 10 through it", "the preamble came in 3 records", "Write the preamble with one call",
		},
		"the relay breaks it": {
			broken(), report.Partly, "TLS with the client failed: ", "10 of 10 requests failed through the relay, none without it", "TLS with the client failed", "Nothing of AnyTLS",
		},
		"wrong password": {wrongPassword(), report.Not, "Session 1: the server ended the session without a word", "The pair fails by itself", "session 1: the server ended", "Compare the client's password"},
		"server refuses": {
			refusing(), report.Not, "a:80: no way there. The pair fails by itself", "The pair fails by itself", "a:80: no way there", "The server could not connect",
		},
		"silent server":   {mute(), report.Not, "The server has sent nothing for 5 s", "The pair fails by itself", "the server has sent nothing", "Look at the server's process"},
		"missing server":  {missing(), report.Undecided, "It could not be run: server: my-server is not found", "not found", "server: my-server is not found", "Name the program by its path"},
		"ended by Ctrl-C": {ended(), report.Undecided, "Nothing that was measured failed. ", "Not measured: heartbeats work under load", "", ""},
	} {
		t.Run(name, func(t *testing.T) {
			r := report.Combine(meta(), tt.parts...)
			reason := r.Reason(report.English)
			if r.Verdict() != tt.verdict || !strings.HasPrefix(reason, tt.reason) || !strings.Contains(reason, tt.says) {
				t.Errorf("%s: %q, want %s: %q … %q", r.Verdict(), reason, tt.verdict, tt.reason, tt.says)
			}
			cause, advice := "", ""
			if problems := r.Problems(); len(problems) > 0 {
				cause, advice = problems[0].Text(report.English), problems[0].Advice(report.English)
			}
			if !strings.HasPrefix(cause, tt.cause) || !strings.HasPrefix(advice, tt.advice) || (cause == "") != (tt.cause == "") || (advice == "") != (tt.advice == "") {
				t.Errorf("the cause is %q, with %q", cause, advice)
			}
		})
	}
}

// TestGuideNamesItself: advice in the report of a run of the guide names the guide, and no other
// command.
func TestGuideNamesItself(t *testing.T) {
	for _, parts := range [][]report.Scenario{ended(), guided(), broken(), splits(), missing(), {{Kind: report.Pair, Steps: pairSteps()}}, skipAll()} {
		advice := report.Combine(meta(), parts...).Advice(report.English)
		for _, line := range advice {
			if strings.Contains(line, "relay --") || strings.Contains(line, "relay alone") || strings.Contains(line, "-o json") || strings.Contains(line, "interop/run") {
				t.Errorf("%q", line)
			}
		}
		if len(advice) == 0 {
			t.Error("no advice")
		}
	}
}

// skipAll returns a run that was ended before anything was measured.
func skipAll() []report.Scenario {
	parts := missing()
	for i := range parts {
		parts[i].Failure, parts[i].Steps = "", skip(parts[i].Steps, 0, "the run was ended")
	}
	return parts
}

// TestLostDatagrams: datagrams that only the relay loses are held against the relay, and not the
// pair; those that the pair loses by itself against its form of UDP over TCP.
func TestLostDatagrams(t *testing.T) {
	for name, tt := range map[string]struct {
		through, direct uint64
		advice, relay   string
	}{
		"the relay":  {2, 0, "keep a recording", "failed"},
		"the pair":   {2, 2, "udp-over-tcp", "passed"},
		"the direct": {0, 2, "udp-over-tcp", "failed"},
		"none":       {0, 0, "", "passed"},
	} {
		t.Run(name, func(t *testing.T) {
			scenarios := guided()
			scenarios[0].UDP.Failed, scenarios[0].UDPDirect.Failed = tt.through, tt.direct
			r := report.Combine(meta(), scenarios...)
			var advice string
			for _, p := range r.Problems() {
				if p.Code == "datagrams-failed" {
					advice += p.Advice(report.English)
				}
			}
			if !strings.Contains(advice, tt.advice) || (advice == "") != (tt.advice == "") {
				t.Errorf("advice %q, want …%s…", advice, tt.advice)
			}
			for _, i := range r.Checklist() {
				if i.ID == "relay-changes-nothing" && string(i.Status) != tt.relay {
					t.Errorf("%s is %s, want %s", i.ID, i.Status, tt.relay)
				}
			}
		})
	}
}
