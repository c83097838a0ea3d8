package interop

import (
	"fmt"
	"maps"
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

// problems says what is not as it has to be.
func (c *check) problems() []string {
	problems := c.ofNames()
	if c.failed() == c.compatible {
		problems = append(problems, fmt.Sprintf("compatible: %v, though steps or errors say otherwise", c.compatible))
	}
	problems = append(problems, c.ofSteps()...)
	return append(problems, c.ofErrors()...)
}

// ofNames says which peers are not called as they have to be.
func (c *check) ofNames() (problems []string) {
	for i := range c.report.Scenarios {
		s := &c.report.Scenarios[i]
		for _, end := range []struct {
			is  report.Peer
			was Peer
		}{{s.Server, c.Server}, {s.Client, c.Client}} {
			if want := end.was.named(); end.is != want {
				problems = append(problems, fmt.Sprintf("the report has %+v, want %+v", end.is, want))
			}
		}
	}
	return problems
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
func (c *check) ofSteps() (problems []string) {
	expected := c.expected(c.long)
	var steps []report.StepID
	for _, j := range c.judged() {
		steps = append(steps, j.StepID)
		// A machine that does other things besides can't tell these two.
		busy := j.Status == report.NotMeasured && (j.StepID == report.StepThroughput || j.StepID == report.StepCPU)
		if !busy && !says(expected, j.StepID).allows(j.StepID, j.Status) {
			problems = append(problems, fmt.Sprintf("step %s: %s: %s", j.StepID, j.Status, j.text))
		}
	}
	if !slices.Equal(steps, c.steps) {
		problems = append(problems, fmt.Sprintf("the steps are %v, want %v", steps, c.steps))
	}
	return problems
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
func (c *check) ofErrors() (problems []string) {
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	expected, errors := c.expected(c.long), c.errors()
	var allowed []string
	for _, e := range expected {
		allowed = append(append(allowed, e.Causes...), e.Others...)
	}
	for _, code := range slices.Sorted(maps.Keys(errors)) {
		if p := errors[code]; !slices.Contains(allowed, code) {
			say("the error %s: %s", code, p.Text(report.English))
		}
	}
	var raised []string
	for _, p := range c.report.Problems() {
		raised = append(raised, p.Code)
	}
	for _, e := range expected {
		for _, code := range e.Shows {
			if !slices.Contains(raised, code) {
				say("%s is not raised, but %v", code, raised)
			}
		}
		if len(e.Causes) == 0 || e.Sometimes && !c.failedAs(e) {
			continue
		}
		if !e.explainedBy(errors) {
			say("of %s none is raised and explained by what is known of a peer, but %v", strings.Join(e.Causes, ", "), slices.Sorted(maps.Keys(errors)))
		}
	}
	if cause, advice := c.report.Cause(report.English); len(errors) > 0 && (cause == "" || advice == "") {
		say("the cause is %q, the advice %q", cause, advice)
	}
	if why := c.report.Reason(report.English); c.alone() && !strings.Contains(why, "fails by itself") {
		say("it is not said that the pair fails by itself: %s", why)
	}
	return problems
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

// end returns the peer that is an end of the pair.
func (p Pair) end(as protocol.Peer) Peer {
	if as == protocol.Client {
		return p.Client
	}
	return p.Server
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

// ofManners says what was seen of the peers that is not their way, whoever the other one is: which
// program in Go sends heartbeats of its own, and so on.
func (c *check) ofManners(seen *Seen) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	problems = append(problems, c.Misguessed(seen.Looks)...)
	var own protocol.ByPeer[uint64]
	for i := range c.report.Scenarios {
		h := &c.report.Scenarios[i].Heartbeats
		own[protocol.Client] += h.TowardServer.Own.Sent
		own[protocol.Server] += h.TowardClient.Own.Sent
	}
	for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
		is := c.end(p)
		if silent := is.isOne([]string{goLang, "anytls-rs 0.3.0"}); silent && own[p] > 0 {
			say("the %v, which is %v, has sent %d heartbeats of its own", p, is, own[p])
		}
		if is == FindPeer("anytls-rs 0.5.4") && p == protocol.Client && own[p] == 0 && !c.alone() {
			say("the client, which is %v, has sent no heartbeats of its own", is)
		}
		if never := is.Name == "anytls-rs"; seen.FINs[p] == never && !c.alone() {
			say("the %v, which is %v, sends FIN: %v", p, is, seen.FINs[p])
		}
	}
	// Two streams at most, or one for each session where the server sends no FIN.
	few := c.Client.Name == "anytls-rs" || c.Client.Name == "anytls" && c.Server.Name == "anytls-rs"
	if (seen.Most <= 2) != few && !c.alone() {
		say("the client, which is %v, has opened %d streams in one session", c.Client, seen.Most)
	}
	return problems
}
