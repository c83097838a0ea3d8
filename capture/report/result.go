package report

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A Status says whether something passed, as far as it was measured.
type Status string

// The statuses.
const (
	Passed      Status = "passed"
	Failed      Status = "failed"
	NotMeasured Status = "not-measured"
	// Observed: others' traffic showed it, which passed through while nobody drove it for the run.
	Observed Status = "observed"
)

// all returns the figures of both origins. Where only the origins' own are filled in, it
// adds them up: the quantiles are then the worse ones of the two.
func (t *Toward) all() session.Figures {
	if t.Figures != (session.Figures{}) {
		return t.Figures
	}
	return t.Injected.Plus(t.Own)
}

// answers says whether a peer answers heartbeats: something was answered, and nothing was
// lost. A session of version 1 owes no answer; a peer that has only such sessions does
// not answer.
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

// severity returns the severity, that of the code where none is set.
func (d *Diagnostic) severity() string {
	if d.Severity == "" {
		return journal.Spec(d.Code).Severity.String()
	}
	return d.Severity
}

// count returns how many diagnostics of a severity the scenario had. Those about the tool
// itself don't count: a full disk says nothing of the pair.
func (s *Scenario) count(severity session.Severity) (n uint64) {
	for i := range s.Diagnostics {
		if d := &s.Diagnostics[i]; d.severity() == severity.String() && !journal.AboutTool(d.Code) {
			n += s.Diagnostics[i].Count
		}
	}
	return n
}

// Errors returns the number of errors: diagnostics of that severity, and failed requests
// through the relay.
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

// ok tells whether traffic was measured and none of it failed.
func (t *Traffic) ok() bool { return t != nil && t.Requests > 0 && t.Failed == 0 }

// failed tells whether some of the traffic failed.
func (t *Traffic) failed() bool { return t != nil && t.Failed > 0 }

// alone tells whether the pair fails without the relay too. The relay and the heartbeats
// are then not to blame for what fails with them.
func (s *Scenario) alone() bool { return s.Direct.failed() }

// faults returns the reasons why the scenario failed. There are none if it did not.
func (s *Scenario) faults() []text {
	var list []text
	if s.Failure != "" {
		list = append(list, say(kNotRun, clean(s.Failure)))
	}
	for _, to := range s.directions() {
		if f := to.all(); s.settled(f) == Failed {
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

// Result says whether the scenario passed: it has no faults, all of it was seen, and a
// heartbeat was answered; in the guide's third scenario, by each side.
func (s *Scenario) Result() Status {
	server, client := s.Heartbeats.TowardServer.all().Answered, s.Heartbeats.TowardClient.all().Answered
	switch {
	case len(s.faults()) > 0:
		return Failed
	case server+client == 0, s.Kind == BothDirections && min(server, client) == 0, s.partlySeen():
		return NotMeasured
	default:
		return Passed
	}
}

// works tells whether a heartbeat was answered or a request through the relay succeeded.
func (s *Scenario) works() bool {
	return s.both().Answered > 0 || s.Relayed != nil && s.Relayed.Failed < s.Relayed.Requests
}

// ran tells whether heartbeats or requests were measured at all.
func (s *Scenario) ran() bool {
	return s.both().Settled() > 0 ||
		s.Relayed != nil && s.Relayed.Requests > 0 || s.Direct != nil && s.Direct.Requests > 0
}

// A direction is the heartbeats toward one peer, and what a report calls them.
type direction struct {
	*Toward
	name   key
	sender key // the peer that may send requests of its own in this direction
}

// toward returns the heartbeats toward a peer.
func (s *Scenario) toward(p protocol.Peer) direction {
	return protocol.ByPeer[direction]{
		protocol.Server: {&s.Heartbeats.TowardServer, kTowardServer, kClientWord},
		protocol.Client: {&s.Heartbeats.TowardClient, kTowardClient, kServerWord},
	}[p]
}

// directions returns both directions, in the order in which a report shows them.
func (s *Scenario) directions() []direction {
	return []direction{s.toward(protocol.Server), s.toward(protocol.Client)}
}

// counts returns a text that says what became of heartbeats.
func counts(f session.Figures) text {
	list := []text{say(kSentAnswered, f.Answered, f.Sent)}
	for _, rest := range [...]struct {
		n   uint64
		key key
	}{{f.Lost, kLost}, {f.Late, kLate}, {f.Cut, kCut}, {f.Unsupported, kUnsupported}, {f.Estimated, kEstimated}} {
		if rest.n > 0 {
			list = append(list, say(rest.key, rest.n))
		}
	}
	return join(kComma, list...)
}
