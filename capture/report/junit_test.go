package report_test

import (
	"encoding/xml"
	"math/rand/v2"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/joshdk/go-junit"

	"anytls-inspect/capture/report"
)

// readJUnit returns a report's suites as others read them.
func readJUnit(t *testing.T, r *report.Report, l report.Lang) []junit.Suite {
	t.Helper()
	text, err := r.JUnit(l)
	if err != nil {
		t.Fatal(err)
	}
	suites, err := junit.Ingest(text)
	if err != nil {
		t.Fatalf("%v in\n%s", err, text)
	}
	return suites
}

// TestJUnit: what others read has a suite for each scenario and one for the checklist, a case for
// each step and each item, and all that failed is a failure.
func TestJUnit(t *testing.T) {
	for name, r := range reports() {
		for _, lang := range []report.Lang{report.English, report.Chinese} {
			t.Run(name+"."+string(lang), func(t *testing.T) {
				suites := readJUnit(t, r, lang)
				distinctCases(t, suites)
				if len(suites) != len(r.Scenarios)+1 {
					t.Fatalf("%d suites of %d scenarios", len(suites), len(r.Scenarios))
				}
				for i := range r.Scenarios {
					s := &r.Scenarios[i]
					if len(s.Steps) == 0 {
						sameCase(t, suites[i].Tests[0], s.Result(), false)
						continue
					}
					for at, step := range s.Steps {
						status, text := s.Judge(step.ID, lang)
						if got := suites[i].Tests[at]; got.Name != report.StepTitle(step.ID, lang) || got.Duration != step.Took.Duration() || !strings.Contains(told(&got), text) {
							t.Errorf("step %s is %+v, want %q", step.ID, got, text)
						}
						sameCase(t, suites[i].Tests[at], status, false)
					}
				}
				list := suites[len(suites)-1]
				if list.Name != "checklist" || list.Properties["verdict"] != string(r.Verdict()) || list.Properties["reason"] != r.Reason(lang) {
					t.Errorf("the last suite is %s with %q", list.Name, list.Properties)
				}
				items := r.Checklist()
				if len(items) != len(list.Tests) {
					t.Fatalf("%d cases of %d items", len(list.Tests), len(items))
				}
				for i := range items {
					if list.Tests[i].Name != items[i].Title(lang) {
						t.Errorf("%q is called %q", items[i].Title(lang), list.Tests[i].Name)
					}
					sameCase(t, list.Tests[i], items[i].Status, strings.HasSuffix(items[i].ID, "-log-clean"))
				}
			})
		}
	}
}

// distinctCases: each case has a class and a name that no other has, and says something or nothing.
func distinctCases(t *testing.T, suites []junit.Suite) {
	t.Helper()
	seen := make(map[[2]string]bool)
	for i := range suites {
		for _, c := range suites[i].Tests {
			id := [2]string{c.Classname, c.Name}
			if seen[id] || strings.Trim(c.Classname, " +") == "" || c.Name == "" {
				t.Errorf("a case is called %q", id)
			}
			seen[id] = true
			if said := told(&c); said != "" && strings.Trim(said, "; ") == "" {
				t.Errorf("%q says %q", id, said)
			}
		}
	}
}

// told returns what a case says.
func told(c *junit.Test) string {
	if c.Error != nil {
		return c.Error.Error()
	}
	return c.Message + c.SystemOut
}

func sameCase(t *testing.T, c junit.Test, status report.Status, mayBeLight bool) {
	t.Helper()
	want := map[report.Status]junit.Status{
		report.Passed: junit.StatusPassed, report.Observed: junit.StatusPassed, report.Failed: junit.StatusFailed, report.NotMeasured: junit.StatusSkipped,
	}[status]
	if c.Status != want && (!mayBeLight || c.Status != junit.StatusSkipped) {
		t.Errorf("%q is %s, want %s", c.Name, c.Status, want)
	}
}

// TestJUnitOfOnePair: several scenarios of one pair are several cases, and one of which nothing
// is known but that it passed says nothing.
func TestJUnitOfOnePair(t *testing.T) {
	s := passed()
	s.Server, s.Client = report.Peer{}, report.Peer{}
	for _, r := range []*report.Report{report.Combine(meta(), passed(), passed()), report.Combine(meta(), s, s)} {
		distinctCases(t, readJUnit(t, r, report.English))
	}
}

// TestJUnitCounts: the counts are those of the cases.
func TestJUnitCounts(t *testing.T) {
	count := regexp.MustCompile(`<testsuites [^>]*tests="(\d+)" failures="(\d+)" errors="0" skipped="(\d+)" time="(\d+\.\d{3})"`)
	for name, r := range reports() {
		text, err := r.JUnit(report.English)
		if err != nil {
			t.Fatal(err)
		}
		suites := readJUnit(t, r, report.English)
		sum := junit.Totals{}
		for i := range suites {
			sum.Tests += len(suites[i].Tests)
			sum.Failed += suites[i].Totals.Failed
			sum.Skipped += suites[i].Totals.Skipped
		}
		m := count.FindStringSubmatch(string(text))
		if m == nil || m[1] != strconv.Itoa(sum.Tests) || m[2] != strconv.Itoa(sum.Failed) || m[3] != strconv.Itoa(sum.Skipped) {
			t.Errorf("%s: %q, want %+v", name, m, sum)
		}
	}
}

// TestJUnitAgrees: whatever was measured, a case fails where the verdict is against the pair, and
// else only where a scenario could not be run.
func TestJUnitAgrees(t *testing.T) {
	r := rand.New(rand.NewPCG(5, 6))
	agreed := make(map[bool]int)
	for range 150 {
		scenarios := []report.Scenario{anyScenario(r), anyScenario(r)}[:1+r.IntN(2)]
		one := report.Combine(meta(), scenarios...)
		failures := 0
		for _, suite := range readJUnit(t, one, report.English) {
			failures += suite.Totals.Failed
		}
		against := one.Verdict() == report.Not || one.Verdict() == report.Partly
		notRun := slices.ContainsFunc(scenarios, func(s report.Scenario) bool { return s.Failure != "" })
		if failures > 0 != against && (against || !notRun) {
			t.Fatalf("%d cases failed, and the verdict is %s: %s\n%+v", failures, one.Verdict(), one.Reason(report.English), scenarios)
		}
		agreed[against]++
	}
	if len(agreed) != 2 {
		t.Errorf("verdicts against the pair: %v", agreed)
	}
}

// TestJUnitIsXML: whatever peers say, the file is XML, and has no more elements than of others.
func TestJUnitIsXML(t *testing.T) {
	tags := func(r *report.Report) int {
		text, err := r.JUnit(report.English)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		dec := xml.NewDecoder(strings.NewReader(string(text)))
		for {
			token, err := dec.Token()
			if token == nil {
				break
			}
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if _, begins := token.(xml.StartElement); begins {
				n++
			}
		}
		if strings.ContainsAny(string(text), "\x00\x1b\ufffe\u202e\r\ue000\ue001") {
			t.Error("it has what does not show")
		}
		return n
	}
	hostile := func(text string) *report.Report {
		parts := failing(func(s *report.Scenario) {
			s.Failure, s.Server.Name, s.Title, s.Notes = text, text, text, []string{text}
			s.Direct.Failures, s.Relayed.Failures = []string{text}, []string{text}
			s.Logs = []report.Log{{Peer: "server", Item: "trouble", Count: 1, Of: 1, Line: text}, {Peer: "client", Item: "received", Error: text}}
			s.Steps[0].Failure, s.Steps[1].ID, s.Steps[2].Skipped = text, report.StepID(text), text
		})
		m := meta()
		m.Title, m.Tool, m.Tester = text, text, text
		return report.Combine(m, parts...)
	}
	const bad = "]]></failure><testcase/> & \x00\x1b[31m\ufffe\xff\u202e\r\n\ue000\ue001<!--"
	if got, want := tags(hostile(bad)), tags(hostile("plain")); got != want {
		t.Errorf("%d elements, want %d", got, want)
	}
}
