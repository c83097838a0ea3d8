package report

import (
	"slices"

	"anytls-inspect/protocol/session"
)

// A Verdict says how compatible the peers are.
type Verdict string

// The verdicts. The first three are the guide's.
const (
	// Fully: nothing failed, and every item that decides passed or was observed; of several pairs,
	// in each.
	Fully Verdict = "fully-compatible"
	// Partly: something failed, and something works.
	Partly Verdict = "partly-compatible"
	// Not: something failed, and nothing was seen to work.
	Not Verdict = "not-compatible"
	// Undecided: nothing failed, but an item that decides was neither measured nor observed.
	Undecided Verdict = "undecided"
)

// Failed tells whether something speaks against the peers.
func (v Verdict) Failed() bool { return v == Partly || v == Not }

// Verdict returns the verdict that follows from the scenarios and the checklist.
func (r *Report) Verdict() Verdict {
	v, _ := r.judge()
	return v
}

// Reason says in a language why the verdict is what it is.
func (r *Report) Reason(l Lang) string {
	_, why := r.judge()
	return why.in(l)
}

// Reasons returns the sentences of [Report.Reason], each without its end.
func (r *Report) Reasons(l Lang) []string {
	_, why := r.judge()
	list := make([]string, len(why.list))
	for i, sentence := range why.list {
		list[i] = join(kSentence, sentence).in(l)
	}
	return list
}

// judge returns the verdict, and why it is that, in sentences. No verdict on a run under rules is
// read without that.
func (r *Report) judge() (Verdict, text) {
	verdict, why := r.judged()
	if rules, some := r.underRules(); some {
		why.list = slices.Insert(slices.Clone(why.list), 0, rules)
	}
	return verdict, why
}

// judged is judge, whatever rules there were.
func (r *Report) judged() (Verdict, text) {
	works := false
	var failed, notRun []int // by their numbers
	var why text             // the last one of notRun was not run
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		works = works || s.works() || s.worksAlone()
		switch {
		case s.neverRan():
			notRun, why = append(notRun, r.number(i)), s.notRun()
		case s.Result() == Failed:
			failed = append(failed, r.number(i))
		}
	}
	items := r.sorted()
	front, fully := r.ofSeveral()
	var rest []text
	switch {
	case len(notRun) == 1 && r.only(notRun[0]):
		rest = append(rest, why)
	case len(notRun) > 0:
		rest = append(rest, say(kNotRunScenarios, numbers(notRun)))
	}
	switch {
	case len(failed)+len(items.failed) > 0:
		list, named := r.causes()
		verdict := Partly
		if !works {
			verdict, list = Not, append(list, say(kNothingWorks))
		}
		if len(failed) > named && len(r.Scenarios) > 1 {
			list = append(list, say(kFailedScenarios, numbers(failed)))
		}
		if len(items.failed) > 0 && (works || named == 0) { // else all items failed for that
			list = append(list, say(kFailedItems, join(kSemicolon, items.failed...)))
		}
		if len(list) == 0 {
			list = append(list, say(kScenarioFailed))
		}
		list = append(list, r.asides()...)
		return verdict, join(kSentence, slices.Concat(front, list, rest)...)
	case len(items.open)+len(notRun) > 0 || len(r.Scenarios) == 0 || !fully:
		list := append(front, rest...) // in front: it says most
		if r.begun() {
			list = append(list, say(kNothingFailed))
		}
		list = append(list, r.asides()...)
		if !r.guided() || r.begun() { // else nothing was
			list = append(list, items.said(kOpenItems, items.open)...)
		}
		if len(list) == 0 {
			list = r.skipped()
		}
		return Undecided, join(kSentence, list...)
	default:
		all := kAllMeasured
		if len(items.observed) > 0 {
			all = kAllSeen
		}
		list := append(append(front, say(all)), r.asides()...)
		return Fully, join(kSentence, append(list, items.said(kIdleItems, items.idle)...)...)
	}
}

// sortedItems are titles of the checklist's items, by what is known of them.
type sortedItems struct {
	failed, observed []text
	open, idle       []text // not measured: those that decide, and those that don't
}

func (r *Report) sorted() (by sortedItems) {
	for _, item := range r.Checklist() {
		title := say(item.title)
		if item.title == kItemFast && r.slowBesideLateness() {
			title = say(kMachineBeside, title)
		}
		switch {
		case item.Status == Failed && item.lightly:
			// It is told beside: see [Report.logged].
		case item.Status == Failed:
			by.failed = append(by.failed, title)
		case item.Status == Observed:
			by.observed = append(by.observed, title)
		case item.Status == NotMeasured && item.decides:
			by.open = append(by.open, title)
		case item.Status == NotMeasured:
			by.idle = append(by.idle, title)
		}
	}
	return by
}

// said says which items were observed and not measured, and which were neither.
func (by *sortedItems) said(neither key, list []text) (sentences []text) {
	if len(by.observed) > 0 {
		sentences = append(sentences, say(kOnlyObserved, join(kSemicolon, by.observed...)))
	}
	if len(list) > 0 {
		sentences = append(sentences, say(neither, join(kSemicolon, list...)))
	}
	return sentences
}

// asides says what a verdict should not be read without, though it decides nothing.
func (r *Report) asides() []text {
	list := r.aboutHeartbeats()
	if n := r.cut(); n > 0 {
		list = append(list, say(kStreamsCut, n))
	}
	if warned := r.logged(true); len(warned) > 0 {
		list = append(list, say(kOnlyWarnings, join(kSemicolon, warned...)))
	}
	return list
}

// cut returns how many streams of others were cut off. Where no session came about, none had begun.
func (r *Report) cut() (n uint64) {
	for i := range r.Scenarios {
		if s := &r.Scenarios[i]; s.Passing != nil && !s.failedToBegin() {
			n += s.Passing.Cut
		}
	}
	return n
}

// aboutHeartbeats says what keeps heartbeats from being judged: none was seen, or all were sent in
// sessions that owe no answer. That a session came to nothing says more.
func (r *Report) aboutHeartbeats() []text {
	var all session.Figures
	ran := false
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		ran = ran || !s.neverRan() && !s.allSkipped()
		switch {
		case s.failedToBegin():
			return nil
		case s.noClient() && len(r.Scenarios) == 1:
			return s.open()
		}
		all = all.Plus(s.both())
	}
	switch {
	case !ran:
		return nil
	case all.Sent == 0:
		return []text{say(kNoHeartbeats)}
	case all.Unsupported > 0 && all.Answered+all.Lost == 0:
		return []text{say(kNoVersion2)}
	default:
		return nil
	}
}
