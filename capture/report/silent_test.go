package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestSilentPeer: of two peers that were asked, the one that answers nothing keeps items from being
// ticked that the other one answers, also where its heartbeats were cut off, or owed no answer.
func TestSilentPeer(t *testing.T) {
	answered := toward(figures(20, 20, 0, 0, 1, 1, 1, 1))
	for _, tt := range []struct {
		name   string
		server session.Figures
		want   report.Status
	}{
		{"not asked", session.Figures{}, report.Passed},
		{"asked as the run ended", session.Figures{Sent: 1, Cut: 1}, report.Passed},
		{"all cut off", session.Figures{Sent: 15, Cut: 15}, report.NotMeasured},
		{"of version 1", session.Figures{Sent: 3, Unsupported: 3}, report.NotMeasured},
		{"answered", figures(20, 20, 0, 0, 1, 1, 1, 1), report.Passed},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := report.Scenario{Kind: report.Live, Started: noon, Sessions: 1, Frames: 60}
			s.Heartbeats.TowardServer, s.Heartbeats.TowardClient = toward(tt.server), answered
			r := report.Combine(meta(), s)
			for _, id := range []string{"repeated-heartbeats", "response-under-100ms"} {
				i := item(r, id)
				says := strings.Contains(evidence(&i), "toward the server: none was answered")
				if i.Status != tt.want || says != (tt.want != report.Passed) {
					t.Errorf("%s: %s by %q, want %s", id, i.Status, evidence(&i), tt.want)
				}
			}
		})
	}
}

// TestLostIsNotFast: what is never answered counts as slow, though no round-trip has it. Late ones
// have one.
func TestLostIsNotFast(t *testing.T) {
	for _, tt := range []struct {
		name string
		of   session.Figures
		want report.Status
		says string
	}{
		{"few", figures(100, 96, 4, 0, 1, 1, 1, 1), report.Passed, "max 1.00 ms, 4 lost"},
		{"more", figures(36, 6, 30, 0, 1, 1, 1, 1), report.Failed, "max 1.00 ms, 30 lost"},
		{"all", figures(30, 0, 30, 0, 0, 0, 0, 0), report.NotMeasured, "none was answered"},
		{"late, by more than can be told", session.Figures{Sent: 9, Answered: 8, Lost: 1, Late: 5}, report.Passed, "max 0.00 ms"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			s := report.Scenario{Kind: report.Live, Started: noon, Sessions: 1, Frames: 60}
			s.Heartbeats.TowardServer = toward(tt.of)
			i := item(report.Combine(meta(), s), "response-under-100ms")
			if says := evidence(&i); i.Status != tt.want || !strings.HasSuffix(says, tt.says) {
				t.Errorf("%s by %q, want %s by what ends in %q", i.Status, says, tt.want, tt.says)
			}
		})
	}
}

// TestClientAnswersAlone: a client answers the relay also where the server has accepted no session.
// That shows nothing of the pair, which comes to nothing for its cause.
func TestClientAnswersAlone(t *testing.T) {
	s := rejected()
	s.Heartbeats.TowardClient = toward(figures(20, 20, 0, 0, 1, 1, 1, 1))
	r := report.Combine(meta(), s)
	const want = "Session 1: the server ended the session without a word"
	if why := r.Reason(report.English); r.Verdict() != report.Not || !strings.HasPrefix(why, want) || !strings.Contains(why, "No session came about") {
		t.Errorf("%s: %q, want what begins with %q", r.Verdict(), why, want)
	}
	s.Heartbeats.TowardServer = s.Heartbeats.TowardClient
	if v := report.Combine(meta(), s).Verdict(); v != report.Partly {
		t.Errorf("a server that answers: %s", v)
	}
}

// TestCauseOfErrors: where sessions came about, the verdict begins with the worst error that
// stands: no warning, and nothing that the server overruled, or that is about the tool.
func TestCauseOfErrors(t *testing.T) {
	incident := func(n uint64, code session.Code, severity, text string) report.Incident {
		return report.Incident{Number: n, Cause: code, Severity: severity, Since: noon, Text: text, Effects: map[session.Code]uint64{code: 1}}
	}
	all := []report.Incident{
		incident(1, journal.CodeOutputFailed, "error", "the disk is full"),
		incident(2, session.CodePasswordMismatch, "error", "another password"),
		incident(3, session.CodeHeartbeatSlow, "warning", "it is slow"),
		incident(4, session.CodeServerSilent, "error", "it stands still"),
	}
	s := passed()
	s.Incidents = all
	s.Diagnostics = []report.Diagnostic{
		{Code: session.CodePasswordMismatch, Severity: "error", Count: 1, Overruled: 1, Text: "another password"},
		{Code: session.CodeHeartbeatSlow, Severity: "warning", Count: 1, Text: "it is slow"},
		{Code: session.CodeServerSilent, Severity: "error", Count: 1, Text: "it stands still"},
	}
	if why := report.Combine(meta(), s).Reason(report.English); !strings.HasPrefix(why, "It stands still") {
		t.Errorf("the verdict begins otherwise: %q", why)
	}
	s.Incidents, s.Diagnostics = all[:3], s.Diagnostics[:2]
	why := report.Combine(meta(), s).Reason(report.English)
	for _, other := range all {
		if strings.Contains(strings.ToLower(why), other.Text) {
			t.Errorf("it has %q: %q", other.Text, why)
		}
	}
}

// TestFailureInFront: a run that did not come to its end, and has no error, says why in front.
func TestFailureInFront(t *testing.T) {
	s := report.Scenario{Kind: report.Ping, Started: noon, Sessions: 1, Frames: 60, Failure: "the stream was refused"}
	s.Heartbeats.TowardServer = toward(figures(20, 20, 0, 0, 1, 1, 1, 1))
	r := report.Combine(meta(), s)
	if why := r.Reason(report.English); r.Verdict() != report.Partly || why != "It could not be run to its end: the stream was refused" {
		t.Errorf("%s: %q", r.Verdict(), why)
	}
}
