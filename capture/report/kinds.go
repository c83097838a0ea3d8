package report

import (
	"strings"

	"anytls-inspect/protocol/session"
)

// A run of the guide tries more than plain requests: datagrams, targets of all kinds, and a request
// after idleness. Where a pair fails without the relay too, what fails of these says nothing more.

// datagrams says what came of datagrams. A client that offers none in its SOCKS inbound is told,
// and has failed nothing.
func datagrams(s *Scenario) (Status, text) {
	t := s.UDP
	switch {
	case t == nil || t.Requests == 0:
		return NotMeasured, say(kNoDatagrams)
	case t.refused():
		return NotMeasured, say(kTakesNoDatagrams, clean(t.Failures[0]))
	case t.Failed > 0 && s.alone():
		return NotMeasured, s.alsoDirect()
	}
	direct, lost := s.UDPDirect, s.lostDatagrams()
	switch lost {
	case nil:
		return Passed, t.compared(say(kDatagramsOf, t.Requests, t.Requests))
	case direct:
		return Failed, lost.withFirst(say(kDatagramsDirect, lost.Failed, lost.Requests))
	}
	said := lost.withFirst(say(kDatagramsFailed, lost.Failed, lost.Requests))
	switch {
	case direct.ok():
		said = join(kSemicolon, said, say(kNoneDirect))
	case direct.failed():
		said = join(kSemicolon, said, say(kDatagramsAlso, direct.Failed, direct.Requests))
	}
	return Failed, said
}

// refused tells whether all failed since the client's SOCKS inbound does not know the command:
// RFC 1928 has these words for it.
func (t *Traffic) refused() bool {
	if t.Failed < t.Requests || len(t.Failures) == 0 {
		return false
	}
	for _, failure := range t.Failures {
		if !strings.Contains(strings.ToLower(failure), "command not supported") {
			return false
		}
	}
	return true
}

// lostDatagrams returns the datagrams of which some failed that are held against the pair: those
// through the relay, or where none of these did, those without it; nil: none.
func (s *Scenario) lostDatagrams() *Traffic {
	through, direct := s.UDP, s.UDPDirect
	switch {
	case s.alone():
		return nil
	case through.failed() && !through.refused():
		return through
	case through.ok() && direct.failed() && !direct.refused():
		return direct
	default:
		return nil
	}
}

// maxRows is how many steps, how many targets, and how many items of logs are shown: a report that
// is read may have any number.
const maxRows = 40

// kindNames has the names of kinds of targets.
var kindNames = map[string]key{
	"ipv4": kKindIPv4, "ipv6": kKindIPv6, "name": kKindName, "slow": kKindSlow, "refused": kKindRefused, "silent": kKindSilent,
}

func (k *TargetKind) name() text {
	if name, known := kindNames[k.Kind]; known {
		return say(name)
	}
	return literal(clean(k.Kind))
}

// targets says which kinds of targets went as they should, and what happened with the others.
func targets(s *Scenario) (Status, text) {
	var good, bad []text
	for i := range s.Targets[:min(len(s.Targets), maxRows)] {
		switch k := &s.Targets[i]; {
		case k.OK:
			good = append(good, k.name())
		case k.Text == "":
			bad = append(bad, join(kColon, k.name(), say(kWentWrong)))
		default:
			bad = append(bad, join(kColon, k.name(), literal(clean(k.Text))))
		}
	}
	switch {
	case len(good)+len(bad) == 0:
		return NotMeasured, say(kNoTargets)
	case len(bad) > 0 && s.alone():
		return NotMeasured, s.alsoDirect()
	case len(bad) > 0 && len(good) > 0:
		return Failed, join(kSemicolon, append(bad, say(kWentWell, join(kComma, good...)))...)
	case len(bad) > 0:
		return Failed, join(kSemicolon, bad...)
	default:
		return Passed, say(kWentWell, join(kComma, good...))
	}
}

// targetsFailed returns how many kinds of targets did not go as they should.
func (s *Scenario) targetsFailed() (n uint64) {
	if s.alone() {
		return 0
	}
	for i := range s.Targets {
		if !s.Targets[i].OK {
			n++
		}
	}
	return n
}

// ofSteps returns what failed of what only a run of the guide tries, and the steps that came to no
// end.
func (s *Scenario) ofSteps() (list []text) {
	if s.Spaced.failed() {
		list = append(list, join(kColon, say(kSpacedPath), say(kRequestsFailed, s.Spaced.Failed, s.Spaced.Requests)))
	}
	if s.lostDatagrams() != nil {
		_, said := datagrams(s)
		list = append(list, said)
	}
	if n := s.targetsFailed(); n > 0 {
		list = append(list, say(kTargetsFailed, n))
	}
	if s.idleFailed() {
		list = append(list, join(kColon, say(kIdlePath), say(kRequestsFailed, s.Idle.Failed, s.Idle.Requests)))
	}
	return append(list, s.brokenSteps()...)
}

// brokenSteps says which steps came to no end, and why. What ended the scenario is told of that.
func (s *Scenario) brokenSteps() (list []text) {
	for _, step := range s.shownSteps() {
		if step.Failure != "" && step.Failure != s.Failure {
			list = append(list, say(kStepFailed, step.ID.title(), clean(step.Failure)))
		}
	}
	return list
}

// problemsOfSteps returns the problems that only a run of the guide finds.
func (s *Scenario) problemsOfSteps() (list []Problem) {
	own := func(code string, advice key, n uint64, said text) {
		p := ownProblem(code, advice, n, "")
		p.said = said
		list = append(list, p)
	}
	if s.Spaced.failed() && !s.alone() && !s.Relayed.failed() {
		_, said := s.Spaced.judged()
		own(codeRequestsFailed, kAdviceRecord, s.Spaced.Failed, said)
	}
	if lost := s.lostDatagrams(); lost != nil {
		_, said := datagrams(s)
		advice := kAdviceDatagrams
		if lost == s.UDP && s.UDPDirect.ok() { // the relay's doing
			advice = kAdviceRelayRecord
		}
		own(codeDatagrams, advice, lost.Failed, said)
	}
	if n := s.targetsFailed(); n > 0 {
		_, said := targets(s)
		own(codeTargets, kAdviceTargets, n, said)
	}
	if s.idleFailed() {
		_, said := reuse(s)
		own(codeIdle, kAdviceIdle, s.Idle.Failed, said)
	}
	for _, said := range s.brokenSteps() {
		own(codeStepFailed, kAdviceStep, 1, said)
	}
	for _, p := range logPeers {
		if l := s.log(p.peer, logTrouble); l != nil && l.Error == "" && l.Count > 0 {
			own(p.peer+codeLog, kAdviceLog, l.Count, join(kColon, say(p.name), l.troubles()))
			if l.warns() {
				list[len(list)-1].Severity = session.Warning.String()
			}
		}
	}
	return list
}

// reuse says what came of requests after idleness. Whether the client used a session again or
// opened another is told: it may do either.
func reuse(s *Scenario) (Status, text) {
	i := s.Idle
	switch {
	case i == nil || i.Requests == 0:
		return NotMeasured, say(kNoIdle)
	case i.Failed > 0 && s.alone():
		return NotMeasured, s.alsoDirect()
	}
	status, said := i.judged()
	list := []text{say(kAfterIdle, short(i.Waited), said)}
	switch {
	case i.Sessions > 0:
		list = append(list, counted(i.Sessions, kOneOpened, kSomeOpened))
	case status == Passed:
		list = append(list, say(kUsedAgain))
	}
	if i.Closed > 0 {
		list = append(list, counted(i.Closed, kOneClosed, kSomeClosed))
	}
	return status, join(kSemicolon, list...)
}

// idleFailed tells whether requests after idleness failed that are held against the pair.
func (s *Scenario) idleFailed() bool { return s.Idle != nil && s.Idle.failed() && !s.alone() }
