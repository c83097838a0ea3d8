package report_test

import (
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// TestLogItems: what a log has of each item, and what it says nothing about.
func TestLogItems(t *testing.T) {
	const (
		failure = "2026-01-02T12:00:01Z ERROR anytls: session 3: heartbeat timed out"
		warning = "WARN[0000] certificates are not verified: errors go unseen"
	)
	at := func(peer, item string, change func(*report.Log)) func(*report.Scenario) {
		return func(s *report.Scenario) {
			for i := range s.Logs {
				if l := &s.Logs[i]; l.Peer == peer && l.Item == item {
					change(l)
				}
			}
		}
	}
	trouble := func(peer string, n, errors uint64, line string) func(*report.Scenario) {
		return at(peer, "trouble", func(l *report.Log) { l.Count, l.Errors, l.Line = n, errors, line })
	}
	for _, tt := range []struct {
		item, name string
		change     func(*report.Scenario)
		want       report.Status
		says       string
	}{
		{"server-log-received", "all of them", nil, report.Passed, "41 lines, the first: “2026-01-02T12:00:03Z DEBUG anytls: [Session] Received HeartRequest (stream_id=0)”"},
		{"server-log-received", "fewer than went there", at("server", "received", func(l *report.Log) { l.Count = 1 }), report.Passed, "1 line, where the run knows of 41, the first"},
		{"server-log-received", "how many went there is not known", at("server", "received", func(l *report.Log) { l.Due = 0 }), report.Passed, "41 lines, the first"},
		{"server-log-received", "it logs only what it sends", at("server", "received", func(l *report.Log) { l.Count = 0 }), report.NotMeasured, "mentions heartbeats, and none such"},
		{"client-log-received", "it logs none", nil, report.NotMeasured, "its log does not mention heartbeats"},
		{"client-log-sent", "it logs none", nil, report.NotMeasured, "its log does not mention heartbeats"},
		{"client-log-received", "empty", at("client", "received", func(l *report.Log) { l.Of = 0 }), report.NotMeasured, "its log is empty"},
		{"client-log-received", "unread", at("client", "received", func(l *report.Log) { l.Error = "no such file" }), report.NotMeasured, "its log can't be read: no such file"},
		{"client-log-response", "none was due", nil, report.NotMeasured, "none was due"},
		{"client-log-response", "due, and silent", at("client", "response", func(l *report.Log) { l.Due = 2 }), report.NotMeasured, "does not mention"},
		{"client-log-response", "there", at("client", "response", func(l *report.Log) { l.Count, l.Line = 2, "Received HeartResponse" }), report.Passed, "2 lines"},
		{"client-log-received", "nobody looked", func(s *report.Scenario) { s.Logs = s.Logs[:4] }, "absent", ""},

		{"server-log-clean", "it is", nil, report.Passed, "none in 300 lines"},
		{"server-log-clean", "an error", trouble("server", 1, 1, failure), report.Failed, "1 error, the first: “2026-01-02T12:00:01Z ERROR"},
		{"server-log-clean", "warnings", trouble("server", 3, 0, warning), report.Failed, "3 warnings, the first: “WARN[0000] certificates are not verified: errors go unseen”; a warning is told, and is not held against the pair"},
		{"client-log-clean", "empty", at("client", "trouble", func(l *report.Log) { l.Of = 0 }), report.NotMeasured, "its log is empty"},
		{"client-log-clean", "unread", at("client", "trouble", func(l *report.Log) { l.Error, l.Count = "denied", 1 }), report.NotMeasured, "can't be read: denied"},
	} {
		parts := guided()
		if tt.change != nil {
			tt.change(&parts[0])
		}
		got := item(report.Combine(meta(), parts...), tt.item)
		text := ""
		for _, e := range got.Evidence {
			text += e.Text(report.English)
		}
		if got.Status != tt.want || !strings.Contains(text, tt.says) || strings.ContainsAny(text, "\ue000\ue001") {
			t.Errorf("%s, %s: %s: %q, want %s: %q", tt.item, tt.name, got.Status, text, tt.want, tt.says)
		}
	}

	// An error that a peer logged lowers the verdict, a warning does not; both stand in it.
	for _, tt := range []struct {
		name    string
		change  func(*report.Scenario)
		verdict report.Verdict
		step    report.Status
		says    string // the reason
		problem string // the severity of it
	}{
		{"an error", trouble("client", 2, 1, failure), report.Partly, report.Failed, "The client's log: 1 error, 1 warning, the first: “2026-01-02T12:00:01Z ERROR anytls: session 3: heartbeat timed out”. Failed: the client's log: no errors or warnings", "error"},
		{"a warning", trouble("server", 1, 0, warning), report.Fully, report.Passed, "What a peer logged, which decides nothing: the server's log: 1 warning, the first: “WARN[0000]", "warning"},
		{"a warning, and no word of heartbeats", func(s *report.Scenario) {
			s.Logs = s.Logs[4:]
			trouble("client", 1, 0, warning)(s)
		}, report.Fully, report.NotMeasured, "which decides nothing: the client's log: 1 warning", "warning"},
		{"an error of one that others use, too", func(s *report.Scenario) {
			trouble("server", 1, 1, failure)(s)
			for i := range s.Logs {
				s.Logs[i].Shared = s.Logs[i].Peer == "server"
			}
		}, report.Fully, report.Passed, "What a peer logged, which decides nothing: the server's log: 1 error", "warning"},
		{"both", func(s *report.Scenario) {
			trouble("server", 1, 0, warning)(s)
			trouble("client", 2, 2, "fatal: oops")(s)
		}, report.Partly, report.Failed, "“fatal: oops”", "error"},
	} {
		parts := guided()
		tt.change(&parts[0])
		r := report.Combine(meta(), parts...)
		reason, problems := r.Reason(report.English), r.Problems()
		if r.Verdict() != tt.verdict || !strings.Contains(reason, tt.says) {
			t.Errorf("%s: %s: %q, want %s: %q", tt.name, r.Verdict(), reason, tt.verdict, tt.says)
		}
		if status, text := parts[0].Judge(report.StepLogs, report.English); status != tt.step || !strings.Contains(text, "the first: “") {
			t.Errorf("%s: the step %s: %q, want %s", tt.name, status, text, tt.step)
		}
		if len(problems) == 0 || !strings.HasSuffix(problems[0].Code, "-logged-trouble") || problems[0].Severity != tt.problem {
			t.Errorf("%s: the problems are %v", tt.name, problems)
		}
		junit, err := r.JUnit(report.English)
		if err != nil || strings.Contains(string(junit), "<failure") != (tt.verdict != report.Fully) {
			t.Errorf("%s: %v: JUnit has a failure where the verdict has none, or has none where it has one", tt.name, err)
		}
	}
}

// TestLongLine: of a line that is too long the end is kept, since a line says there what happened.
func TestLongLine(t *testing.T) {
	parts := guided()
	parts[0].Logs[0].Line = "12:00 DEBUG " + strings.Repeat("span{x=1}:", 100) + " Received HeartRequest"
	got := item(report.Combine(meta(), parts...), "server-log-received").Evidence[0].Text(report.English)
	if !strings.Contains(got, "“12:00 DEBUG span{x=1}:") || !strings.HasSuffix(got, "x=1}: Received HeartRequest”") || len([]rune(got)) > 350 {
		t.Errorf("%q", got)
	}
}

// TestQuotes: a page shows a line of a log as code, and whatever the line says, as nothing else.
func TestQuotes(t *testing.T) {
	parts := guided()
	parts[0].Logs[0].Line = "a `b` <c> | \ue001d\ue000 [e](f)"
	r := report.Combine(meta(), parts...)
	md, html := string(r.Markdown(report.English)), ""
	if page, err := r.HTML(report.English); err == nil {
		html = string(page)
	}
	for form, want := range map[string]string{
		md:   "<code>a \\`b\\` &lt;c&gt; \\| \\\\ue001d\\\\ue000 \\[e\\](f)</code>",
		html: "<code>a `b` &lt;c&gt; | \\ue001d\\ue000 [e](f)</code>",
	} {
		if n := strings.Count(form, want); n != 2 { // in the table, and as evidence
			t.Errorf("%q stands there %d times, in\n%s", want, n, form)
		}
		if strings.Count(form, "<code>") != strings.Count(form, "</code>") {
			t.Error("code is not closed")
		}
	}
}
