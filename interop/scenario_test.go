package interop

import (
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
