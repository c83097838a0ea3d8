package report_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// underRules is a run in which a rule delays a SYNACK beyond the client's patience.
func underRules(t *testing.T) *source {
	src := newSource(t, journal.Limits{})
	src.j.ExpectRule(1, `drop where cmd == "Waste"`)
	src.j.ExpectRule(2, `delay 4s where cmd == "SYNACK"`)
	syn, err := protocol.AppendFrame(nil, protocol.SYN, 1, nil)
	if err != nil {
		t.Fatal(err)
	}
	src.event(capture.Event{Kind: capture.Data, Data: syn})
	src.event(capture.Event{Kind: capture.Applied, Dir: protocol.ServerToClient, Application: &capture.Application{
		Rule: 2, Action: "delay", Header: protocol.Header{Command: protocol.SYNACK, Stream: 1}, Waits: true, Text: "for 4s",
	}})
	src.pass(3 * time.Second)
	src.event(capture.Event{Kind: capture.Closed, By: session.ClosedByClient, Reason: "the client reset its connection"})
	return src
}

// TestReportUnderRules: the report of a run under rules says so in front, in either language,
// lists the rules with their counts, and its verdict is not read without that; what a rule may be
// why of says which.
func TestReportUnderRules(t *testing.T) {
	s := report.Measure(underRules(t).j, nil, report.Scenario{Kind: report.Live})
	r := report.Combine(meta(), s)
	if v := r.Verdict(); !v.Failed() {
		t.Fatalf("the verdict is %s", v)
	}
	for l, want := range map[report.Lang]struct{ front, rule, advice string }{
		report.English: {
			"Rules were on in this run (rule 2 once): what fails may be theirs. ",
			"- **Rule 1**: applied 0 times: <code>drop where cmd == \"Waste\"</code>\n- **Rule 2**: applied once: <code>delay 4s where cmd == \"SYNACK\"</code>\n",
			"Rule 2 of this run did it. The reference client closes",
		},
		report.Chinese: {
			"本次运行启用了规则（规则 2 1 次）：失败可能由其造成。", "- **规则 2**: 应用 1 次：<code>delay 4s where cmd == \"SYNACK\"</code>\n", "由本次运行的规则 2 造成。",
		},
	} {
		if got := r.Reason(l); !strings.HasPrefix(got, want.front) {
			t.Errorf("the verdict's reason is %q, want %q in front", got, want.front)
		}
		text := string(r.Markdown(l))
		head, _, _ := strings.Cut(text, "\n## ")
		for _, part := range []string{want.front, want.rule} {
			if !strings.Contains(head, strings.TrimSpace(part)) {
				t.Errorf("the front lacks %q:\n%s", part, head)
			}
		}
		if !strings.Contains(text, want.advice) {
			t.Errorf("the advice lacks %q:\n%s", want.advice, text)
		}
	}
	page, err := r.HTML(report.English)
	if err != nil || !strings.Contains(string(page), "applied once: <code>delay 4s where cmd") {
		t.Errorf("%v, or the page does not show the rule's text as code", err)
	}
	js, err := r.JSON(report.English)
	if err != nil || !bytes.Contains(js, []byte(`"rules": [`)) {
		t.Fatalf("%v: %s", err, js)
	}
	again, err := report.Read(bytes.NewReader(js))
	if err != nil || len(again.Scenarios[0].Rules) != 2 || again.Reason(report.English) != r.Reason(report.English) {
		t.Errorf("read again, %v, it is %q", err, again.Reason(report.English))
	}
}

// TestRulesThatDidNothing: rules that were never applied are listed, and explain nothing; and a
// run without rules says nothing of them.
func TestRulesThatDidNothing(t *testing.T) {
	s := passed()
	s.Rules = []report.Rule{{Number: 1, Source: "drop where false"}}
	for _, tt := range []struct {
		s      report.Scenario
		listed bool
	}{{s, true}, {passed(), false}} {
		text := string(report.Combine(meta(), tt.s).Markdown(report.English))
		if strings.Contains(text, "ules were on") || strings.Contains(text, "Rule 1") != tt.listed {
			t.Errorf("listed: %v, want\n%s", tt.listed, text)
		}
	}
}

// TestManyRules: the front of a report stays short, whatever is in it.
func TestManyRules(t *testing.T) {
	s := passed()
	for n := range uint16(200) {
		s.Rules = append(s.Rules, report.Rule{Number: n + 1, Source: "hold where `|<b>`", Applied: uint64(n)})
	}
	text := string(report.Combine(meta(), s, s).Markdown(report.English))
	if !strings.Contains(text, "rule 9 16 times, 191 more)") || !strings.Contains(text, "- **Rules**: 192 more\n") || strings.Contains(text, "<b>") {
		t.Errorf("the report is\n%s", text[:min(len(text), 3000)])
	}
}
