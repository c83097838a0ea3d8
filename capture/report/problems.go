package report

import (
	"cmp"
	"slices"

	"anytls-inspect/protocol/session"
)

// A Problem is something wrong or odd: a diagnostic, or a fault that only a run as a
// whole shows.
type Problem struct {
	Code      string
	Severity  string // of the worst one: "error", "warning", "note"
	Count     uint64
	Scenarios []int  // from 1, where it was found
	Text      string // of the first of the worst
	advice    func(Lang) string
}

// Advice says in a language what the problem means and what to do about it.
func (p *Problem) Advice(l Lang) string { return p.advice(l) }

// The codes of problems that no diagnostic names.
const (
	codeNotRun         = "scenario-not-run"
	codeFailsAlone     = "pair-fails-by-itself"
	codeRelayBreaks    = "relay-breaks-pair"
	codeRelayHides     = "relay-hides-failure"
	codeRequestsFailed = "requests-failed"
)

// Problems returns the problems of all scenarios, one for each code, the worst first.
func (r *Report) Problems() []Problem {
	var list []Problem
	for n := range r.Scenarios {
		s := &r.Scenarios[n]
		for _, p := range s.problems() {
			i := slices.IndexFunc(list, func(have Problem) bool { return have.Code == p.Code })
			if i < 0 {
				i = len(list)
				list = append(list, p)
				list[i].Count = 0
			}
			list[i].Count += p.Count
			if !slices.Contains(list[i].Scenarios, n+1) {
				list[i].Scenarios = append(list[i].Scenarios, n+1)
			}
			switch worse := rank(p.Severity) > rank(list[i].Severity); {
			case worse:
				list[i].Severity = p.Severity
				list[i].Text = cmp.Or(p.Text, list[i].Text)
			case list[i].Text == "":
				list[i].Text = p.Text
			}
		}
	}
	slices.SortStableFunc(list, func(a, b Problem) int {
		return cmp.Or(cmp.Compare(rank(b.Severity), rank(a.Severity)), cmp.Compare(b.Count, a.Count), cmp.Compare(a.Code, b.Code))
	})
	return list
}

// rank orders severities. An unknown one ranks below all.
func rank(severity string) int {
	for _, s := range [...]session.Severity{session.Note, session.Warning, session.Error} {
		if s.String() == severity {
			return int(s)
		}
	}
	return -1
}

// problems returns the problems of one scenario.
func (s *Scenario) problems() []Problem {
	var list []Problem
	own := func(code string, advice key, n uint64, text string) {
		list = append(list, Problem{
			Code: code, Severity: session.Error.String(), Count: n, Text: clean(text),
			advice: func(l Lang) string { return say(advice).in(l) },
		})
	}
	if s.Failure != "" {
		own(codeNotRun, kAdviceNotRun, 1, s.Failure)
	}
	switch {
	case s.Direct.failed() && !s.Relayed.ok():
		own(codeFailsAlone, kAdviceFailsAlone, s.Direct.Failed, first(s.Direct.Failures))
	case s.Direct.failed():
		own(codeRelayHides, kAdviceRelayHides, s.Direct.Failed, first(s.Direct.Failures))
	case s.Direct.ok() && s.Relayed.failed():
		own(codeRelayBreaks, kAdviceRelayBreaks, s.Relayed.Failed, first(s.Relayed.Failures))
	case s.Relayed.failed():
		own(codeRequestsFailed, kAdviceRequests, s.Relayed.Failed, first(s.Relayed.Failures))
	}
	if s.Load != nil && s.Load.failed() && !s.alone() && !s.Relayed.failed() {
		own(codeRequestsFailed, kAdviceRequests, s.Load.Failed, first(s.Load.Failures))
	}
	for i := range s.Diagnostics {
		d := &s.Diagnostics[i]
		if d.Count == 0 {
			continue
		}
		list = append(list, Problem{
			Code: string(d.Code), Severity: d.severity(), Count: d.Count, Text: clean(d.Text),
			advice: func(l Lang) string { return adviceFor(d.Code, l) },
		})
	}
	return list
}

func first(list []string) string {
	if len(list) == 0 {
		return ""
	}
	return list[0]
}

// Advice says in a language what to do about each problem, and how to measure what was
// not measured.
func (r *Report) Advice(l Lang) []string {
	var list []string
	for _, p := range r.Problems() {
		if advice := p.Advice(l); advice != "" {
			list = append(list, say(kAbout, clean(p.Code), advice).in(l))
		}
	}
	var hows []key
	titles := make(map[key][]text)
	for _, item := range r.Checklist() {
		if item.Status != NotMeasured {
			continue
		}
		if titles[item.how] == nil {
			hows = append(hows, item.how)
		}
		titles[item.how] = append(titles[item.how], say(item.title))
	}
	for _, how := range hows {
		list = append(list, say(kToMeasure, join(kSemicolon, titles[how]...), say(how)).in(l))
	}
	return list
}
