package report

import (
	"slices"
	"strings"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// What a verdict has in front: why what failed did so, in sentences.

// fewCauses is how many scenarios a verdict gives causes of.
const fewCauses = 3

// A caused is why scenarios failed that failed for the same.
type caused struct {
	numbers []int
	of      *Scenario // the first of them
	why     []text
}

// causes says why no session came about, what the worst error was, or why the run did not come to
// its end, for the first few reasons for which scenarios failed. Where requests were sent without
// the relay too, it says whether the pair fails by itself. What befell several scenarios of a pair
// alike is said once, as the first of them has it. named is how many scenarios that is said of.
func (r *Report) causes() (list []text, named int) {
	var all []caused
	for i := range r.Scenarios {
		s, n := &r.Scenarios[i], r.number(i)
		why := s.causes()
		if len(why) == 0 {
			continue
		}
		one := caused{[]int{n}, s, why}
		if at := slices.IndexFunc(all, func(have caused) bool { return have.alike(&one) }); at >= 0 {
			all[at].numbers = append(all[at].numbers, n)
			continue
		}
		all = append(all, one)
	}
	for _, one := range all[:min(len(all), fewCauses)] {
		named += len(one.numbers)
		if r.only(one.numbers...) {
			return one.why, named
		}
		list = append(list, join(kColon, numbers(one.numbers), join(kSemicolon, one.why...)))
	}
	if len(list) == 0 {
		list = r.logged(false)
	}
	return list, named
}

// alike tells whether scenarios of one pair failed for reasons that differ in figures only, one by one, or by
// errors of one kind of one peer.
func (c *caused) alike(o *caused) bool {
	return c.of.Server == o.of.Server && c.of.Client == o.of.Client && slices.EqualFunc(c.why, o.why, func(a, b text) bool {
		one, other := a.in(English), b.in(English)
		switch {
		case figures.ReplaceAllString(one, "#") == figures.ReplaceAllString(other, "#"):
			return true
		case a.key != kLiteral || b.key != kLiteral:
			return false
		default:
			code := c.of.worstCode()
			return code != "" && code == o.of.worstCode() && firstNamed(one) == firstNamed(other)
		}
	})
}

// firstNamed returns the peer that a sentence names first; empty: it names none.
func firstNamed(said string) string {
	peers := [...]string{protocol.Server.String(), protocol.Client.String()}
	first, at := "", len(said)
	for _, peer := range peers {
		if i := strings.Index(said, peer); i >= 0 && i < at {
			first, at = peer, i
		}
	}
	return first
}

// worstCode returns the code of the worst error; empty: there is none.
func (s *Scenario) worstCode() session.Code {
	if in := s.worst(session.Error); in != nil {
		return in.Cause
	}
	if d := s.worstDiagnostic(session.Error); d != nil {
		return d.Code
	}
	return ""
}

// only tells whether nothing but the scenarios of some numbers was run.
func (r *Report) only(numbers ...int) bool {
	for i := range r.Scenarios {
		if !slices.Contains(numbers, r.number(i)) && !r.Scenarios[i].allSkipped() {
			return false
		}
	}
	return true
}

// causes says why the scenario failed.
func (s *Scenario) causes() (why []text) {
	mute := s.mute()
	switch cause := s.cause(session.Error); {
	case len(mute) > 0:
		why = mute
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
	if said, p := r.muteCause(); p != nil {
		return said.in(l), p.advised(l)
	}
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
		switch {
		case p.Severity != severity.String(), isOfOutput(session.Code(p.Code)):
			continue
		case severity == session.Warning && p.Code == string(session.CodeSYNACKError):
			continue // that a target can't be reached is no fault of the pair: one of the guide's own refuses
		}
		if root == nil || p.Scenarios[0] < root.Scenarios[0] ||
			p.Scenarios[0] == root.Scenarios[0] && p.Code == CodeNotRun {
			root = p
		}
	}
	return root
}

// isOfOutput tells whether a code is of what the tool writes and shows, from which nothing follows for the
// pair.
func isOfOutput(code session.Code) bool {
	return journal.AboutTool(code) && code != journal.CodePreflight && code != journal.CodePingFailed
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
