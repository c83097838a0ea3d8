package report_test

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// The reports of runs of the guide.

const skippedAlone = "the pair fails by itself"

func steps(ids ...report.StepID) (list []report.Step) {
	for i, id := range ids {
		list = append(list, report.Step{ID: id, Took: ms(float64(100 + 2500*i))})
	}
	return list
}

func pairSteps() []report.Step {
	return steps(report.StepDirect, report.StepRelayed, report.StepHeartbeats, report.StepLogs, report.StepUDP, report.StepTargets, report.StepIdle)
}
func loadSteps() []report.Step { return steps(report.StepLoad, report.StepThroughput) }
func bothSteps() []report.Step { return steps(report.StepBoth, report.StepCPU) }

// skip has all steps from the n-th on skipped.
func skip(list []report.Step, n int, why string) []report.Step {
	for i := n; i < len(list); i++ {
		list[i].Took, list[i].Skipped = 0, why
	}
	return list
}

func logs() []report.Log {
	return []report.Log{
		{Peer: "server", Item: "received", Count: 41, Of: 300, Due: 41, Line: "2026-01-02T12:00:03Z DEBUG anytls: [Session] Received HeartRequest (stream_id=0)"},
		{Peer: "server", Item: "sent", Count: 41, Of: 300, Due: 41, Line: "2026-01-02T12:00:03Z DEBUG anytls: [Session] Sent HeartResponse (stream_id=0)"},
		{Peer: "server", Item: "response", Of: 300},
		{Peer: "server", Item: "trouble", Of: 300},
		{Peer: "client", Item: "received", Of: 12, Due: 40},
		{Peer: "client", Item: "sent", Of: 12, Due: 40},
		{Peer: "client", Item: "response", Of: 12},
		{Peer: "client", Item: "trouble", Of: 12},
	}
}

// spans returns pairs of spans of a second, with such differences in thousandths of a percent.
func spans(differences ...float64) (c report.CPU) {
	c = report.CPU{Peer: "server anytls-rs", Interval: ms(1000)}
	for _, d := range differences {
		s := report.CPUSpan{With: report.CPUTime{CPU: ms(1 + d/100), Wall: ms(1000)}, Without: report.CPUTime{CPU: ms(1), Wall: ms(1000)}}
		c.Spans = append(c.Spans, s)
		c.With.CPU, c.With.Wall = c.With.CPU+s.With.CPU, c.With.Wall+s.With.Wall
		c.Without.CPU, c.Without.Wall = c.Without.CPU+s.Without.CPU, c.Without.Wall+s.Without.Wall
	}
	return c
}

// guided returns the parts of a run of the guide in which everything passed.
func guided() []report.Scenario {
	base := report.Scenario{
		Kind: report.RustServerGoClient, Started: noon, Interval: ms(1000), Sessions: 2, Streams: 60, Frames: 900,
		Server:      report.Peer{Name: "anytls-rs", Version: "0.5.4", Language: "rust"},
		Client:      report.Peer{Name: "sing-anytls", Version: "v0.0.11", Language: "go"},
		Outcomes:    &journal.Outcomes{Accepted: 2},
		Passing:     &journal.Passing{Streams: 60, Carried: 58},
		Diagnostics: []report.Diagnostic{}, Incidents: []report.Incident{}, Notes: []string{},
		Heartbeats: report.Heartbeats{
			TowardServer: toward(figures(41, 41, 0, 0, 0.4, 0.9, 1.5, 2.5)),
			TowardClient: toward(figures(40, 40, 0, 0, 0.3, 0.8, 1.2, 2.4)),
			First:        noon, Last: noon.Add(4e10), Quiet: ms(1010),
		},
	}
	pair := base
	pair.Duration, pair.Steps = ms(52_000), pairSteps()
	pair.Direct = &report.Traffic{Requests: 10, BytesCompared: 60}
	pair.Relayed = &report.Traffic{Requests: 10, BytesCompared: 60}
	pair.Spaced = &report.Traffic{Requests: 10, BytesCompared: 60}
	pair.UDP = &report.Traffic{Requests: 8, BytesCompared: 18_602}
	pair.UDPDirect = &report.Traffic{Requests: 8, BytesCompared: 18_602}
	pair.Targets = []report.TargetKind{
		{Kind: "ipv4", Took: ms(2), OK: true},
		{Kind: "ipv6", Took: ms(2.1), OK: true},
		{Kind: "name", Took: ms(2.4), OK: true},
		{Kind: "slow", Took: ms(1503), OK: true},
		{Kind: "refused", Took: ms(3), OK: true, Text: "the client's SOCKS inbound says: connection refused"},
		{Kind: "silent", Took: ms(2004), OK: true, Text: "the stream stayed open and silent, and another went through meanwhile"},
	}
	pair.Idle = &report.Idle{Waited: ms(35_000), Traffic: report.Traffic{Requests: 1, BytesCompared: 6}, Sessions: 1, Closed: 1}
	pair.Logs = logs()
	load := base
	load.Kind, load.Title, load.Duration, load.Interval, load.Steps = report.Pair, "under load", ms(20_000), ms(100), loadSteps()
	load.Load = &report.Load{
		Traffic: report.Traffic{Requests: 200, BytesCompared: 1 << 20}, Parallel: 8, Interval: ms(100), Heartbeats: session.Figures{Sent: 101, Answered: 101},
	}
	load.Throughput = &report.Throughput{Interval: ms(100)}
	for i := range 20 {
		load.Throughput.With = append(load.Throughput.With, 990+float64(i))
		load.Throughput.Without = append(load.Throughput.Without, 1000)
	}
	both := base
	both.Kind, both.Duration, both.Steps = report.BothDirections, minutes(10), bothSteps()
	both.Heartbeats.Last = noon.Add(minutes(10).Duration())
	both.Relayed = &report.Traffic{Requests: 600, BytesCompared: 3600}
	client := spans(10, -20, 0, 5, 12, -4)
	client.Peer = "client sing-anytls"
	both.CPU = []report.CPU{spans(20, 30, 25, 28, 22, 90), client}
	return []report.Scenario{pair, load, both}
}

// failing returns a run that ended its first part with a pair that works neither way: the rest is
// skipped.
func failing(change func(pair *report.Scenario)) []report.Scenario {
	parts := guided()
	pair := &parts[0]
	pair.Passing = new(journal.Passing)
	pair.Heartbeats, pair.Streams, pair.Duration = report.Heartbeats{}, 0, ms(9_000)
	pair.UDP, pair.UDPDirect, pair.Targets, pair.Idle, pair.Logs, pair.Spaced = nil, nil, nil, nil, nil, nil
	all := report.Traffic{Requests: 10, Failed: 10, Failures: []string{"request 1: the client's SOCKS inbound closed the connection"}}
	direct, relayed := all, all
	pair.Direct, pair.Relayed, pair.Steps = &direct, &relayed, skip(pairSteps(), 2, "no request came through the relay")
	for i := range parts[1:] {
		p := &parts[i+1]
		*p = report.Scenario{
			Kind: p.Kind, Title: p.Title, Server: p.Server, Client: p.Client, Steps: skip(p.Steps, 0, skippedAlone),
			Diagnostics: []report.Diagnostic{}, Incidents: []report.Incident{}, Notes: []string{},
		}
	}
	change(pair)
	return parts
}

// incident adds an error to a scenario, with its incident.
func incident(s *report.Scenario, code session.Code, count uint64, text string) {
	s.Diagnostics = append(s.Diagnostics, report.Diagnostic{Code: code, Count: count, Severity: "error", Text: text})
	s.Incidents = append(s.Incidents, report.Incident{
		Number: 1, Cause: code, Severity: "error", Since: noon, Sessions: []uint32{1}, Streams: []report.Stream{}, Text: text,
		Effects: map[session.Code]uint64{code: count},
	})
}

// splits returns a pair that fails without the relay too: its client writes the preamble in parts.
func splits() []report.Scenario {
	parts := failing(func(s *report.Scenario) {
		s.Kind = report.GoServerRustClient
		s.Outcomes = &journal.Outcomes{Rejected: 10}
		incident(s, session.CodeAuthSplit, 10, "the preamble came in 3 records: 32, 2 and 30 bytes")
	})
	for i := range parts {
		parts[i].Server, parts[i].Client = parts[i].Client, parts[i].Server
	}
	return parts
}

// broken returns a pair that works without the relay only.
func broken() []report.Scenario {
	return failing(func(s *report.Scenario) {
		s.Direct = &report.Traffic{Requests: 10, BytesCompared: 60}
		s.Outcomes = &journal.Outcomes{TLSFailed: 10}
		incident(s, session.CodeTLSFailed, 10, "TLS with the client failed: it does not trust the relay's certificate")
	})
}

// wrongPassword returns a pair whose ends have different ones.
func wrongPassword() []report.Scenario {
	return failing(func(s *report.Scenario) {
		s.Outcomes = &journal.Outcomes{Rejected: 10}
		incident(s, session.CodeRejected, 10, "session 1: the server ended the session without a word, as servers do whose password is another one")
	})
}

// refusing returns a pair whose server refuses each stream, which is a warning by itself.
func refusing() []report.Scenario {
	return failing(func(s *report.Scenario) {
		incident(s, session.CodeSYNACKError, 10, "a:80: no way there")
		s.Incidents[0].Severity, s.Diagnostics[0].Severity = "warning", "warning"
	})
}

// mute returns a pair whose server never answers.
func mute() []report.Scenario {
	return failing(func(s *report.Scenario) {
		s.Outcomes = &journal.Outcomes{Unanswered: 10}
		incident(s, session.CodeServerSilent, 10, "the server has sent nothing for 5 s, and never has")
	})
}

// missing returns a pair whose server can't be started.
func missing() []report.Scenario {
	parts := failing(func(s *report.Scenario) {
		*s = report.Scenario{
			Kind: s.Kind, Server: s.Server, Client: s.Client, Failure: "server: my-server is not found",
			Steps: pairSteps(), Diagnostics: []report.Diagnostic{}, Incidents: []report.Incident{}, Notes: []string{},
		}
	})
	for i := range parts {
		skip(parts[i].Steps, max(1-i, 0), "the pair could not be started")
	}
	return parts
}

// ended returns a run that was ended while it waited.
func ended() []report.Scenario {
	parts := guided()
	parts[0].Idle, parts[0].Logs = nil, nil
	parts[0].Steps = skip(pairSteps(), 5, "the run was ended")
	parts[0].Steps[3].Skipped, parts[0].Targets = "both ends run already, and no log of theirs was named", nil
	parts[0].Notes = []string{"the run was ended before the scenario was over"}
	return parts[:1]
}
