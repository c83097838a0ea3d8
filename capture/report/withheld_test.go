package report_test

import (
	"bytes"
	"fmt"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// status returns what a report says of an item of the checklist.
func status(t *testing.T, r *report.Report, id string) (report.Status, string) {
	t.Helper()
	for _, item := range r.Checklist() {
		if item.ID == id {
			return item.Status, item.Evidence[0].Text(report.English)
		}
	}
	t.Fatalf("there is no item %s", id)
	return "", ""
}

// TestWithheld: heartbeats that could not be sent are told as not measured, with the reason
// and for how long, in either language, and no verdict about a peer follows from them.
func TestWithheld(t *testing.T) {
	for _, tt := range []struct {
		name, why string
		toward    protocol.Peer
		said, zh  string
	}{
		{"server", capture.WhyTakesNone(protocol.Server, protocol.Server), protocol.Server, "the server took no byte for 9 s", "服务器 9 s 未接收任何数据"},
		{"client", capture.WhyTakesNone(protocol.Client, protocol.Client), protocol.Client, "the client took no byte for 9 s", "客户端 9 s 未接收任何数据"},
		{
			"answer", capture.WhyTakesNone(protocol.Client, protocol.Server), protocol.Server,
			"the client took no byte for 9 s, so that the server could not have written its answer", "客户端 9 s 未接收任何数据，服务器无法写出应答",
		},
		{
			"the client's answer", capture.WhyTakesNone(protocol.Server, protocol.Client), protocol.Client,
			"the server took no byte for 9 s, so that the client could not have written its answer", "服务器 9 s 未接收任何数据，客户端无法写出应答",
		},
		{"slow server", capture.WaitsWriting.Why(protocol.Server), protocol.Server, "bytes toward the server waited in front of them for 9 s", "发往服务器的数据 9 s 排在其前未发完"},
		{"slow client", capture.WaitsWriting.Why(protocol.Client), protocol.Client, "bytes toward the client waited in front of them for 9 s", "发往客户端的数据 9 s 排在其前未发完"},
		{
			"answer to a slow client", capture.WaitsForReader.Why(protocol.Server), protocol.Server,
			"bytes toward the client waited for 9 s, and the server's answer would have waited behind them", "发往客户端的数据 9 s 未发完，服务器的应答只能排在其后",
		},
		{
			"answer to a slow server", capture.WaitsForReader.Why(protocol.Client), protocol.Client,
			"bytes toward the server waited for 9 s, and the client's answer would have waited behind them", "发往服务器的数据 9 s 未发完，客户端的应答只能排在其后",
		},
		{"padding", capture.WaitsForStop.Why(protocol.Client), protocol.Client, "the client's writes were still padded for 9 s", "9 s 内仍受填充方案约束"},
		{"unanswered", capture.WaitsForAnswers.Why(protocol.Server), protocol.Server, fmt.Sprintf("%d were unanswered for 9 s", session.MaxInjectedOwed), "9 s 内有 32 个请求未得到应答"},
		{
			"their own", capture.WhyOverflowed(protocol.Server), protocol.Server,
			"so many of the client's own were unanswered for 9 s that answers could not have been told apart", "9 s 内客户端自发的请求未得到应答的过多",
		},
		{"frame", capture.WaitsMidFrame.Why(protocol.Server), protocol.Server, "the other peer stood inside a frame for 9 s", "另一方 9 s 停在一帧之中"},
		{"doubt", capture.WaitsInDoubt.Why(protocol.Server), protocol.Server, "the framing was in doubt for 9 s", "帧边界 9 s 存疑"},
		{"new", "the moon is full", protocol.Server, "the moon is full, for 9 s", "the moon is full，历时 9 s"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			src := newSource(t, journal.Limits{})
			dir := tt.toward.Toward()
			src.pass(time.Second)
			src.event(capture.Event{Kind: capture.HeartbeatsWait, Dir: dir, Since: src.now.Add(-time.Second), Why: tt.why})
			src.pass(8 * time.Second)
			src.event(capture.Event{Kind: capture.HeartbeatsGo, Dir: dir})
			src.close()
			r := report.Combine(meta(), report.Measure(src.j, nil, report.Scenario{Kind: report.Live, Interval: ms(1000)}))
			got, evidence := status(t, r, tt.toward.String()+"-answers")
			if want := "no HeartRequest was sent; not measured: " + tt.said; got != report.NotMeasured || !strings.HasPrefix(evidence, want) {
				t.Errorf("%s: %q, want %q", got, evidence, want)
			}
			if result := r.Scenarios[0].Result(); result != report.NotMeasured {
				t.Errorf("the result is %s", result)
			}
			if text := string(r.Markdown(report.English)); !strings.Contains(text, "- **Heartbeats not sent toward the "+tt.toward.String()+"**: "+tt.said) {
				t.Errorf("the section lacks %q:\n%s", tt.said, text)
			}
			if text := string(r.Markdown(report.Chinese)); !strings.Contains(text, "但未发送的心跳**: ") || !strings.Contains(text, tt.zh) {
				t.Errorf("the section lacks %q:\n%s", tt.zh, text)
			}
		})
	}
}

// TestBlockedMeanwhile: what was answered before and after a server read nothing passes; the
// time between is not measured, and told once more as bytes that did not move.
func TestBlockedMeanwhile(t *testing.T) {
	src := newSource(t, journal.Limits{})
	src.heartbeat(protocol.Server, true, 2*time.Millisecond)
	for _, d := range []time.Duration{9 * time.Second, 2 * time.Second} {
		since := src.now
		src.pass(time.Second)
		src.event(capture.Event{Kind: capture.Blocked, Dir: protocol.ClientToServer, Since: since, Bytes: 2_000_000})
		src.event(capture.Event{Kind: capture.HeartbeatsWait, Dir: protocol.ClientToServer, Since: since, Why: "the server takes no byte"})
		src.pass(d - time.Second)
		src.event(capture.Event{Kind: capture.Unblocked, Dir: protocol.ClientToServer})
		src.event(capture.Event{Kind: capture.HeartbeatsGo, Dir: protocol.ClientToServer})
	}
	src.heartbeat(protocol.Server, true, 2*time.Millisecond)
	src.close()
	s := report.Measure(src.j, nil, report.Scenario{Kind: report.Live, Interval: ms(1000)})
	s.Diagnostics = nil // they are the tracker's matter
	r := report.Combine(meta(), s)
	got, evidence := status(t, r, "server-answers")
	if want := "injected: 2 of 2 answered; not measured: the server took no byte for 11 s (2 times, the longest 9 s)"; got != report.Passed || evidence != want {
		t.Errorf("%s: %q, want %q", got, evidence, want)
	}
	text := string(r.Markdown(report.English))
	if want := "- **Bytes toward the server that did not move**: 11 s (2 times, the longest 9 s)\n"; !strings.Contains(text, want) {
		t.Errorf("the section lacks %q:\n%s", want, text)
	}
	// A run in which nothing stood still has no such lines.
	text = string(report.Combine(meta(), passed()).Markdown(report.English))
	if strings.Contains(text, "not sent") || strings.Contains(text, "did not move") {
		t.Errorf("nothing stood still:\n%s", text)
	}
}

// TestTLSFailedInReport: TLS that failed is a problem with its advice, though no session
// came about, and fails the run.
func TestTLSFailedInReport(t *testing.T) {
	j := journal.New(journal.Limits{Entries: 100, Bytes: 1 << 16}, session.Config{})
	for id := capture.SessionID(1); id <= 3; id++ {
		j.Record(&capture.Event{Kind: capture.Opened, Session: id, At: noon, Client: "192.0.2.1:1", Server: "192.0.2.2:2"})
		j.Record(&capture.Event{Kind: capture.Closed, Session: id, At: noon, By: session.ClosedByServer, TLSFailed: true, Reason: "TLS with the server: it needs a name"})
	}
	r := report.Combine(meta(), report.Measure(j, nil, report.Scenario{Kind: report.Live}))
	problems := r.Problems()
	if len(problems) != 1 || problems[0].Code != string(session.CodeTLSFailed) || problems[0].Count != 3 || problems[0].Severity != "error" ||
		!strings.HasPrefix(problems[0].Text(report.English), "TLS with the server: it needs a name") || problems[0].Advice(report.English) != session.CodeTLSFailed.Spec().Advice {
		t.Errorf("problems: %+v", problems)
	}
	if got, evidence := status(t, r, "no-error-diagnostics"); got != report.Failed || r.Verdict() != report.Not || r.Scenarios[0].Result() != report.Failed {
		t.Errorf("no errors: %s (%s), verdict %s", got, evidence, r.Verdict())
	}
}

// TestSeverities: notes fail nothing. A code that was seen as an error and as a note is one
// problem, as bad as its worst, with the text of that; and only the errors count as errors.
func TestSeverities(t *testing.T) {
	src := newSource(t, journal.Limits{})
	src.heartbeat(protocol.Server, true, time.Millisecond)
	note := report.Measure(src.j, nil, report.Scenario{Kind: report.Live})
	note.Diagnostics = []report.Diagnostic{{Code: session.CodePasswordMismatch, Severity: "note", Count: 3, Text: "the server accepts it"}}
	r := report.Combine(meta(), note)
	if got, evidence := status(t, r, "no-error-diagnostics"); got != report.Passed || note.Result() != report.Passed || note.Errors() != 0 {
		t.Errorf("notes: %s (%s), the run %s", got, evidence, note.Result())
	}
	if p := r.Problems(); len(p) != 1 || p[0].Severity != "note" || p[0].Text(report.English) != "the server accepts it" {
		t.Errorf("problems: %+v", p)
	}
	mixed := note
	mixed.Diagnostics = append(mixed.Diagnostics, report.Diagnostic{Code: session.CodePasswordMismatch, Severity: "error", Count: 2, Text: "the server closed it"})
	r = report.Combine(meta(), note, mixed)
	p := r.Problems()
	if len(p) != 1 || p[0].Severity != "error" || p[0].Text(report.English) != "the server closed it" || p[0].Count != 8 || len(p[0].Scenarios) != 2 || mixed.Errors() != 2 {
		t.Errorf("problems: %+v, %d errors", p, mixed.Errors())
	}
}

// TestMeasureSeverities: the journal's diagnostics of one code come by how severe each was,
// each with its first text.
func TestMeasureSeverities(t *testing.T) {
	src := newSource(t, journal.Limits{})
	var c report.Collector
	for i, d := range []session.Diagnostic{
		{Code: session.CodePasswordMismatch, Severity: session.Note, Text: "accepted"},
		{Code: session.CodePasswordMismatch, Severity: session.Error, Text: "closed"},
		{Code: session.CodePasswordMismatch, Severity: session.Note, Text: "accepted again"},
	} {
		c.Add(&journal.Entry{Index: uint64(i + 1), At: src.now, Notice: d})
	}
	src.frame(protocol.ServerToClient, protocol.SYN, "", session.Fate{}) // an error
	src.frame(protocol.ClientToServer, 77, "", session.Fate{})           // a warning
	c.Read(src.j)
	s := report.Measure(src.j, &c, report.Scenario{})
	var got []string
	for _, d := range s.Diagnostics {
		if d.Count != 1 || d.Text == "" {
			t.Errorf("%+v", d)
		}
		got = append(got, d.Severity+" "+string(d.Code))
	}
	if want := "error command-from-wrong-side, warning unknown-command"; strings.Join(got, ", ") != want {
		t.Errorf("%q, want %q", got, want)
	}
	s.Diagnostics = nil
	if text, err := report.Combine(meta(), s).JSON(report.English); err != nil || !bytes.Contains(text, []byte(`"diagnostics": []`)) {
		t.Errorf("%v: %s", err, text)
	}
}

// TestNextFrame: where answers come only with the next frame, the report says that
// heartbeats change the pair, beside its notes.
func TestNextFrame(t *testing.T) {
	text := string(report.Combine(meta(), stuck()).Markdown(report.English))
	if !strings.Contains(text, "- **Notes**: heartbeats change this pair: ") {
		t.Errorf("the notes don't say that heartbeats change the pair:\n%s", text)
	}
	s := stuck()
	s.Diagnostics[1].Count = 0
	if text := string(report.Combine(meta(), s).Markdown(report.English)); strings.Contains(text, "heartbeats change") {
		t.Errorf("nothing was seen that heartbeats change:\n%s", text)
	}
}
