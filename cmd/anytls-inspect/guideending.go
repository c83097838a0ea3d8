package main

import (
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/steps"
)

// A guideEnding is what a run of the guide on a pair came to.
type guideEnding struct {
	pair    string   // the names of both ends
	lacks   []string // which steps lack, and why
	leftOut bool     // it was not run, since the run was ended before
	missing bool     // it was not run, since a program is missing
	why     string   // in a sentence: why it is not compatible, or else why the verdict is what it is

	verdict    report.Verdict
	compatible bool     // nothing speaks against the pair, and all was measured that can be
	cut        bool     // it was ended before its end
	cause      string   // of the verdict, where something speaks against the pair
	advice     string   // what to do about the cause
	reason     string   // of the verdict
	reasons    []string // the same, by sentences
	report     string   // path; empty: none
	kept       string   // folder of what the programs wrote, and of recordings; empty: none
}

// endingOf returns what a run came to, in a language.
func endingOf(r *guide.Result, l report.Lang) guideEnding {
	e := guideEnding{
		pair: r.Pair, lacks: lackOf(r.Unmeasured), leftOut: r.LeftOut, missing: r.Missing, why: protocol.Printable(r.Text),
		verdict: r.Report.Verdict(), cut: r.Cut,
		reason: r.Report.Reason(l), reasons: r.Report.Reasons(l),
	}
	e.compatible = r.Compatible && !e.failed()
	if e.err() != nil {
		cause, advice := r.Report.Cause(l)
		e.cause = protocol.Printable(cause)
		if !e.missing { // else the cause says how the program is named
			e.advice = protocol.Printable(advice)
		}
	}
	return e
}

// asMeasured is said of a pair against which nothing speaks, and of which its report lacks an item that
// decides, such as ten minutes without trouble.
const asMeasured = "as far as it was measured"

// cutShort is said of a pair whose run was ended before its end.
const cutShort = "the run was ended before its end"

// failed tells whether something speaks against the pair.
func (e *guideEnding) failed() bool { return e.verdict.Failed() }

// err makes the exit code. A run that was ended is not asked to be whole.
func (e *guideEnding) err() error {
	switch {
	case e.failed():
		return errIncompatible
	case e.compatible, e.cut:
		return nil
	default:
		return errNotAll
	}
}

// mark returns what a run came to: a sign, and a few words.
func (e *guideEnding) mark() (sign, words string) {
	if e.leftOut || e.missing {
		return "–", "not run"
	}
	status, words := statusOfVerdict(e.verdict, e.compatible)
	sign, _ = status.Mark()
	return sign, words
}

// statusOfVerdict returns a verdict as the screen has it, and a few words for it.
func statusOfVerdict(v report.Verdict, compatible bool) (status steps.Status, words string) {
	switch {
	case v == report.Partly:
		return steps.Failed, "partly compatible"
	case v == report.Not:
		return steps.Failed, "not compatible"
	case compatible:
		return steps.Passed, "compatible"
	default:
		return steps.NotMeasured, "undecided"
	}
}

// lines returns what a run came to, for people: the verdict and the cause in front, what to do about
// it, and then what else there is to say of it.
func (e *guideEnding) lines() (list []string) {
	sign, words := e.mark()
	verdict := sign + " " + words
	if e.compatible && e.verdict == report.Undecided {
		verdict += ", " + asMeasured
	}
	if e.cut && !e.leftOut {
		verdict += ", " + cutShort
	}
	sentences := e.reasons
	if e.cause != "" && !e.tellsCause() {
		sentences = append([]string{e.cause}, sentences...)
	}
	for i, sentence := range sentences {
		switch {
		case i == 0:
			list = append(list, verdict+": "+sentence)
		case i == 1 && e.cause == "":
			list[0] += ". " + sentence
		default:
			list = append(list, "  "+sentence)
		}
	}
	if e.advice != "" {
		list = append(list, "advice: "+e.advice)
	}
	if e.report != "" {
		list = append(list, "report: "+e.report)
	}
	return append(append(list, e.lacking()...), leftovers(e.kept)...)
}

// tellsCause tells whether the reasons have the cause.
func (e *guideEnding) tellsCause() bool {
	cause := strings.ToLower(e.cause) // a sentence begins with a capital
	return slices.ContainsFunc(e.reasons, func(reason string) bool { return strings.Contains(strings.ToLower(reason), cause) })
}

// aside returns what is told where nothing is printed: why it failed, and what is left of it.
func (e *guideEnding) aside() []string {
	if e.cause == "" {
		return leftovers(e.kept)
	}
	return append([]string{"cause: " + e.cause}, leftovers(e.kept)...)
}

// leftovers says in which folder something of a run is left, if anything is.
func leftovers(kept string) []string {
	if kept == "" {
		return nil
	}
	return []string{"what the programs wrote: " + kept}
}

// A verdictEvent is the event of what a run came to.
type verdictEvent struct {
	Event      string         `json:"event"`
	Time       time.Time      `json:"time"`
	Pair       string         `json:"pair"`
	Verdict    report.Verdict `json:"verdict"`
	Compatible bool           `json:"compatible"`
	Text       string         `json:"text"`
	Cause      string         `json:"cause,omitempty"`
	Advice     string         `json:"advice,omitempty"`
	Report     string         `json:"report,omitempty"`
	Output     string         `json:"output,omitempty"`
}

// event returns what a run came to, for programs.
func (e *guideEnding) event() verdictEvent {
	return verdictEvent{
		Event: "verdict", Time: time.Now().UTC(), Pair: e.pair, Verdict: e.verdict, Compatible: e.compatible,
		Text: e.reason, Cause: e.cause, Advice: e.advice, Report: e.report, Output: e.kept,
	}
}
