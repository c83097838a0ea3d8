package report

import (
	"strings"

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

// tells orders statuses by how much each says of several scenarios: what failed in one failed.
func (s Status) tells() int {
	switch s {
	case Failed:
		return 3
	case Passed:
		return 2
	case Observed:
		return 1
	default:
		return 0
	}
}

// ticked tells whether a report ticks an item.
func (s Status) ticked() bool { return s == Passed || s == Observed }

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
func (s *Scenario) both() session.Figures { return s.Heartbeats.both() }

func (h *Heartbeats) both() session.Figures { return h.TowardServer.all().Plus(h.TowardClient.all()) }

// ok tells whether traffic was measured and none of it failed.
func (t *Traffic) ok() bool { return t != nil && t.Requests > 0 && t.Failed == 0 }

// failed tells whether some of the traffic failed.
func (t *Traffic) failed() bool { return t != nil && t.Failed > 0 }

// ownRequests returns all requests that the run sent through the relay, but for those of a load
// beside them; nil where it sent none.
func (s *Scenario) ownRequests() *Traffic {
	var all Traffic
	for _, t := range [...]*Traffic{s.Relayed, s.Spaced} {
		if t != nil {
			all.Requests += t.Requests
			all.Failed += t.Failed
			all.BytesCompared += t.BytesCompared
		}
	}
	switch {
	case all.Requests > 0:
		return &all
	case s.Load != nil && s.guided() && s.Load.Requests > 0: // a part of its own
		return &s.Load.Traffic
	default:
		return nil
	}
}

// alone tells whether the pair fails without the relay too. The relay and the heartbeats
// are then not to blame for what fails with them.
func (s *Scenario) alone() bool { return s.Direct.failed() }

// alsoDirect says of a pair that fails alone how it did.
func (s *Scenario) alsoDirect() text { return say(kPairFails, s.Direct.Failed, s.Direct.Requests) }

// faults returns the reasons why the scenario failed. There are none if it did not.
func (s *Scenario) faults() []text {
	var list []text
	begun := !s.failedToBegin()
	if !begun {
		list = append(list, s.noSession()...)
	}
	if s.Failure != "" && (begun || !s.explained(s.incidents())) {
		list = append(list, s.notRun())
	}
	for _, to := range s.directions() {
		if f := to.all(); s.settled(f) == Failed {
			list = append(list, join(kColon, say(to.name), counts(f)))
		}
	}
	if held := s.held(); held != nil {
		list = append(list, held.said)
	}
	list = append(list, s.ofSteps()...)
	if l := s.Load; l != nil && (l.Failed > 0 || l.Heartbeats.Lost > 0) {
		list = append(list, say(kLoadFailed, l.Failed, l.Requests, l.Heartbeats.Lost))
	}
	if n := s.count(session.Error); n > 0 {
		list = append(list, s.errorsFound(n, begun))
	}
	return list
}

// open returns the reasons why it can't be said that the scenario passed, where it has no faults:
// no heartbeat was answered, or not by each side in the guide's third scenario; not all was seen;
// no session is known to have come about.
func (s *Scenario) open() []text {
	if s.allSkipped() {
		return s.skipped()
	}
	var list []text
	if s.noClient() {
		if why := s.firstTry(); why != "" {
			list = append(list, literal(why))
		}
		return append(list, say(kNoClient))
	}
	if s.noneAccepted() {
		list = append(list, say(kNoneAccepted))
	}
	switch both := s.both(); {
	case both.Sent == 0 && s.partlySeen():
		list = append(list, say(kNoneWasSeen))
	case both.Sent == 0:
		list = append(list, say(kNoneSent))
	case both.Answered == 0:
		list = append(list, say(kNoneAnswered))
	case s.Kind == BothDirections:
		for _, to := range s.directions() {
			if to.all().Answered == 0 {
				list = append(list, to.noneAnswered())
			}
		}
	}
	if s.partlySeen() {
		list = append(list, say(kNotAllSeen))
	}
	return list
}

// Result says whether the scenario passed: it has no faults, and nothing about it is open.
func (s *Scenario) Result() Status {
	switch {
	case len(s.faults()) > 0:
		return Failed
	case len(s.open()) > 0:
		return NotMeasured
	default:
		return Passed
	}
}

// works tells whether a heartbeat was answered, a request through the relay succeeded, or a
// stream of others carried payload both ways. A client answers the relay also where the server has
// accepted no session: that shows nothing of the pair.
func (s *Scenario) works() bool {
	answered := s.both().Answered
	if s.noneAccepted() {
		answered = s.Heartbeats.TowardServer.all().Answered
	}
	return answered > 0 || s.Relayed != nil && s.Relayed.Failed < s.Relayed.Requests ||
		s.Passing != nil && s.Passing.Carried > 0
}

// worksAlone tells whether a request without the relay succeeded.
func (s *Scenario) worksAlone() bool { return s.Direct != nil && s.Direct.Failed < s.Direct.Requests }

// ran tells whether anything is known of the pair: heartbeats or requests were measured, streams
// passed, or the server was seen to accept sessions or not to.
func (s *Scenario) ran() bool {
	return s.works() || s.both().Settled() > 0 || s.failedToBegin() || s.Outcomes != nil && s.Outcomes.Accepted > 0 ||
		s.Relayed != nil && s.Relayed.Requests > 0 || s.Direct != nil && s.Direct.Requests > 0
}

// neverRan tells whether the scenario could not be run so that nothing is known of its peers,
// neither good nor bad.
func (s *Scenario) neverRan() bool { return s.Failure != "" && !s.ran() }

// notRun says why the scenario could not be run, or not to its end.
func (s *Scenario) notRun() text {
	if s.neverRan() {
		return say(kNeverRan, clean(s.Failure))
	}
	return say(kNotRun, clean(s.Failure))
}

// notRunAdvice says what to do about that.
func (s *Scenario) notRunAdvice() key {
	failure, _, _ := strings.Cut(s.Failure, "“") // without what a program wrote
	switch {
	case !s.neverRan():
		return kAdviceBrokeOff
	case !s.guided():
		return kAdviceNotRun
	case strings.Contains(failure, " before it listened at "), strings.Contains(failure, " does not listen at "):
		return kAdviceNotListening
	case strings.Contains(failure, " is not found") && !strings.Contains(failure, ", is not found"): // which is what runs it
		return kAdviceNotFound
	default:
		return kAdviceNotRun
	}
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

// noneAnswered says that no heartbeat in the direction was answered.
func (to direction) noneAnswered() text { return join(kColon, say(to.name), say(kNoneAnswered)) }

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
