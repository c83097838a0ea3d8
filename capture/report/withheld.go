package report

import (
	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// stood notes what stood still on the way to a peer.
func (to *Toward) stood(t *journal.Totals, p protocol.Peer) {
	to.Blocked, to.Withheld = nil, nil
	if b := t.Blocked[p.Toward()]; b.Times > 0 {
		still := standstillOf(b)
		to.Blocked = &still
	}
	for _, w := range t.Withheld[p] {
		to.Withheld = append(to.Withheld, Withheld{Why: clip(w.Why), Standstill: standstillOf(w.Standstill)})
	}
}

func standstillOf(s journal.Standstill) Standstill {
	return Standstill{s.Times, session.Millis(s.All), session.Millis(s.Longest)}
}

// whys has a phrase for each reason that the relay gives, with the time for which it held.
// It is never written to.
var whys = map[string]key{
	capture.WaitsWriting.Why(protocol.Server):              kBehindToServer,
	capture.WaitsWriting.Why(protocol.Client):              kBehindToClient,
	capture.WaitsForReader.Why(protocol.Server):            kServersBehind,
	capture.WaitsForReader.Why(protocol.Client):            kClientsBehind,
	capture.WhyTakesNone(protocol.Server, protocol.Server): kServerTookNone,
	capture.WhyTakesNone(protocol.Client, protocol.Client): kClientTookNone,
	capture.WhyTakesNone(protocol.Client, protocol.Server): kClientHeldServer,
	capture.WhyTakesNone(protocol.Server, protocol.Client): kServerHeldClient,
	capture.WaitsMidFrame.Why(protocol.Server):             kInsideFrame, // toward either peer
	capture.WaitsForStop.Why(protocol.Client):              kStillPadded,
	capture.WhyOverflowed(protocol.Client):                 kTooManyOfServer,
	capture.WhyOverflowed(protocol.Server):                 kTooManyOfClient,
	capture.WaitsForAnswers.Why(protocol.Server):           kTooManyUnanswered,
	capture.WaitsInDoubt.Why(protocol.Server):              kFramingInDoubt,
}

// withheld says for how long requests toward the peer were not sent, and why. ok is false
// where they were never withheld.
func (to *Toward) withheld() (why text, ok bool) {
	var list []text
	for i := range to.Withheld {
		w := &to.Withheld[i]
		if w.Times == 0 {
			continue
		}
		said := say(kOtherWhy, w.took())
		if k, known := whys[w.Why]; known {
			said = say(k, w.took())
		} else if w.Why != "" {
			said = say(kWhyFor, clean(w.Why), w.took())
		}
		list = append(list, said)
	}
	return join(kSemicolon, list...), len(list) > 0
}

// took says for how long something stood still in all; where it did so more than once,
// also how often, and the longest time.
func (s *Standstill) took() text {
	if s.Times == 1 {
		return literal(short(s.All))
	}
	return say(kTookTimes, short(s.All), s.Times, short(s.Longest))
}

// standstills returns the lines about what stood still, in the section of a scenario.
func (s *Scenario) standstills(l Lang) (facts []fact) {
	for _, to := range s.directions() {
		if why, ok := to.withheld(); ok {
			facts = append(facts, fact{say(kUnsent, say(to.name)).in(l), why.in(l)})
		}
		if b := to.Blocked; b != nil && b.Times > 0 {
			facts = append(facts, fact{say(kStoodStill, say(to.name)).in(l), b.took().in(l)})
		}
	}
	return facts
}

// remarks says what the diagnostics mean for all that was measured.
func (s *Scenario) remarks() (list []text) {
	if s.Kind == Demo {
		list = append(list, say(kShownOnPurpose))
	}
	for i := range s.Diagnostics {
		if d := &s.Diagnostics[i]; d.Code == session.CodeAnsweredWithNext && d.Count > 0 {
			return append(list, say(kNextFrameRemark))
		}
	}
	return list
}
