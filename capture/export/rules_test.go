package export_test

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestRules: what a rule does is one line in either form, and what a rule may be why of names it.
func TestRules(t *testing.T) {
	at := time.Date(2026, 1, 2, 3, 4, 15, 0, time.UTC)
	const common = `,"time":"2026-01-02T03:04:15Z","session":7`
	header := protocol.Header{Command: protocol.SYNACK, Stream: 3}
	for _, test := range []struct {
		name       string
		notice     session.Notice
		json, text string
	}{
		{
			"a frame waits",
			session.Application{Rule: 2, Action: "delay", Dir: protocol.ServerToClient, Header: header, Waits: true, Text: "for 4s"},
			`{"event":"rule"` + common + `,"dir":"s2c","rule":2,"text":"for 4s","action":"delay","frame":{"dir":"s2c","code":7,"cmd":"SYNACK","stream":3,"len":0},"waits":true}`,
			"· rule                2 delay     ← SYNACK of stream 3, 0 B, waits: for 4s",
		},
		{
			"and waits no longer",
			session.Application{Rule: 2, Action: "delay", Dir: protocol.ServerToClient, Header: header, Ended: true, Held: 4 * time.Second},
			`{"event":"rule"` + common + `,"dir":"s2c","rule":2,"held_ms":4000,"action":"delay","frame":{"dir":"s2c","code":7,"cmd":"SYNACK","stream":3,"len":0},"ended":true}`,
			"· rule                2 delay     ← SYNACK of stream 3, 0 B, waits no longer, after 4.0 s",
		},
		{
			"what came of it",
			session.Application{Rule: 3, Action: "insert", Dir: protocol.ServerToClient, Header: header, Again: true, Undone: true, Text: "not done: that peer is gone"},
			`{"event":"rule"` + common + `,"dir":"s2c","rule":3,"text":"not done: that peer is gone","action":"insert","frame":{"dir":"s2c","code":7,"cmd":"SYNACK","stream":3,"len":0},"again":true,"undone":true}`,
			"· rule                3 insert    ← SYNACK of stream 3, 0 B: not done: that peer is gone",
		},
		{
			"the preamble, and all behind it",
			session.Application{Rule: 11, Action: "hold", Header: protocol.Header{Length: 30}, Preamble: true, All: true, Waits: true},
			`{"event":"rule"` + common + `,"dir":"c2s","rule":11,"action":"hold","frame":{"dir":"c2s","code":0,"cmd":"preamble","stream":0,"len":30},"all":true,"waits":true}`,
			"· rule                11 hold      → preamble, 30 B, and all behind it, waits",
		},
		{
			"a diagnostic",
			session.Diagnostic{Code: session.CodeSYNACKLate, Severity: session.Error, Stream: 3, Dir: protocol.ServerToClient, Text: "late; rule 2 held its SYNACK for 4s", Rule: 2},
			`{"event":"diagnostic"` + common + `,"dir":"s2c","code":"synack-late","stream":3,"rule":2,"severity":"error","text":"late; rule 2 held its SYNACK for 4s"}`,
			"! error               stream 3: synack-late: late; rule 2 held its SYNACK for 4s",
		},
		{
			"a heartbeat",
			session.HeartbeatResult{Toward: protocol.Server, Origin: session.OriginPeer, Lost: true, Rule: 1},
			`{"event":"heartbeat"` + common + `,"rule":1,"toward":"server","origin":"client","lost":true}`,
			"· heartbeat           toward server (client) lost: rule 1 dropped the answer",
		},
	} {
		inJSON, inText := lines(t, journal.Entry{Session: 7, At: at, Notice: test.notice})
		if inJSON != test.json {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, inJSON, test.json)
		}
		if _, got, _ := strings.Cut(inText, "   7 "); got != test.text {
			t.Errorf("%s:\n%s\nwant\n%s", test.name, got, test.text)
		}
	}
}

// TestRulesInIncidents: an incident that a rule may be why of names it, and its advice says that
// first, once for each rule.
func TestRulesInIncidents(t *testing.T) {
	i := refusal(session.Error)
	i.Rule = 2
	inJSON, _ := lines(t, journal.Entry{At: noon(), Notice: i})
	for _, want := range []string{`"rule":2,"sessions"`, `"advice":"Rule 2 of this run did it. The server could not connect`} {
		if !strings.Contains(inJSON, want) {
			t.Errorf("the line lacks %s:\n%s", want, inJSON)
		}
	}
	var out bytes.Buffer
	w := export.NewText(&out, export.Options{})
	for n, rule := range []uint16{0, 2, 2, 3} {
		i.Number, i.Rule = uint64(n+1), rule
		if err := w.Entry(&journal.Entry{At: noon(), Notice: i}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Flush(); err != nil {
		t.Fatal(err)
	}
	var advice []string
	for line := range strings.Lines(out.String()) {
		if _, text, found := strings.Cut(line, "advice: "); found {
			advice = append(advice, strings.Fields(text)[0]+" "+strings.Fields(text)[1])
		}
	}
	if got := strings.Join(advice, ", "); got != "The server, Rule 2, Rule 3" {
		t.Errorf("the advice begins with %s", got)
	}
}

// TestRulesInSummary: the summary says how often each rule was applied, where there are any.
func TestRulesInSummary(t *testing.T) {
	totals := journal.Totals{Rules: []journal.RuleTotal{{Rule: 1, Source: "drop where true"}, {Rule: 2, Applied: 1}, {Rule: 3, Source: "hold where true", Applied: 7}}}
	for _, test := range []struct {
		totals     journal.Totals
		json, text string
	}{
		{totals, `"rules":[{"rule":1,"source":"drop where true","applied":0},{"rule":2,"applied":1},{"rule":3,"source":"hold where true","applied":7}]`, "rule 1: applied 0 times: drop where true\nrule 2: applied once\nrule 3: applied 7 times: hold where true\n"},
		{journal.Totals{}, "", ""},
	} {
		var js, tx bytes.Buffer
		for _, w := range []export.Writer{export.NewJSON(&js, export.Options{}), export.NewText(&tx, export.Options{})} {
			if err := w.Summary(test.totals); err != nil {
				t.Fatal(err)
			}
			if err := w.Flush(); err != nil {
				t.Fatal(err)
			}
		}
		if !strings.Contains(js.String(), test.json) || test.json == "" && strings.Contains(js.String(), "rule") {
			t.Errorf("the JSON is %s", js.String())
		}
		if !strings.Contains(tx.String(), test.text) || test.text == "" && strings.Contains(tx.String(), "rule") {
			t.Errorf("the text is %s", tx.String())
		}
	}
}
