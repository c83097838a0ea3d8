package report

import (
	"math"
	"slices"

	"anytls-inspect/protocol/session"
)

// A Machine says how late the machine itself was while a run measured others on it. A [Watch]
// finds that out.
type Machine struct {
	// Timers are those of the program that fired late, by [lateBy] or more, and by how much.
	Timers Standstill `json:"timers"`
	// Waited is the longest that a goroutine of the program was ready to run and did not, to
	// the bound that the runtime counts by.
	Waited session.Millis `json:"waited_ms"`
	// Pressure is the share of the time in which some program of the machine waited for a
	// CPU, from 0 to 1; 0 where the system does not say.
	Pressure float64 `json:"pressure"`
}

// Slow are the round-trips of 100 ms and more toward a peer, held against how late the machine
// was meanwhile.
type Slow struct {
	Of        uint64 `json:"of"`        // all round-trips, quick ones too
	Answers   uint64 `json:"answers"`   // of 100 ms and more
	Explained uint64 `json:"explained"` // of these: less the time by which timers were late, they are quick
	// Others is the longest round-trip that the machine does not explain.
	Others session.Millis `json:"others_max_ms"`
}

// What is worth telling where answers were slow.
const (
	muchLate    = soon / 2 // a timer, or a wait to run
	muchWaiting = 0.1      // of the time
)

// excused tells whether the machine itself explains that answers toward the peer were slow:
// of those that it does not explain, as many are soon as have to be.
func (to *Toward) excused() bool {
	slow := to.Slow
	if slow == nil || slow.Explained == 0 || slow.Explained > slow.Answers || slow.Answers > slow.Of {
		return false // or no Watch wrote it
	}
	quick, others := slow.Of-slow.Answers, slow.Of-slow.Explained
	return float64(quick) >= mostSoon*float64(others)
}

// asLate tells whether the machine was late for as large a share of the time as the share of a peer's answers
// that were slow and that its lateness does not explain one by one, and by as much: it explains others, of
// either peer, and whatever ran on it was slow, on the way there and on the way back. What is slow more often,
// or always, or slower, has another cause.
func (s *Scenario) asLate(to *Toward) bool {
	m, slow := s.Machine, to.Slow
	if m == nil || slow == nil || slow.Explained > slow.Answers || slow.Answers > slow.Of || s.Duration <= 0 {
		return false
	}
	explains := func(d direction) bool { return d.Slow != nil && d.Slow.Explained > 0 }
	late, share := max(m.Timers.Longest, m.Waited), float64(m.Timers.All)/float64(s.Duration)
	unexplained, others := slow.Answers-slow.Explained, slow.Of-slow.Explained
	return slices.ContainsFunc(s.directions(), explains) && late >= muchLate &&
		float64(unexplained) <= share*float64(others) && slow.Others < soon+2*late && to.all().P50 < soon
}

// lateness says how late the machine itself was, for who reads of slow answers. ok is false
// where it was not, or nobody watched, or no answer was slow.
func (s *Scenario) lateness() (said text, ok bool) {
	m := s.Machine
	if m == nil {
		return text{}, false
	}
	var explained, list []text
	slow := false
	for _, to := range s.directions() {
		slow = slow || to.all().Max >= soon
		one := to.Slow
		if one == nil || one.Explained == 0 {
			continue
		}
		what := say(kExplains, one.Explained, one.Answers)
		if one.Others > 0 {
			what = join(kComma, what, say(kOthersTook, one.Others))
		}
		explained = append(explained, join(kColon, say(to.name), what))
	}
	if !slow {
		return text{}, false
	}
	var late []text
	if m.Timers.Times > 0 && (len(explained) > 0 || m.Timers.Longest >= muchLate) {
		by := say(kTimersLate, m.Timers.Longest, m.Timers.Times)
		if m.Timers.Times == 1 {
			by = say(kTimerLate, m.Timers.Longest)
		}
		late = append(late, by)
	}
	if m.Waited >= muchLate {
		late = append(late, say(kWaitedToRun, m.Waited))
	}
	if len(late) > 0 {
		list = append(list, join(kColon, say(kMachineLate), join(kComma, late...)))
	}
	if m.Pressure >= muchWaiting {
		list = append(list, say(kPressed, math.Round(100*min(m.Pressure, 1))))
	}
	list = append(list, explained...)
	return join(kSemicolon, list...), len(list) > 0
}

// slowBesideLateness tells whether answers were too slow for a peer, and the machine itself late: a
// verdict that says the one without the other would accuse.
func (r *Report) slowBesideLateness() bool {
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		if _, late := s.lateness(); !late {
			continue
		}
		if status, _ := fast(s); status == Failed {
			return true
		}
	}
	return false
}
