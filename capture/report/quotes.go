package report

import (
	"slices"
	"strings"
)

// Why a step failed, an end has often logged: its user is told no more than that it failed.

// withLogged adds what ends logged in the step.
func (s *Step) withLogged(said text) text {
	list := []text{said}
	for _, p := range logPeers {
		if at := slices.IndexFunc(s.Logged, func(q Quote) bool { return q.Peer == p.peer }); at >= 0 {
			list = append(list, say(kPeerLogged, say(p.short), say(kQuoted, cleanLine(s.Logged[at].Line))))
		}
	}
	if len(list) == 1 {
		return said
	}
	return join(kSemicolon, list...)
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
	said = s.Relayed.orElse(s.Direct).withFirst(said)
	if step := s.heldStep(); step != nil {
		said = step.withLogged(said)
	}
	return said
}

// heldAdvice returns what to do about requests that failed, where more is known than that they did.
func (s *Scenario) heldAdvice(otherwise key) key {
	if failed := s.Relayed.orElse(s.Direct); failed.none() && strings.Contains(first(failed.Failures), "nothing listens at the client's SOCKS inbound") {
		return kAdviceInbound
	}
	if s.Relayed.none() && s.Sessions == 0 && len(s.Steps) > 0 && !s.Direct.failed() {
		return kAdviceElsewhere
	}
	if step := s.heldStep(); step != nil && slices.ContainsFunc(step.Logged, Quote.distrusts) {
		return kAdviceTrust
	}
	return otherwise
}

// distrusts tells whether a line is about a certificate that an end does not take. These are the
// words of crypto/tls, rustls, OpenSSL.
func (q Quote) distrusts() bool {
	line := strings.ToLower(q.Line)
	return slices.ContainsFunc([]string{"x509", "certificate", "unknownissuer", "unknown ca"}, func(word string) bool {
		return strings.Contains(line, word)
	})
}
