package report_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// TestEqualProblems: what several scenarios have alike but for figures is one problem, and what one
// scenario has told apart, what says something else, and each error stand for themselves.
func TestEqualProblems(t *testing.T) {
	incident := func(code session.Code, severity, said string) report.Incident {
		return report.Incident{Cause: code, Severity: severity, Since: at(1), Sessions: []uint32{1}, Text: said, Effects: map[session.Code]uint64{code: 1}}
	}
	var all []report.Scenario
	for i := range 4 {
		s := passed()
		s.Diagnostics = nil
		refused := func(port int) report.Incident {
			return incident("synack-error", "warning", fmt.Sprintf("dial tcp 127.0.0.1:%d: refused", port))
		}
		s.Incidents = []report.Incident{
			incident("path-dead", "error", fmt.Sprintf("nothing has come for %d.5s", i)),
			refused(4000 + i),
			incident("heartbeat-slow", "note", fmt.Sprintf("the client was slow %d times, first after %dms", 3+i, 100+i)),
			incident("session-churn", "warning", []string{"1.a.example", "2.b.example", "2.a.example", "10.a.example"}[i]+" is left after 1m2.5s"),
		}
		if i == 3 {
			s.Incidents = append(s.Incidents, refused(5000), incident("heartbeat-slow", "note", "the server was slow 7 times, first after 1s"))
		}
		all = append(all, s)
	}
	r := report.Combine(meta(), all...)
	var got []string
	for _, p := range r.Problems() {
		got = append(got, fmt.Sprintf("%s %d %v %s", p.Code, p.Count, p.Scenarios, p.Text(report.English)))
	}
	want := []string{
		"path-dead 1 [1] nothing has come for 0.5s",
		"path-dead 1 [2] nothing has come for 1.5s",
		"path-dead 1 [3] nothing has come for 2.5s",
		"path-dead 1 [4] nothing has come for 3.5s",
		"synack-error 4 [1 2 3 4] 4 alike, one of them: dial tcp 127.0.0.1:4000: refused",
		"session-churn 3 [1 3 4] 3 alike, one of them: 1.a.example is left after 1m2.5s",
		"session-churn 1 [2] 2.b.example is left after 1m2.5s",
		"synack-error 1 [4] dial tcp 127.0.0.1:5000: refused",
		"heartbeat-slow 4 [1 2 3 4] 4 alike, one of them: the client was slow 3 times, first after 100ms",
		"heartbeat-slow 1 [4] the server was slow 7 times, first after 1s",
	}
	if !slices.Equal(got, want) {
		t.Errorf("problems\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if zh := string(r.Markdown(report.Chinese)); !strings.Contains(zh, "同类 4 个，其一：dial tcp") {
		t.Errorf("in Chinese it lacks them:\n%s", zh)
	}
}
