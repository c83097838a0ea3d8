package report

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A run that sends no requests itself can still see others' traffic pass. Nobody knows what that
// traffic was to be: it shows what worked, and can't show that something did not. So it is
// observed at best. A heartbeat that was lost was lost, whoever caused the load.

// passed says what others' traffic shows of proxying. A target that refuses is no fault of the
// pair's. What was cut off is told, and decides nothing: a server that is restarted cuts streams
// off, and so does a box on the path, and that heartbeats did it shows only where they are left
// out.
func (s *Scenario) passed() (Status, text) {
	p := s.Passing
	switch {
	case s.guided(): // it has requests of its own
		return NotMeasured, say(kNoRequests)
	case s.Kind == Ping:
		return NotMeasured, say(kPingCarriesNothing)
	case p == nil:
		return NotMeasured, say(kNoRequests)
	case p.Streams == 0:
		return NotMeasured, say(kNoStreams)
	}
	evidence := say(kPassingFigures, counted(p.Streams, kOneStream, kSomeStreams), journal.Grouped(p.Carried), amount(p.Refused), amount(p.Cut), size(p.Bytes))
	lacks := func(why text) (Status, text) { return NotMeasured, join(kSemicolon, evidence, why) }
	answered := s.both().Answered
	switch errors := s.count(session.Error); {
	case p.Carried == 0:
		return lacks(say(kNoneCarried))
	case errors > 0: // and one may be why streams were cut off
		return lacks(found(errors))
	case p.Cut > 0:
		return lacks(say(kCutByWhom))
	case answered == 0:
		return lacks(say(kNoneMeanwhile))
	default:
		return Observed, join(kSemicolon, evidence, say(kAnsweredMeanwhile, answered))
	}
}

// busy says what others' traffic shows of heartbeats under load.
func (s *Scenario) busy() (Status, text) {
	switch {
	case s.guided():
		return NotMeasured, say(kNoParallel)
	case s.Kind == Ping:
		return NotMeasured, say(kPingCarriesNothing)
	case s.Passing == nil:
		return NotMeasured, say(kNoRequests)
	}
	b := &s.Passing.Busy
	if b.Answered+b.Lost == 0 {
		return NotMeasured, say(kNotBusy, journal.BusyStreams, b.Streams)
	}
	evidence := say(kBusy, journal.BusyStreams, journal.Grouped(b.Answered), amount(b.Lost))
	switch {
	case b.Lost > 0:
		return Failed, evidence
	case b.Answered < enough:
		return NotMeasured, join(kSemicolon, evidence, say(kTooFew, enough))
	default:
		return Observed, evidence
	}
}
