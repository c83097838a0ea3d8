package interop

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
)

// TestFillIncidents: the incidents of the relay's summary are the problems of the scenario.
// Diagnostics of which the summary has no incident are not lost.
func TestFillIncidents(t *testing.T) {
	events := NewEvents()
	lines := strings.Replace(sound, `{"event":"summary",`, `{"event":"summary","diagnostics":{"synack-error":3,"some-warning":1},
		"incidents":[{"incident":1,"state":"closed","cause":"synack-error","severity":"warning","since":"2026-01-02T03:04:05Z",
		"until":"2026-01-02T03:04:06Z","target":"a:80","sessions":[1],"streams":[],"effects":{"synack-error":3},"text":"refused","advice":"x"}],`, 1)
	if _, err := events.Write([]byte(strings.ReplaceAll(lines, "\n\t", ""))); err != nil {
		t.Fatal(err)
	}
	tally := events.Tally()
	if tally.Bad > 0 {
		t.Fatal(tally.Why)
	}
	var s report.Scenario
	tally.Fill(&s)
	type row struct {
		code      string
		count     uint64
		incidents int
	}
	var got []row
	for _, p := range report.Combine(report.Meta{}, s).Problems() {
		got = append(got, row{p.Code, p.Count, len(p.Incidents)})
	}
	if want := []row{{"synack-error", 3, 1}, {"some-warning", 1, 0}}; !slices.Equal(got, want) {
		t.Errorf("problems %v, want %v", got, want)
	}
}

// TestHeadingsOfReport: each pair of the matrix is headed by its peers' names, those that the guide
// has by the guide's number too, and each heading begins with the number of its row.
func TestHeadingsOfReport(t *testing.T) {
	var results Results
	for _, pair := range Pairs() {
		results.AddPair(pair, NewScenario(pair.Kind(), "", pair))
	}
	first := Pairs()[0]
	results.Add(NewScenario(report.BothDirections, "", first))
	results.Add(NewScenario(first.Kind(), underLoadTitle.In(report.English), first))
	r := results.Report("test")
	text := string(r.Markdown(report.English))
	for n, s := range r.Scenarios {
		guides := map[report.Kind]string{
			report.RustServerGoClient: "Guide scenario 1: ", report.GoServerRustClient: "Guide scenario 2: ",
			report.BothDirections: "Guide scenario 3 (heartbeats in both directions): ",
		}
		want := fmt.Sprintf("\n## %d. %s%v server + %v client", n+1, guides[s.Kind], s.Server, s.Client)
		if s.Title != "" {
			want += ", " + s.Title
		}
		if !strings.Contains(text, want+"\n") {
			t.Errorf("%q is not in it:\n%s", want, text)
		}
	}
}
