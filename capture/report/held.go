package report

import (
	"slices"
	"strings"
)

// The same requests are sent without the relay and through it. What came of these, held against
// what came of those, tells a pair that fails by itself from one that the relay breaks.

// A comparison is of requests of which some failed, on one way at least.
type comparison struct {
	said   text
	code   string   // of the problem that it is
	advice key      // on that, where no more is known
	of     *Traffic // those that failed which count
}

// held holds requests through the relay against the same without it; nil: none failed.
func (s *Scenario) held() *comparison {
	direct, relayed := s.Direct, s.Relayed
	switch {
	case direct.failed() && relayed.failed():
		said := say(kFailsAlone, direct.Failed, direct.Requests, relayed.Failed, relayed.Requests)
		return &comparison{said, codeFailsAlone, kAdviceFailsAlone, direct}
	case direct.ok() && relayed.failed():
		return &comparison{say(kRelayBreaks, relayed.Failed, relayed.Requests), codeRelayBreaks, kAdviceRelayBreaks, relayed}
	case direct.failed() && relayed.ok():
		return &comparison{say(kRelayHides, direct.Failed, direct.Requests), codeRelayHides, kAdviceRelayHides, direct}
	case relayed.failed():
		return &comparison{say(kRequestsFailed, relayed.Failed, relayed.Requests), codeRequestsFailed, kAdviceRequests, relayed}
	case direct.failed():
		return &comparison{say(kDirectFailed, direct.Failed, direct.Requests), codeFailsAlone, kAdviceFailsAlone, direct}
	default:
		return nil
	}
}

// none tells whether requests were sent, and not one succeeded.
func (t *Traffic) none() bool { return t.failed() && t.Failed == t.Requests }

// heldFirst returns the requests through the relay where some of them failed, or else those without
// it.
func (s *Scenario) heldFirst() *Traffic {
	if s.Relayed.failed() {
		return s.Relayed
	}
	return s.Direct
}

// heldStep returns the step that requests failed in which are held against each other: the one
// without the relay where it failed, or else the one through it; nil: it was none.
func (s *Scenario) heldStep() *Step {
	id := StepRelayed
	if s.Direct.failed() {
		id = StepDirect
	}
	at := slices.IndexFunc(s.Steps, func(step Step) bool { return step.ID == id })
	if at < 0 {
		return nil
	}
	return &s.Steps[at]
}

// heldWhole returns what [Scenario.held] said, with the first failure, and what ends logged.
func (s *Scenario) heldWhole(said text) text {
	said = s.heldFirst().withFirst(said)
	if step := s.heldStep(); step != nil {
		said = step.withLogged(said)
	}
	return said
}

// heldAdvice returns what to do about requests that failed, where more is known than that they did.
func (s *Scenario) heldAdvice(otherwise key) key {
	if failed := s.heldFirst(); failed.none() && strings.Contains(first(failed.Failures), "nothing listens at the client's SOCKS inbound") {
		return kAdviceInbound
	}
	if s.Relayed.none() && s.Sessions == 0 && s.guided() && !s.Direct.failed() {
		return kAdviceElsewhere
	}
	if step := s.heldStep(); step != nil && slices.ContainsFunc(step.Logged, Quote.distrusts) {
		return kAdviceTrust
	}
	return s.byGuide(otherwise)
}
