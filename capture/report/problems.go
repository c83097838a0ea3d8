package report

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// CodeNotRun is the code of the problem that a scenario could not be run to its end.
const CodeNotRun = "scenario-not-run"

// The codes of the other problems that no diagnostic names.
const (
	codeFailsAlone     = "pair-fails-by-itself"
	codeRelayBreaks    = "relay-breaks-pair"
	codeRelayHides     = "relay-hides-failure"
	codeRequestsFailed = "requests-failed"
	codeStepFailed     = "step-failed"
	codeDatagrams      = "datagrams-failed"
	codeTargets        = "target-failed"
	codeIdle           = "request-after-idleness-failed"
	codeLog            = "-logged-trouble" // after the peer
)

// Problems returns the problems of all scenarios, the worst first: one for each incident, and
// for what is none one for each code. Where more than eight incidents have one cause, the
// last one stands for the rest of them.
func (r *Report) Problems() []Problem {
	var list []Problem
	for n := range r.Scenarios {
		for _, p := range r.Scenarios[n].problems() {
			p.Scenarios = []int{r.number(n)}
			p.addKnown(r.Scenarios[n].behind(&p))
			if len(p.Incidents) > 0 {
				p.from = []int{r.number(n)}
			}
			i := slices.IndexFunc(list, func(have Problem) bool { return have.same(&p) })
			if i < 0 {
				list = append(list, p)
				continue
			}
			list[i].add(&p)
		}
	}
	slices.SortStableFunc(list, func(a, b Problem) int { return a.compare(&b) })
	return foldAlike(foldEqual(list))
}

// problems returns the problems of one scenario.
func (s *Scenario) problems() []Problem {
	list := append(s.incidents(), s.uncounted()...)
	own := func(code string, advice key, n uint64, text string) {
		list = append(list, ownProblem(code, advice, n, text))
	}
	if s.Relayed.none() && s.refused() { // what refuses all requests is more than a warning
		for i := range list {
			if list[i].Code == string(session.CodeSYNACKError) {
				list[i].Severity = session.Error.String()
			}
		}
	}
	if s.Failure != "" && !s.explained(list) {
		own(CodeNotRun, s.notRunAdvice(), 1, s.Failure)
	}
	if held := s.held(); held != nil {
		p := ownProblem(held.code, s.heldAdvice(held.advice), held.of.Failed, first(held.of.Failures))
		if s.guided() {
			p.said = s.heldWhole(held.said)
		}
		list = append(list, p)
	}
	if s.Load != nil && s.Load.failed() && !s.alone() && !s.Relayed.failed() {
		own(codeRequestsFailed, s.byGuide(kAdviceRequests), s.Load.Failed, first(s.Load.Failures))
	}
	return append(list, s.problemsOfSteps()...)
}

// ownProblem returns an error that no diagnostic names.
func ownProblem(code string, advice key, n uint64, text string) Problem {
	return Problem{
		Code: code, Severity: session.Error.String(), Count: n, seen: clean(text),
		advice: func(l Lang) string { return say(advice).in(l) },
	}
}

// incidents returns the problems that are incidents.
func (s *Scenario) incidents() []Problem {
	var list []Problem
	for n := range s.Incidents {
		i := &s.Incidents[n]
		severity, overruled := s.judged(i)
		list = append(list, Problem{
			Code: string(i.Cause), Severity: severity, Count: i.Count(), Incidents: []*Incident{i},
			place: n, seen: i.itself(), overruled: overruled,
			advice: func(l Lang) string { return i.adviceUnder(adviceFor(i.Cause, l), l) },
		})
	}
	return list
}

// uncounted returns the problems of diagnostics that are effects of no incident of the
// scenario: it was measured without them, or they are no longer remembered.
func (s *Scenario) uncounted() []Problem {
	counted := make(map[session.Code]uint64)
	for n := range s.Incidents {
		for code, count := range s.Incidents[n].Effects {
			counted[code] += count
		}
	}
	// What is forgotten first is what is least severe: what is remembered is the worst.
	bySeverity := slices.Clone(s.Diagnostics)
	slices.SortStableFunc(bySeverity, func(a, b Diagnostic) int { return rank(b.severity()) - rank(a.severity()) })
	var list []Problem
	for _, d := range bySeverity {
		known := min(counted[d.Code], d.Count)
		counted[d.Code] -= known
		if d.Count == known {
			continue
		}
		severity, overruled := d.judged(d.Count - known)
		list = append(list, Problem{
			Code: string(d.Code), Severity: severity, Count: d.Count - known,
			seen: clean(d.Text), forgotten: len(s.Incidents) > 0, overruled: overruled,
			advice: func(l Lang) string { return adviceFor(d.Code, l) },
		})
	}
	return list
}

// explained tells whether a ping failed for what one of the problems is: it has one session,
// and whatever keeps that from working is why.
func (s *Scenario) explained(by []Problem) bool {
	return s.Kind == Ping && slices.ContainsFunc(by, func(p Problem) bool {
		switch session.Code(p.Code) {
		case journal.CodePingFailed, session.CodeTLSFailed, session.CodeRejected, session.CodeNotAnyTLS,
			session.CodeAlert, session.CodeServerSilent, session.CodePathDead, session.CodeSYNACKError:
			return true
		default:
			return false
		}
	})
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
		advice := p.advised(l)
		if advice == "" || p.isOverruled() {
			continue
		}
		if line := say(kAbout, clean(p.Code), advice).in(l); !slices.Contains(list, line) {
			list = append(list, line)
		}
	}
	if !r.begun() {
		return append(list, r.toBegin().in(l))
	}
	var hows []key
	titles := make(map[key][]text)
	for _, item := range r.Checklist() {
		if item.Status != NotMeasured {
			continue
		}
		how := item.how
		if guided, other := guideHows[how]; other && r.guided() {
			how = guided
		}
		switch {
		case item.unseen, item.how == kHowTraffic && r.partlySeen():
			how = kHowWhole // there was traffic, and it was not wholly seen
		case how == kHowProxying && r.cut() > 0:
			how = kHowCompare // more of the same would show no more
		case how == kHowProxying && r.carriedWithErrors():
			how = kHowMend
		}
		if titles[how] == nil {
			hows = append(hows, how)
		}
		titles[how] = append(titles[how], say(item.title))
	}
	for _, how := range hows {
		list = append(list, say(kToMeasure, join(kAndTitle, titles[how]...), say(how)).in(l))
	}
	return list
}
