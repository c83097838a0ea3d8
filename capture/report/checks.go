package report

import (
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// What the guide asks for. Where it names no number, the number is this package's.
const (
	enough       = 10                                    // as many heartbeats are repeated ones
	soon         = session.Millis(session.SlowHeartbeat) // the longest round-trip
	mostSoon     = 0.95                                  // of the answers have to be soon
	longRun      = session.Millis(10 * time.Minute)
	loadRequests = 200
	loadInterval = session.Millis(session.SlowHeartbeat) // between heartbeats under load
)

// Heartbeats flow throughout a long run if they do so for most of it and never pause for
// longer than two intervals of the slowest client that is known.
const (
	mostOfLongRun = longRun / 20 * 19
	longestPause  = session.Millis(time.Minute)
)

func serverAnswers(s *Scenario) (Status, text) { return s.answers(protocol.Server) }
func clientAnswers(s *Scenario) (Status, text) { return s.answers(protocol.Client) }

func (s *Scenario) answers(p protocol.Peer) (Status, text) {
	to := s.toward(p)
	status, what := s.answered(to)
	if why, ok := to.withheld(); ok {
		what = join(kSemicolon, what, say(kUnmeasured, why))
	}
	return status, what
}

// answered judges what was sent.
func (s *Scenario) answered(to direction) (Status, text) {
	all := to.all()
	if all.Sent == 0 {
		return NotMeasured, say(kNoneSent)
	}
	var list []text
	for _, origin := range [...]struct {
		name text
		f    session.Figures
	}{{say(kInjected), to.Injected}, {say(kOwnOf, say(to.sender)), to.Own}} {
		if origin.f.Sent > 0 {
			list = append(list, join(kColon, origin.name, counts(origin.f)))
		}
	}
	if len(list) == 0 {
		list = append(list, counts(all))
	}
	return s.settled(all), join(kSemicolon, list...)
}

// clientIsAnswered judges the client's own requests only: the relay absorbs the answers
// to injected ones, so that they don't reach the client.
func clientIsAnswered(s *Scenario) (Status, text) {
	own := s.Heartbeats.TowardServer.Own
	if own.Sent == 0 {
		return NotMeasured, say(kClientSentNone)
	}
	return s.settled(own), join(kColon, say(kOwnOf, say(kClientWord)), counts(own))
}

func proxying(s *Scenario) (Status, text) {
	t := s.ownRequests()
	switch {
	case t == nil:
		return s.passed()
	case t.Failed > 0 && s.alone():
		return NotMeasured, s.alsoDirect()
	case t.Failed > 0:
		return Failed, say(kRequestsFailed, t.Failed, t.Requests)
	case t.BytesCompared == 0:
		return NotMeasured, say(kNotCompared, t.Requests)
	case s.both().Answered == 0:
		return NotMeasured, say(kNoneAnsweredMeanwhile, t.Requests)
	default:
		return Passed, say(kAllRequests, t.Requests, size(t.BytesCompared))
	}
}

func repeated(s *Scenario) (Status, text) {
	both := s.both()
	server, client := s.Heartbeats.TowardServer.all().Answered, s.Heartbeats.TowardClient.all().Answered
	evidence := say(kRepeatedFigures, server, client, both.Lost)
	switch silent := s.silent(); {
	case both.Settled() == 0:
		return NotMeasured, say(kNoneSent)
	case both.Lost > 0:
		return Failed, evidence
	case max(server, client) < enough:
		return NotMeasured, join(kSemicolon, evidence, say(kTooFew, enough))
	case len(silent) > 0:
		return NotMeasured, join(kSemicolon, append([]text{evidence}, silent...)...)
	default:
		return Passed, evidence
	}
}

func underLoad(s *Scenario) (Status, text) {
	l := s.Load
	if l == nil || l.Requests == 0 {
		return s.busy()
	}
	evidence := say(kLoadFigures, l.Requests, l.Parallel, l.Failed, every(l.Interval),
		l.Heartbeats.Answered, l.Heartbeats.Sent, l.Heartbeats.Lost)
	switch {
	case l.Failed > 0 && s.alone():
		return NotMeasured, s.alsoDirect()
	case l.Failed > 0 || l.Heartbeats.Lost > 0:
		return Failed, evidence
	case l.Requests < loadRequests || l.Parallel < 2 || l.Interval <= 0 || l.Interval > loadInterval || l.Heartbeats.Answered == 0:
		return NotMeasured, join(kSemicolon, evidence, say(kTooLittleLoad, loadRequests, short(loadInterval)))
	default:
		return Passed, evidence
	}
}

func long(s *Scenario) (Status, text) {
	h := &s.Heartbeats
	over := session.Millis(h.Last.Sub(h.First))
	evidence := say(kLongFigures, minutes(s.Duration), minutes(min(over, s.Duration)), short(h.Quiet))
	switch {
	case s.Duration < longRun-grace:
		return NotMeasured, say(kTooShort, minutes(s.Duration))
	case s.neverRan(): // for as long as it may have waited
		return NotMeasured, s.notRun()
	case s.Result() == Failed:
		return Failed, join(kSemicolon, append([]text{evidence}, s.faults()...)...)
	case h.First.IsZero() || over < mostOfLongRun || h.Quiet > longestPause:
		return NotMeasured, join(kSemicolon, evidence, say(kNotThroughout))
	default:
		return Passed, evidence
	}
}

func relayChangesNothing(s *Scenario) (Status, text) {
	if s.Direct == nil || s.Relayed == nil || s.Direct.Requests == 0 || s.Relayed.Requests == 0 {
		return NotMeasured, say(kOneSideOnly)
	}
	evidence := say(kRelayFigures, s.Direct.Failed, s.Direct.Requests, s.Relayed.Failed, s.Relayed.Requests)
	if s.Direct.failed() != s.Relayed.failed() {
		return Failed, evidence
	}
	if lost := s.lostDatagrams(); lost != nil && s.UDPDirect != nil && s.UDP.failed() != s.UDPDirect.failed() {
		_, said := datagrams(s)
		return Failed, join(kSemicolon, evidence, said)
	}
	return Passed, evidence
}

// noErrors judges errors and warnings that stand: see [Diagnostic.counts]. What a target refuses
// is told, and is held against neither peer.
func noErrors(s *Scenario) (Status, text) {
	if s.Frames == 0 && len(s.Diagnostics) == 0 && !s.failedToBegin() {
		return NotMeasured, say(kNoFrames)
	}
	errors, warnings, targets := s.count(session.Error), s.count(session.Warning), s.aboutTargets()
	list := []text{tally(errors, warnings, s.count(session.Note), s.Sessions, s.Frames)}
	if targets > 0 {
		list = append(list, say(kOfTargets, targets))
	}
	if n := s.overruled(); n > 0 {
		list = append(list, say(kOverruled, n))
	}
	if said, ok := s.failedSessions(); ok {
		list = append(list, said)
	}
	evidence := join(kSemicolon, list...)
	switch {
	case errors > 0, warnings > targets, s.failedToBegin():
		return Failed, evidence
	case s.noneAccepted():
		return NotMeasured, join(kSemicolon, evidence, say(kNoneAccepted))
	default:
		return Passed, evidence
	}
}

// fast judges the p95: where many heartbeats are sent, one that a machine was late for is no
// finding. What is slower is shown beside it. What was lost came within no time at all: where that
// is more than may be slow, the p95 of what was asked is none.
func fast(s *Scenario) (Status, text) {
	status, doubt := NotMeasured, false // doubt: times may be off by too much to tell
	excused, asLate := false, false     // the machine was late itself
	var list []text
	for _, to := range s.directions() {
		f := to.all()
		if f.Answered+f.Late == 0 {
			continue
		}
		said := say(kQuantiles, f.P50, f.P95, f.P99, f.Max)
		lost := f.Lost - min(f.Late, f.Lost) // that never came: the quantiles don't have them
		if lost > 0 {
			said = join(kComma, said, say(kLost, lost))
		}
		list = append(list, join(kColon, say(to.name), said))
		switch most := max(f.P50, f.P95); {
		case float64(lost) > (1-mostSoon)*float64(f.Answered+f.Late+lost):
			status = Failed
		case most-s.within() >= soon && to.excused():
			excused = true
		case most-s.within() >= soon && s.asLate(to.Toward):
			asLate = true
		case most-s.within() >= soon:
			status = Failed
		case most+s.within() >= soon:
			doubt = true
		case status == NotMeasured:
			status = Passed
		}
	}
	if len(list) == 0 {
		return NotMeasured, say(kNoneAnswered)
	}
	silent := s.silent()
	list = append(list, silent...)
	if late, ok := s.lateness(); ok {
		list = append(list, late)
	}
	switch {
	case status == Failed:
	case asLate:
		status, list = NotMeasured, append(list, say(kMachineAsLate))
	case excused:
		status, list = NotMeasured, append(list, say(kMachineExplains))
	case doubt:
		status, list = NotMeasured, append(list, say(kOffByTooMuch, short(s.within())))
	case len(silent) > 0:
		status = NotMeasured
	}
	return status, join(kSemicolon, list...)
}

// silent says toward which peers heartbeats were sent of which none was answered, be it that they
// were cut off or that the peer owes no answer: what the other one answers does not speak for it.
func (s *Scenario) silent() (list []text) {
	for _, to := range s.directions() {
		f := to.all()
		if f.Answered+f.Late == 0 && (f.Settled() > 0 || f.Sent >= enough) {
			list = append(list, to.noneAnswered())
		}
	}
	return list
}
