package report

import (
	"bytes"
	"encoding/xml"
	"fmt"
	"strconv"
	"strings"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// The report as JUnit has test results, for what collects such: a suite for each scenario, with a
// case for each step, and one for the checklist, with a case for each item.

type junitSuites struct {
	XMLName xml.Name `xml:"testsuites"`
	Name    string   `xml:"name,attr"`
	junitCounts
	Suites []junitSuite `xml:"testsuite"`
}

type junitCounts struct {
	Tests    int    `xml:"tests,attr"`
	Failures int    `xml:"failures,attr"`
	Errors   int    `xml:"errors,attr"` // there are none: what fails was asked for
	Skipped  int    `xml:"skipped,attr"`
	Time     string `xml:"time,attr"` // in seconds
}

type junitSuite struct {
	Name string `xml:"name,attr"`
	junitCounts
	Timestamp  string           `xml:"timestamp,attr,omitempty"`
	Properties *junitProperties `xml:"properties"`
	Cases      []junitCase      `xml:"testcase"`
}

type junitProperties struct {
	List []junitProperty `xml:"property"`
}

type junitProperty struct {
	Name  string `xml:"name,attr"`
	Value string `xml:"value,attr"`
}

type junitCase struct {
	Name    string       `xml:"name,attr"`
	Class   string       `xml:"classname,attr"`
	Time    string       `xml:"time,attr"`
	Failure *junitReason `xml:"failure"`
	Skipped *junitReason `xml:"skipped"`
	Out     string       `xml:"system-out,omitempty"`
}

type junitReason struct {
	Message string `xml:"message,attr"`
	Type    string `xml:"type,attr,omitempty"`
	Text    string `xml:",chardata"`
}

// JUnit returns the report as an XML file of test results.
func (r *Report) JUnit(l Lang) ([]byte, error) {
	verdict, why := r.judge()
	all := junitSuites{Name: clean(r.Title)}
	if all.Name == "" {
		all.Name = say(kTitle).in(l)
	}
	var took session.Millis
	for i := range r.Scenarios {
		one := r.Scenarios[i].junit(i+1, len(r.Scenarios), l)
		took += max(r.Scenarios[i].Duration, 0)
		all.Suites = append(all.Suites, one)
	}
	list := r.junitChecklist(l)
	list.Properties = &junitProperties{[]junitProperty{
		{"tool", clean(r.Tool)},
		{"tester", clean(r.Tester)},
		{"verdict", string(verdict)},
		{"reason", why.in(l)},
	}}
	if r.several() {
		list.Properties.List = append(list.Properties.List, r.junitPairs(l)...)
	}
	if !r.Generated.IsZero() {
		list.Timestamp = r.Generated.UTC().Format(junitTime)
	}
	all.Suites = append(all.Suites, list)
	for i := range all.Suites {
		all.add(&all.Suites[i].junitCounts)
	}
	all.Time = junitSeconds(took)
	var b bytes.Buffer
	b.WriteString(xml.Header)
	enc := xml.NewEncoder(&b)
	enc.Indent("", "  ")
	if err := enc.Encode(all); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	b.WriteByte('\n')
	return b.Bytes(), nil
}

// junitTime is how the schema writes a time: in UTC, without a zone.
const junitTime = "2006-01-02T15:04:05"

func junitSeconds(m session.Millis) string {
	return strconv.FormatFloat(max(m.Duration(), 0).Seconds(), 'f', 3, 64)
}

func (c *junitCounts) add(o *junitCounts) {
	c.Tests += o.Tests
	c.Failures += o.Failures
	c.Skipped += o.Skipped
}

// add adds a case.
func (s *junitSuite) add(name, class string, took session.Millis, status Status, said string) {
	one := junitCase{Name: name, Class: class, Time: junitSeconds(took)}
	s.Tests++
	switch status {
	case Failed:
		one.Failure = &junitReason{Message: oneLine(said), Type: "failed", Text: said}
		s.Failures++
	case NotMeasured:
		one.Skipped = &junitReason{Message: oneLine(said)}
		s.Skipped++
	default:
		one.Out = said
	}
	s.Cases = append(s.Cases, one)
}

// oneLine returns the lines of a text as one.
func oneLine(said string) string { return strings.ReplaceAll(said, "\n", "; ") }

// junit returns the suite of a scenario. Where no step says what failed, the scenario does.
func (s *Scenario) junit(n, of int, l Lang) junitSuite {
	suite := junitSuite{Name: s.heading(n, of, l), junitCounts: junitCounts{Time: junitSeconds(s.Duration)}}
	if !s.Started.IsZero() {
		suite.Timestamp = s.Started.UTC().Format(junitTime)
	}
	if list := s.junitKnown(l); len(list) > 0 {
		suite.Properties = &junitProperties{list}
	}
	pair := join(kPlus, s.peers(l)...).in(l)
	if pair == "" {
		pair = suite.Name
	}
	failed := false
	for at := range s.shownSteps() {
		step := &s.Steps[at]
		status, said := s.judgeStep(at)
		failed = failed || status == Failed
		suite.add(step.ID.title().in(l), pair, step.Took, status, said.in(l))
	}
	result := s.Result()
	if s.guided() && (failed || result != Failed) {
		return suite
	}
	why := s.faults()
	if result != Failed {
		why = s.open()
	}
	// A pair may have several scenarios, and what reads the file goes by class and name.
	suite.add(say(kResult).in(l), suite.Name, s.Duration, result, join(kSemicolon, why...).in(l))
	return suite
}

// junitPairs returns the verdict on each pair. Names of properties differ: others read them as a map.
func (r *Report) junitPairs(l Lang) (list []junitProperty) {
	pairs := r.Pairs()
	for i := range pairs {
		p := &pairs[i]
		verdict := string(p.Verdict)
		if p.NotRun {
			verdict = "not-run"
		}
		list = append(list, junitProperty{"pair: " + p.name(l), verdict})
	}
	return list
}

// junitKnown returns what is known of the peers beforehand, of each in one property.
func (s *Scenario) junitKnown(l Lang) (list []junitProperty) {
	habits := s.known()
	untried := protocol.ByPeer[bool]{protocol.Client: s.Client.Untried, protocol.Server: s.Server.Untried}
	for _, p := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		var said []text
		for _, k := range habits {
			if k.Peer == p.String() {
				said = append(said, literal(k.in(l)))
			}
		}
		if len(said) > 0 {
			list = append(list, junitProperty{p.String() + ".known", join(kSemicolon, said...).in(l)})
		}
		if untried[p] {
			list = append(list, junitProperty{p.String() + ".untested", say(kUntestedHow).in(l)})
		}
	}
	return list
}

// junitChecklist returns the suite of the checklist. A failure that does not lower the verdict fails
// no build either: it is told.
func (r *Report) junitChecklist(l Lang) junitSuite {
	suite := junitSuite{Name: "checklist", junitCounts: junitCounts{Time: junitSeconds(0)}}
	items := r.Checklist()
	for i := range items {
		item := &items[i]
		status := item.Status
		if item.lightly {
			status = NotMeasured
		}
		said := make([]string, 0, len(item.Evidence))
		for _, line := range r.evidence(item, l) {
			said = append(said, inQuotes.Replace(line))
		}
		suite.add(item.Title(l), "checklist."+item.Group, 0, status, strings.Join(said, "\n"))
	}
	return suite
}
