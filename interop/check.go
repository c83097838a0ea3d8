package interop

import (
	"maps"
	"regexp"
	"slices"
	"strings"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A check is what a run of the guide said of a pair, to be held against what is expected.
type check struct {
	Pair
	report     *report.Report // of the pair alone
	compatible bool
	steps      []report.StepID // all that were to be run, in their order
	long       bool
}

// findings says what is not as it has to be.
func (c *check) findings() (f findings) {
	c.ofNames(&f)
	if c.failed() == c.compatible {
		f.maybe("compatible: %v, though steps or errors say otherwise", c.compatible)
	}
	if v := c.report.Verdict(); c.failed() && !v.Failed() || !c.long && v == report.Fully {
		f.surely("the verdict is %s, of a run that is short; failed: %v", v, c.failed())
	}
	c.ofSteps(&f)
	c.ofBeats(&f)
	c.ofErrors(&f)
	return f
}

// ofNames says which peers are not called as they have to be.
func (c *check) ofNames(f *findings) {
	for i := range c.report.Scenarios {
		s := &c.report.Scenarios[i]
		for _, end := range []struct {
			is  report.Peer
			was Peer
		}{{s.Server, c.Server}, {s.Client, c.Client}} {
			if want := end.was.named(); end.is != want {
				f.surely("the report has %+v, want %+v", end.is, want)
			}
		}
	}
}

// named returns what a report calls the peer.
func (p Peer) named() report.Peer {
	return report.Peer{Name: p.implementation(), Version: strings.TrimPrefix(p.Version, "v"), Language: p.Language}
}

// A judged is a step that was run, or left out.
type judged struct {
	report.StepID
	report.Status
	text string
}

// judged returns the steps.
func (c *check) judged() (list []judged) {
	for i := range c.report.Scenarios {
		s := &c.report.Scenarios[i]
		for _, step := range s.Steps {
			status, text := s.Judge(step.ID, report.English)
			list = append(list, judged{step.ID, status, text})
		}
	}
	return list
}

// failed tells whether something speaks against the pair.
func (c *check) failed() bool {
	return len(c.errors()) > 0 || slices.ContainsFunc(c.judged(), func(j judged) bool { return j.Status == report.Failed })
}

// ofSteps says which steps have not come to what they have to.
func (c *check) ofSteps(f *findings) {
	expected := c.expected(c.long)
	var steps []report.StepID
	for _, j := range c.judged() {
		steps = append(steps, j.StepID)
		// A machine that does other things besides can't tell these two.
		busy := j.Status == report.NotMeasured && (j.StepID == report.StepThroughput || j.StepID == report.StepCPU)
		e := says(expected, j.StepID)
		// Of a pair that fails sometimes, a step that was not measured is one behind a failure.
		behind := e == nil || !e.Sometimes || j.Status != report.NotMeasured || c.failedAs(e)
		if !busy && (!behind || !e.allows(j.StepID, j.Status)) {
			f.maybe("step %s: %s: %s", j.StepID, j.Status, j.text)
		}
	}
	if !slices.Equal(steps, c.steps) {
		f.surely("the steps are %v, want %v", steps, c.steps)
	}
	for i := range c.report.Scenarios {
		for _, failure := range failures(&c.report.Scenarios[i]) {
			if otherBytes.MatchString(failure) {
				f.surely("bytes were changed: %s", failure)
			}
		}
	}
}

// otherBytes finds what is said of a request whose answer is not what was sent.
var otherBytes = regexp.MustCompile("came back as|the answer is .*, want |are not those that were sent")

// failures returns what is said of the requests of a scenario that failed.
func failures(s *report.Scenario) (list []string) {
	for _, t := range []*report.Traffic{s.Direct, s.Relayed, s.Spaced} {
		if t != nil {
			list = append(list, t.Failures...)
		}
	}
	if s.Load != nil {
		list = append(list, s.Load.Failures...)
	}
	return list
}

// ofBeats says of which steps that passed fewer heartbeats were answered than the plan has them wait for,
// or than there was time for.
func (c *check) ofBeats(f *findings) {
	for i := range c.report.Scenarios {
		s := &c.report.Scenarios[i]
		least := uint64(0) // toward each side
		for _, step := range s.Steps {
			if status, _ := s.Judge(step.ID, report.English); status != report.Passed {
				continue
			}
			switch step.ID {
			case report.StepHeartbeats:
				least = 5 // of ten beats
			case report.StepBoth:
				least = uint64(s.Duration/s.Interval) / 2
			case report.StepLoad:
				least = 25
			}
		}
		for p, answered := range map[protocol.Peer]uint64{
			protocol.Server: s.Heartbeats.TowardServer.Injected.Answered,
			protocol.Client: s.Heartbeats.TowardClient.Injected.Answered,
		} {
			if answered < least {
				f.maybe("toward the %v %d heartbeats were answered, want %d: %s", p, answered, least, s.Title)
			}
		}
	}
}

// errors returns the errors that were raised, by their codes.
func (c *check) errors() map[string]report.Problem {
	errors := make(map[string]report.Problem)
	for _, p := range c.report.Problems() {
		if p.Severity == "error" {
			errors[p.Code] = p
		}
	}
	return errors
}

// ofErrors says which errors were raised that may not be, and what was not raised that has to be.
func (c *check) ofErrors(f *findings) {
	expected, errors := c.expected(c.long), c.errors()
	var allowed []string
	for _, e := range expected {
		allowed = append(append(allowed, e.Causes...), e.Others...)
	}
	for _, code := range slices.Sorted(maps.Keys(errors)) {
		if p := errors[code]; !slices.Contains(allowed, code) {
			f.add(slices.Contains(timely, code), "the error %s: %s", code, p.Text(report.English))
		}
	}
	var raised []string
	for _, p := range c.report.Problems() {
		raised = append(raised, p.Code)
	}
	for _, e := range expected {
		for _, code := range e.Shows {
			if !slices.Contains(raised, code) {
				f.maybe("%s is not raised, but %v", code, raised)
			}
		}
		if len(e.Causes) == 0 || e.Sometimes && !c.failedAs(e) {
			continue
		}
		if !e.explainedBy(errors) {
			f.maybe("of %s none is raised and explained by what is known of a peer, but %v", strings.Join(e.Causes, ", "), slices.Sorted(maps.Keys(errors)))
		}
	}
	if cause, advice := c.report.Cause(report.English); len(errors) > 0 && (cause == "" || advice == "") {
		f.surely("the cause is %q, the advice %q", cause, advice)
	}
	if why := c.report.Reason(report.English); c.alone() && !strings.Contains(why, "fails by itself") {
		f.surely("it is not said that the pair fails by itself: %s", why)
	}
}

// explainedBy tells whether one of the errors says why a pair fails, and something is known of a peer
// that explains it. Of a pair that fails only sometimes, that may be an effect of an incident.
func (e *Expected) explainedBy(errors map[string]report.Problem) bool {
	return slices.ContainsFunc(e.Causes, func(code string) bool {
		if p, raised := errors[code]; raised {
			return p.Known(report.English) != ""
		}
		for _, p := range errors {
			if e.Sometimes && p.Effects()[session.Code(code)] > 0 {
				return true
			}
		}
		return false
	})
}

// failedAs tells whether a step failed of which only that is said.
func (c *check) failedAs(e *Expected) bool {
	return slices.ContainsFunc(c.judged(), func(j judged) bool {
		return j.Status == report.Failed && says(c.expected(c.long), j.StepID) == e
	})
}

// alone tells whether requests failed without the relay.
func (c *check) alone() bool {
	return slices.ContainsFunc(c.judged(), func(j judged) bool {
		return j.StepID == report.StepDirect && j.Status == report.Failed
	})
}
