package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
)

// someWhole is a run on several pairs, of which each came to something else.
func someWhole() guideWhole {
	failed, lacks := someEnding(), guideEnding{pair: "server ← 客户端", verdict: report.Undecided, reasons: []string{"Nothing failed"}}
	failed.pair, failed.report, failed.kept = "s 1.0 ← c", "", ""
	failed.why = failed.cause
	lacks.lacks, lacks.why = []string{"not measured, and asked for: heartbeats: none is owed"}, "heartbeats: none is owed"
	return guideWhole{
		pairs: []guideEnding{
			{pair: "s 1.0 ← d", verdict: report.Undecided, compatible: true, reasons: []string{"Nothing that was measured failed"}},
			failed, lacks,
			{pair: "t ← d", verdict: report.Undecided, leftOut: true, cut: true, reasons: []string{"the run was ended"}},
		},
		report: "out.html", kept: "/tmp/kept",
	}
}

// printedPairs returns what a run on several pairs prints on standard output, and on standard error.
func printedPairs(t *testing.T, kind outputKind, w guideWhole) (out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := newStdio(strings.NewReader(""), &stdout, &stderr)
	l := newGuideLines(s, kind, func(err error) { t.Error(err) })
	l.fit(guide.MatrixView{Pairs: []guide.PairView{{View: guide.View{Steps: guideSteps()}}, {}}})
	l.behind = func(string) {}
	for i := range w.pairs {
		if e := &w.pairs[i]; !e.leftOut {
			l.begin(guide.View{Pair: e.pair, Steps: guideSteps()})
			l.step(guideSteps()[i])
		}
		l.over(&w.pairs[i])
	}
	l.end(&w)
	s.err.queue.flush(blockedAfter)
	return stdout.String(), stderr.String()
}

// TestGuideTextOfPairs: each pair has its heading, its steps and its verdict; at the end stand all.
func TestGuideTextOfPairs(t *testing.T) {
	const table = `1 of 4 pairs is compatible; not run, since the run was ended: 1
✓ compatible         s 1.0 ← d        as far as it was measured
✗ partly compatible  s 1.0 ← c        the pair fails by itself: refused
– undecided          server ← 客户端  heartbeats: none is owed
– not run            t ← d
report: out.html
what the programs wrote: /tmp/kept
`
	out, err := printedPairs(t, outText, someWhole())
	const want = `GUIDE s 1.0 ← d: 4 steps, about 3s
✓ passed        without the relay    1.2 s  10 of 10 requests

✓ compatible, as far as it was measured: Nothing that was measured failed

GUIDE s 1.0 ← c: 4 steps, about 3s
✗ failed        通过中继             1m15s  request 1: <refused>

✗ partly compatible: The pair fails by itself: refused
  Failed: all
advice: look at its log

GUIDE server ← 客户端: 4 steps, about 3s
◐ observed      heartbeats           0.0 s  seen

– undecided: Nothing failed
not measured, and asked for: heartbeats: none is owed

` + table
	if out != want || err != "" {
		t.Errorf("printed\n%s\nwant\n%s\nand %q", out, want, err)
	}
	out, err = printedPairs(t, outTUI, someWhole())
	advised := strings.Replace(table, "refused\n", "refused\n  advice: look at its log\n", 1)
	if out != "" || err != program+": "+advised {
		t.Errorf("behind a screen: %q and\n%s", out, err)
	}
	out, err = printedPairs(t, outQuiet, someWhole())
	if out != "" || err != program+": s 1.0 ← c: the pair fails by itself: refused\n"+program+": what the programs wrote: /tmp/kept\n" {
		t.Errorf("in silence: %q and %q", out, err)
	}
}

// TestGuideJSONOfPairs: each pair has a line when it is over, and the run one at its end.
func TestGuideJSONOfPairs(t *testing.T) {
	out, _ := printedPairs(t, outJSON, someWhole())
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	want := []string{
		`{"event":"step",TIME,"step":"direct","part":"pair","pair":"s 1.0 ← d","verdict":"passed","text":"10 of 10 requests","took_ms":1240}`,
		`{"event":"verdict",TIME,"pair":"s 1.0 ← d","verdict":"undecided","compatible":true,"text":""}`,
		`{"event":"step",TIME,"step":"relayed","part":"pair","pair":"s 1.0 ← c","verdict":"failed","text":"request 1: <refused>","took_ms":75000}`,
		`{"event":"verdict",TIME,"pair":"s 1.0 ← c","verdict":"partly-compatible","compatible":false,"text":"The pair fails by itself: refused. Failed: all.","cause":"the pair fails by itself: refused","advice":"look at its log"}`,
		`{"event":"step",TIME,"step":"heartbeats","part":"pair","pair":"server ← 客户端","verdict":"observed","text":"seen","took_ms":0}`,
		`{"event":"verdict",TIME,"pair":"server ← 客户端","verdict":"undecided","compatible":false,"text":""}`,
		`{"event":"verdict",TIME,"pair":"t ← d","verdict":"undecided","compatible":false,"text":""}`,
		`{"event":"matrix",TIME,"pairs":4,"compatible":1,"not_run":1,"report":"out.html","output":"/tmp/kept"}`,
	}
	if len(lines) != len(want) {
		t.Fatalf("%d lines, want %d:\n%s", len(lines), len(want), out)
	}
	for i, line := range lines {
		var e struct{ Time time.Time }
		if err := json.Unmarshal([]byte(line), &e); err != nil || e.Time.IsZero() {
			t.Fatalf("%v: %s", err, line)
		}
		at, err := json.Marshal(e.Time)
		if err != nil {
			t.Fatal(err)
		}
		if got := strings.Replace(line, `"time":`+string(at), "TIME", 1); got != want[i] {
			t.Errorf("line %d is\n%s\nwant\n%s", i+1, got, want[i])
		}
	}
}

// TestGuideWhole: what speaks against a pair makes the exit code, else what was not measured of one.
func TestGuideWhole(t *testing.T) {
	good := guideEnding{verdict: report.Undecided, compatible: true}
	bad, lacks := guideEnding{verdict: report.Not}, guideEnding{verdict: report.Undecided}
	cut := guideEnding{verdict: report.Undecided, cut: true}
	for _, test := range []struct {
		pairs []guideEnding
		want  error
		sum   string
	}{
		{[]guideEnding{good, good}, nil, "2 of 2 pairs are compatible"},
		{[]guideEnding{lacks, bad, good}, errNotAllPairs, "1 of 3 pairs is compatible"},
		{[]guideEnding{lacks, good}, errNotAll, "1 of 2 pairs is compatible"},
		{[]guideEnding{good, cut, {verdict: report.Undecided, cut: true, leftOut: true}}, nil, "1 of 3 pairs is compatible; not run, since the run was ended: 1"},
		{[]guideEnding{lacks, cut}, errNotAll, "0 of 2 pairs are compatible"},
		{[]guideEnding{bad}, errIncompatible, "0 of 1 pairs are compatible"},
	} {
		w := guideWhole{pairs: test.pairs}
		if got := w.err(); !errors.Is(got, test.want) {
			t.Errorf("%+v: %v, want %v", test.pairs, got, test.want)
		}
		if got := w.lines(false)[0]; got != test.sum {
			t.Errorf("%q, want %q", got, test.sum)
		}
	}
}
