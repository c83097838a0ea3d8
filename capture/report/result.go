package report

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A Status is what came of something that was, or was not, measured.
type Status string

// The statuses.
const (
	Passed      Status = "passed"
	Failed      Status = "failed"
	NotMeasured Status = "not-measured"
)

// all returns the figures of both origins, also where only those were filled in.
// Quantiles are then the worse ones of the two.
func (t *Toward) all() session.Figures {
	if t.Figures != (session.Figures{}) {
		return t.Figures
	}
	return t.Injected.Plus(t.Own)
}

// answers says whether a peer answers: nothing was lost, and something answered.
// In sessions of version 1 no answer is owed; where there are no others, the peer
// does not answer heartbeats.
func answers(f session.Figures) Status {
	switch {
	case f.Settled() == 0:
		return NotMeasured
	case f.Lost > 0 || f.Answered == 0:
		return Failed
	default:
		return Passed
	}
}

// both returns the figures of both directions.
func (s *Scenario) both() session.Figures {
	return s.Heartbeats.TowardServer.all().Plus(s.Heartbeats.TowardClient.all())
}

func (d *Diagnostic) severity() string {
	if d.Severity == "" {
		return journal.Spec(d.Code).Severity.String()
	}
	return d.Severity
}

// count returns how many diagnostics of a severity the scenario had.
func (s *Scenario) count(severity session.Severity) (n uint64) {
	for i := range s.Diagnostics {
		if s.Diagnostics[i].severity() == severity.String() {
			n += s.Diagnostics[i].Count
		}
	}
	return n
}

// Errors returns the number of errors: diagnostics of that severity, and requests
// through the relay that failed.
func (s *Scenario) Errors() uint64 {
	n := s.count(session.Error)
	if s.Relayed != nil {
		n += s.Relayed.Failed
	}
	if s.Load != nil {
		n += s.Load.Failed
	}
	return n
}

// ok reports whether traffic was measured and none of it failed.
func (t *Traffic) ok() bool { return t != nil && t.Requests > 0 && t.Failed == 0 }

// failed reports whether some of it failed.
func (t *Traffic) failed() bool { return t != nil && t.Failed > 0 }

// alone reports whether the pair fails without the relay too: then what fails
// with it is not for the relay, or the heartbeats, to answer for.
func (s *Scenario) alone() bool { return s.Direct.failed() }

// faults say why the scenario failed; there are none if it did not.
func (s *Scenario) faults() []text {
	var list []text
	if s.Failure != "" {
		list = append(list, say(kNotRun, clean(s.Failure)))
	}
	for _, to := range s.ways() {
		if f := to.toward.all(); answers(f) == Failed {
			list = append(list, join(kColon, say(to.name), counts(f)))
		}
	}
	switch {
	case s.Direct.failed() && s.Relayed.failed():
		list = append(list, say(kFailsAlone, s.Direct.Failed, s.Direct.Requests, s.Relayed.Failed, s.Relayed.Requests))
	case s.Direct.ok() && s.Relayed.failed():
		list = append(list, say(kRelayBreaks, s.Relayed.Failed, s.Relayed.Requests))
	case s.Direct.failed() && s.Relayed.ok():
		list = append(list, say(kRelayHides, s.Direct.Failed, s.Direct.Requests))
	case s.Relayed.failed():
		list = append(list, say(kRequestsFailed, s.Relayed.Failed, s.Relayed.Requests))
	case s.Direct.failed():
		list = append(list, say(kDirectFailed, s.Direct.Failed, s.Direct.Requests))
	}
	if l := s.Load; l != nil && (l.Failed > 0 || l.Heartbeats.Lost > 0) {
		list = append(list, say(kLoadFailed, l.Failed, l.Requests, l.Heartbeats.Lost))
	}
	if n := s.count(session.Error); n > 0 {
		list = append(list, say(kErrorsFound, n))
	}
	return list
}

// Result says whether the scenario passed: nothing failed, and what it is about
// was seen, an answer to a heartbeat, of each side in the guide's third.
func (s *Scenario) Result() Status {
	server, client := s.Heartbeats.TowardServer.all().Answered, s.Heartbeats.TowardClient.all().Answered
	switch {
	case len(s.faults()) > 0:
		return Failed
	case server+client == 0, s.Kind == BothDirections && min(server, client) == 0:
		return NotMeasured
	default:
		return Passed
	}
}

// works reports whether anything of what matters was seen to work.
func (s *Scenario) works() bool {
	return s.both().Answered > 0 || s.Relayed != nil && s.Relayed.Failed < s.Relayed.Requests
}

// ran reports whether anything of what matters was measured.
func (s *Scenario) ran() bool {
	return s.both().Settled() > 0 ||
		s.Relayed != nil && s.Relayed.Requests > 0 || s.Direct != nil && s.Direct.Requests > 0
}

// A direction is the heartbeats toward one peer, with its name.
type direction struct {
	name   key
	sender key // who sends requests of its own this way
	toward *Toward
}

// ways returns both directions, the usual one first.
func (s *Scenario) ways() [2]direction {
	return [2]direction{
		{kTowardServer, kClientWord, &s.Heartbeats.TowardServer},
		{kTowardClient, kServerWord, &s.Heartbeats.TowardClient},
	}
}

// counts say what became of heartbeats.
func counts(f session.Figures) text {
	list := []text{say(kSentAnswered, f.Answered, f.Sent)}
	for _, rest := range [...]struct {
		n   uint64
		key key
	}{{f.Lost, kLost}, {f.Late, kLate}, {f.Cut, kCut}, {f.Unsupported, kUnsupported}} {
		if rest.n > 0 {
			list = append(list, say(rest.key, rest.n))
		}
	}
	return join(kComma, list...)
}
