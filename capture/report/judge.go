package report

import (
	"slices"

	"anytls-inspect/protocol"
)

// A run of the guide goes through steps. What a step came to follows from what it measured, by the
// checks of the checklist where there are such.

// stepTitles has the titles of the steps.
var stepTitles = map[StepID]key{
	StepDirect: kStepDirect, StepRelayed: kStepRelayed, StepHeartbeats: kStepHeartbeats, StepLogs: kStepLogs,
	StepUDP: kStepUDP, StepTargets: kStepTargets, StepIdle: kStepIdle, StepLoad: kStepLoad,
	StepThroughput: kStepThroughput, StepBoth: kStepBoth, StepCPU: kStepCPU,
}

// StepTitle returns the title of a step in a language. One that nobody knows has its id.
func StepTitle(id StepID, l Lang) string { return id.title().in(l) }

func (id StepID) title() text {
	if k, known := stepTitles[id]; known {
		return say(k)
	}
	return literal(clean(string(id)))
}

// Judge returns what a step came to, and says it in a language. A step that is none of the
// scenario's is judged by what was measured all the same.
func (s *Scenario) Judge(id StepID, l Lang) (Status, string) {
	at := slices.IndexFunc(s.Steps, func(step Step) bool { return step.ID == id })
	if at < 0 {
		status, said := s.measured(id)
		return status, said.in(l)
	}
	status, said := s.judgeStep(at)
	return status, said.in(l)
}

// has tells whether a step belongs to the scenario. One of no run of the guide has no steps, and may
// be of any.
func (s *Scenario) has(id StepID) bool {
	return !s.guided() || slices.ContainsFunc(s.Steps, func(step Step) bool { return step.ID == id })
}

// judgeStep judges one of the scenario's steps. It looks at no more than are shown.
func (s *Scenario) judgeStep(at int) (Status, text) {
	if at >= maxRows {
		return NotMeasured, say(kUnknownStep)
	}
	step := &s.Steps[at]
	ended := s.Failure != "" && at == s.endedIn()
	switch {
	case step.Failure == "" && !ended && step.Skipped != "":
		return NotMeasured, literal(clean(step.Skipped))
	case step.Failure == "" && !ended:
		status, said := s.measured(step.ID)
		if status == Failed {
			said = step.withLogged(said)
		}
		return status, said
	}
	var list []text
	if step.Failure != "" {
		list = append(list, literal(clean(step.Failure)))
	}
	if ended && step.Failure != s.Failure {
		list = append(list, s.notRun())
	}
	if step.Skipped == "" {
		if status, said := s.measured(step.ID); status != NotMeasured {
			list = append(list, said)
		}
	}
	return Failed, join(kSemicolon, list...)
}

// shownSteps returns the steps that are shown.
func (s *Scenario) shownSteps() []Step { return s.Steps[:min(len(s.Steps), maxRows)] }

// endedIn returns the step that the scenario's failure ended: the one that has the same failure,
// or else the last one that was run; where none was, the first. A step before it may have failed for
// another reason. Logs are read whatever happened.
func (s *Scenario) endedIn() int {
	shown := s.shownSteps()
	if at := slices.IndexFunc(shown, func(step Step) bool { return step.Failure == s.Failure }); at >= 0 {
		return at
	}
	for at := len(shown) - 1; at >= 0; at-- {
		if shown[at].Skipped == "" && shown[at].ID != StepLogs {
			return at
		}
	}
	return 0
}

// allSkipped tells whether the scenario has steps of which none was run, for other reasons than a
// failure of its own, and nothing was seen of it.
func (s *Scenario) allSkipped() bool {
	seen := s.Sessions > 0 || s.Frames > 0 || len(s.Diagnostics) > 0 || s.Direct != nil || s.Relayed != nil || s.both().Sent > 0
	return s.Failure == "" && !seen && s.guided() && !slices.ContainsFunc(s.Steps, func(step Step) bool { return step.Skipped == "" })
}

// skipped says why a scenario was not run of which all steps are skipped: each reason once.
func (s *Scenario) skipped() (list []text) {
	var seen []string
	for _, step := range s.shownSteps() {
		if why := clean(step.Skipped); !slices.Contains(seen, why) {
			seen, list = append(seen, why), append(list, literal(why))
		}
	}
	return list
}

// skipped says why scenarios were not run of which all steps are skipped: each reason once.
func (r *Report) skipped() (list []text) {
	seen := make(map[string]bool)
	for i := range r.Scenarios {
		for _, why := range r.Scenarios[i].skipped() {
			if said := why.in(English); !seen[said] {
				seen[said], list = true, append(list, why)
			}
		}
	}
	return list
}

// measured says what was measured of a step.
func (s *Scenario) measured(id StepID) (Status, text) {
	switch id {
	case StepDirect:
		return s.Direct.judged()
	case StepRelayed:
		return s.relayed()
	case StepHeartbeats:
		return s.beats()
	case StepLogs:
		return s.logged()
	case StepUDP:
		return datagrams(s)
	case StepTargets:
		return targets(s)
	case StepIdle:
		return reuse(s)
	case StepLoad:
		return underLoad(s)
	case StepThroughput:
		return throughput(s)
	case StepBoth:
		return s.whole()
	case StepCPU:
		return cpu(s)
	default:
		return NotMeasured, say(kUnknownStep)
	}
}

// judged says what came of requests.
func (t *Traffic) judged() (Status, text) {
	switch {
	case t == nil || t.Requests == 0:
		return NotMeasured, say(kNoRequests)
	case t.Failed > 0:
		return Failed, t.withFirst(say(kRequestsFailed, t.Failed, t.Requests))
	default:
		return Passed, t.compared(say(kRequestsOf, t.Requests, t.Requests))
	}
}

// withFirst adds the first failure.
func (t *Traffic) withFirst(said text) text {
	if len(t.Failures) == 0 {
		return said
	}
	return join(kComma, said, say(kTheFirst, clean(t.Failures[0])))
}

// compared adds how much was compared.
func (t *Traffic) compared(said text) text {
	if t.BytesCompared == 0 {
		return join(kComma, said, say(kNoneCompared))
	}
	return join(kComma, said, say(kSizeCompared, size(t.BytesCompared)))
}

// relayed says what came of requests through the relay, beside the same without it.
func (s *Scenario) relayed() (Status, text) {
	status, said := s.Relayed.judged()
	switch {
	case status != Failed:
	case s.alone():
		said = join(kSemicolon, said, s.alsoDirect())
	case s.Direct.ok():
		said = join(kSemicolon, said, say(kNoneDirect))
	}
	return status, said
}

// beats says what came of heartbeats both ways, and of the requests meanwhile.
func (s *Scenario) beats() (Status, text) {
	var list []text
	var all []Status
	if s.Spaced != nil {
		status, said := s.Spaced.judged()
		all, list = append(all, status), append(list, said)
	}
	for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
		status, said := s.answered(s.toward(p))
		if status != Passed {
			status, said = s.answers(p) // why some were not sent explains it
		}
		all, list = append(all, status), append(list, join(kColon, say(s.toward(p).name), said))
	}
	status := Passed
	switch {
	case slices.Contains(all, Failed):
		status = Failed
	case slices.Contains(all, NotMeasured):
		status = NotMeasured
	}
	return status, join(kSemicolon, list...)
}

// whole says what came of all that was measured, for as long as it ran. What kept a later step
// from its end is not held against it.
func (s *Scenario) whole() (Status, text) {
	one := *s
	one.Failure, one.Steps = "", nil
	status := one.Result()
	if s.Heartbeats.both().Sent == 0 && s.Relayed == nil {
		return NotMeasured, say(kNoneSent)
	}
	list := []text{say(kRanFor, short(s.Duration))}
	if s.Relayed != nil && s.Relayed.Failed == 0 {
		_, said := s.Relayed.judged()
		list = append(list, said)
	}
	switch status {
	case Failed:
		list = append(list, one.faults()...)
		if s.Relayed != nil && s.Relayed.Failed > 0 && len(s.Relayed.Failures) > 0 {
			list = append(list, say(kTheFirst, clean(s.Relayed.Failures[0])))
		}
	case NotMeasured:
		list = append(list, one.open()...)
	default:
		for _, to := range s.directions() {
			list = append(list, join(kColon, say(to.name), counts(to.all())))
		}
	}
	return status, join(kSemicolon, list...)
}
