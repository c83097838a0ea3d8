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

// guideSteps are steps of each status.
func guideSteps() []guide.Step {
	return []guide.Step{
		{ID: report.StepDirect, Part: "pair", Title: "without the relay", State: guide.Ended, Status: report.Passed, Text: "10 of 10 requests", Took: 1240 * time.Millisecond, Takes: 2 * time.Second},
		{ID: report.StepRelayed, Part: "pair", Title: "通过中继", State: guide.Ended, Status: report.Failed, Text: "request 1: <refused>", Took: 75 * time.Second, Takes: time.Second},
		{ID: report.StepHeartbeats, Part: "pair", Title: "heartbeats", State: guide.Ended, Status: report.Observed, Text: "seen"},
		{ID: report.StepCPU, Part: "both", Title: "CPU", State: guide.Skipped, Status: report.NotMeasured, Text: "the run was ended"},
	}
}

// printed returns what a run prints on standard output, and on standard error.
func printed(t *testing.T, kind outputKind, e guideEnding) (out, err string) {
	t.Helper()
	var stdout, stderr bytes.Buffer
	s := newStdio(strings.NewReader(""), &stdout, &stderr)
	l := newGuideLines(s, kind, func(err error) { t.Error(err) })
	l.fit(guide.MatrixView{Pairs: []guide.PairView{{View: guide.View{Steps: guideSteps()}}}})
	l.behind = func(string) {}
	l.begin(guide.View{Pair: "s ← c", Steps: guideSteps()})
	for _, step := range guideSteps() {
		l.step(step)
	}
	l.end(&guideWhole{pairs: []guideEnding{e}, report: e.report, kept: e.kept})
	s.err.queue.flush(blockedAfter)
	return stdout.String(), stderr.String()
}

func someEnding() guideEnding {
	return guideEnding{
		pair: "s ← c", verdict: report.Partly, cause: "the pair fails by itself: refused", advice: "look at its log",
		reason: "The pair fails by itself: refused. Failed: all.", reasons: []string{"The pair fails by itself: refused", "Failed: all"},
		report: "out.html", kept: "/tmp/kept",
	}
}

// TestGuideText: a line for each step, aligned, and at the end the cause in front.
func TestGuideText(t *testing.T) {
	out, err := printed(t, outText, someEnding())
	const want = `GUIDE s ← c: 4 steps, about 3s
✓ passed        without the relay    1.2 s  10 of 10 requests
✗ failed        通过中继             1m15s  request 1: <refused>
◐ observed      heartbeats           0.0 s  seen
– not measured  CPU                         the run was ended

✗ partly compatible: The pair fails by itself: refused
  Failed: all
advice: look at its log
report: out.html
what the programs wrote: /tmp/kept
`
	if out != want || err != "" {
		t.Errorf("printed\n%s\nwant\n%s\nand %q", out, want, err)
	}
	e := someEnding()
	e.cause = "no client"
	if out, _ = printed(t, outText, e); !strings.Contains(out, "\n✗ partly compatible: no client\n  The pair fails by itself: refused\n  Failed: all\n") {
		t.Errorf("a cause that no reason tells: %s", out)
	}
	out, _ = printed(t, outText, guideEnding{verdict: report.Fully, compatible: true, reasons: []string{"All passed"}})
	if !strings.HasSuffix(out, "\n\n✓ compatible: All passed\n") {
		t.Errorf("the end is %s", out)
	}
	out, _ = printed(t, outText, guideEnding{verdict: report.Undecided, compatible: true, reasons: []string{"Nothing failed"}})
	if !strings.HasSuffix(out, "\n\n✓ compatible, as far as it was measured: Nothing failed\n") {
		t.Errorf("the end is %s", out)
	}
	out, _ = printed(t, outText, guideEnding{verdict: report.Undecided, reasons: []string{"Nothing failed"}})
	if !strings.HasSuffix(out, "\n\n– undecided: Nothing failed\n") {
		t.Errorf("the end is %s", out)
	}
	out, _ = printed(t, outText, guideEnding{verdict: report.Undecided, cut: true, reasons: []string{"Nothing failed"}})
	if !strings.HasSuffix(out, "\n\n– undecided, the run was ended before its end: Nothing failed\n") {
		t.Errorf("the end of a run that was ended is %s", out)
	}
}

// TestGuideJSON: a line for each step with the fields of the contract, and one of the whole run.
func TestGuideJSON(t *testing.T) {
	out, _ := printed(t, outJSON, someEnding())
	lines := strings.Split(strings.TrimSuffix(out, "\n"), "\n")
	verdicts := []string{"passed", "failed", "observed", "not measured"}
	if len(lines) != len(verdicts)+1 {
		t.Fatalf("%d lines", len(lines))
	}
	for i, step := range guideSteps() {
		var e struct {
			Event, Step, Part, Pair, Verdict, Text string
			Time                                   time.Time
			Took                                   float64 `json:"took_ms"`
		}
		if err := json.Unmarshal([]byte(lines[i]), &e); err != nil {
			t.Fatal(err)
		}
		if e.Event != "step" || e.Time.IsZero() || e.Step != string(step.ID) || e.Part != step.Part || e.Pair != "s ← c" ||
			e.Verdict != verdicts[i] || e.Text != step.Text || e.Took != float64(step.Took.Milliseconds()) {
			t.Errorf("line %d is %s", i+1, lines[i])
		}
	}
	if !strings.Contains(lines[1], "<refused>") {
		t.Errorf("escaped for HTML: %s", lines[1])
	}
	_, last, _ := strings.Cut(lines[len(verdicts)], `"pair"`)
	const want = `:"s ← c","verdict":"partly-compatible","compatible":false,"text":"The pair fails by itself: refused. Failed: all.","cause":"the pair fails by itself: refused","advice":"look at its log","report":"out.html","output":"/tmp/kept"}`
	if !strings.HasPrefix(lines[len(verdicts)], `{"event":"verdict","time":"`) || last != want {
		t.Errorf("the last line is %s", lines[len(verdicts)])
	}
}

// TestGuideElsewhere: behind a screen the end is told on standard error; in silence only why it
// failed, and what is left behind.
func TestGuideElsewhere(t *testing.T) {
	out, err := printed(t, outTUI, someEnding())
	if out != "" || strings.Count(err, "\n") != 5 || !strings.HasPrefix(err, program+": ✗ partly compatible: The pair fails by itself: refused\n") {
		t.Errorf("behind a screen: %q and\n%s", out, err)
	}
	out, err = printed(t, outQuiet, someEnding())
	if out != "" || err != program+": cause: the pair fails by itself: refused\n"+program+": what the programs wrote: /tmp/kept\n" {
		t.Errorf("in silence: %q and %q", out, err)
	}
}

// TestGuideEnding: what a run came to makes the exit code. The cause is one of the report's problems.
func TestGuideEnding(t *testing.T) {
	for _, test := range []struct {
		e    guideEnding
		want error
	}{
		{guideEnding{verdict: report.Fully, compatible: true}, nil},
		{guideEnding{verdict: report.Undecided, compatible: true}, nil},
		{guideEnding{verdict: report.Undecided}, errNotAll},
		{guideEnding{verdict: report.Undecided, cut: true}, nil},
		{guideEnding{verdict: report.Partly, cut: true}, errIncompatible},
		{guideEnding{verdict: report.Not}, errIncompatible},
		{guideEnding{verdict: report.Fully}, errNotAll},
	} {
		if got := test.e.err(); !errors.Is(got, test.want) {
			t.Errorf("%+v: %v, want %v", test.e, got, test.want)
		}
	}
	failed := report.Combine(report.Meta{}, report.Scenario{
		Kind: report.Pair, Direct: &report.Traffic{Requests: 3, Failed: 3, Failures: []string{"request 1: \x1b[31mrefused"}},
	})
	e := endingOf(&guide.Result{Report: failed}, report.English)
	if !strings.Contains(e.cause, "refused") || strings.Contains(e.cause, "\x1b") || e.advice == "" || e.reason == "" {
		t.Errorf("%+v", e)
	}
	if e := endingOf(&guide.Result{Report: failed, Missing: true}, report.English); e.cause == "" || e.advice != "" {
		t.Errorf("whose program is missing: %+v", e) // the cause says what to do
	}
	if e := endingOf(&guide.Result{Report: failed, Compatible: true}, report.English); e.compatible {
		t.Errorf("what the report holds against a pair: %+v", e)
	}
	if e := endingOf(&guide.Result{Report: report.Combine(report.Meta{}), Compatible: true}, report.English); e.cause+e.advice != "" {
		t.Errorf("%+v", e)
	}
}
