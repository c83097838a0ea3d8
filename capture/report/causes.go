package report

import (
	"strconv"

	"anytls-inspect/protocol/session"
)

// What a verdict has in front: why what failed did so, in sentences.

// fewCauses is how many scenarios a verdict gives causes of.
const fewCauses = 3

// causes says why no session came about, what the worst error was, or why the run did not come to
// its end, of the first few scenarios that failed for such. Where requests were sent without the
// relay too, it says whether the pair fails by itself.
func (r *Report) causes() (list []text) {
	for i := range r.Scenarios {
		if len(list) == fewCauses {
			break
		}
		why := r.Scenarios[i].causes()
		switch {
		case len(why) == 0:
		case r.only(r.number(i)):
			return why
		default:
			list = append(list, say(kInScenario, strconv.Itoa(r.number(i)), join(kSemicolon, why...)))
		}
	}
	if len(list) == 0 {
		list = r.logged(false)
	}
	return list
}

// only tells whether nothing but the scenario of a number was run.
func (r *Report) only(n int) bool {
	for i := range r.Scenarios {
		if r.number(i) != n && !r.Scenarios[i].allSkipped() {
			return false
		}
	}
	return true
}

// causes says why the scenario failed.
func (s *Scenario) causes() (why []text) {
	switch cause := s.cause(session.Error); {
	case s.failedToBegin():
		why = s.noSession()
	case s.Failure != "" && s.ran() && s.guided(): // an end is gone: the rest follows from that
		why = append(why, s.notRun())
	case cause != "":
		why = append(why, literal(cause))
	case s.Failure != "" && s.ran():
		why = append(why, s.notRun())
	case s.Relayed.none() && s.refused(): // the server has said why
		why = append(why, literal(s.cause(session.Warning)))
	}
	if held := s.held(); held != nil && (s.Direct != nil || s.guided()) {
		said := held.said
		if len(why) == 0 { // else it has been said what they failed of
			said = s.heldWhole(said)
		}
		why = append(why, said)
	}
	if len(why) == 0 && s.guided() {
		if failed := s.problemsOfSteps(); len(failed) > 0 && len(s.ofSteps()) > 0 { // of the logs, others tell
			why = append(why, failed[0].said)
		}
	}
	return why
}

// Cause says in a language what the problem is that the others may follow from, what to do about it,
// and what is known of it. Both texts are empty where there is none: a run may be incompatible, or
// undecided, for what no problem says.
func (r *Report) Cause(l Lang) (cause, advice string) {
	p := r.rootProblem()
	if p == nil {
		return "", ""
	}
	return p.Text(l), p.advised(l)
}

// rootProblem returns the problem that the others may follow from: of the first scenario that has
// an error, that a program could not be started or has ended, else the worst. Warnings count where
// there is no error; nil: there is neither.
func (r *Report) rootProblem() *Problem {
	problems := r.Problems() // the worst first
	if root := rootOf(problems, session.Error); root != nil {
		return root
	}
	return rootOf(problems, session.Warning)
}

func rootOf(problems []Problem, severity session.Severity) (root *Problem) {
	for i := range problems {
		p := &problems[i]
		if p.Severity != severity.String() || severity == session.Warning && p.Code == string(session.CodeSYNACKError) {
			continue // that a target can't be reached is no fault of the pair: one of the guide's own refuses
		}
		if root == nil || p.Scenarios[0] < root.Scenarios[0] ||
			p.Scenarios[0] == root.Scenarios[0] && p.Code == CodeNotRun {
			root = p
		}
	}
	return root
}

// refused tells whether the worst that was seen is that the server refused streams.
func (s *Scenario) refused() bool {
	return len(s.Incidents) > 0 && s.Incidents[0].Cause == session.CodeSYNACKError
}

// logged says which errors peers logged, or which warnings where these are all.
func (r *Report) logged(warnings bool) (list []text) {
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		for _, p := range logPeers {
			l := s.log(p.peer, logTrouble)
			if l == nil || l.Error != "" || l.Count == 0 || l.warns() != warnings || len(list) == fewCauses {
				continue
			}
			list = append(list, join(kColon, say(p.name), l.troubles()))
		}
	}
	return list
}
