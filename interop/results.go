package interop

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"sync"
	"time"

	"anytls-inspect/capture/report"
)

// Results are the scenarios of a run. They are safe for concurrent use: mu guards the list
// and the map. The test that added a scenario fills it in until the run ends.
type Results struct {
	mu        sync.Mutex
	scenarios []*report.Scenario
	matrix    map[Pair]*report.Scenario
}

// Add adds a scenario. The caller may fill it in until the run ends.
func (r *Results) Add(s *report.Scenario) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.scenarios = append(r.scenarios, s)
}

// AddPair adds the scenario of a pair of the matrix.
func (r *Results) AddPair(p Pair, s *report.Scenario) {
	r.Add(s)
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.matrix == nil {
		r.matrix = make(map[Pair]*report.Scenario)
	}
	r.matrix[p] = s
}

// kinds are the kinds of scenarios in the guide's order.
var kinds = []report.Kind{report.RustServerGoClient, report.GoServerRustClient, report.BothDirections, report.Pair}

// Report returns the report of all scenarios, in the guide's order, and within a kind in
// the order of the table of peers.
func (r *Results) Report(tool string) *report.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	order := func(p report.Peer) int {
		return slices.IndexFunc(Peers, func(peer Peer) bool { return reportPeer(peer) == p })
	}
	slices.SortStableFunc(r.scenarios, func(a, b *report.Scenario) int {
		return cmp.Or(
			cmp.Compare(slices.Index(kinds, a.Kind), slices.Index(kinds, b.Kind)),
			cmp.Compare(a.Title, b.Title),
			cmp.Compare(order(a.Server), order(b.Server)),
			cmp.Compare(order(a.Client), order(b.Client)),
		)
	})
	meta := report.Meta{Generated: time.Now(), Tool: tool, Tester: "interop/run"}
	all := report.Combine(meta)
	for _, s := range r.scenarios {
		all.Scenarios = append(all.Scenarios, *s)
	}
	return all
}

// Matrix returns a table of the outcome of each pair past the relay and through it.
func (r *Results) Matrix() string {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.matrix) == 0 {
		return ""
	}
	var table strings.Builder
	row := func(first string, column func(Peer) string) {
		fmt.Fprintf(&table, "  %-20s", first)
		for _, client := range Peers {
			fmt.Fprintf(&table, "  %-20s", column(client))
		}
		table.WriteString("\n")
	}
	table.WriteString("past the relay / through it\n")
	row("server \\ client", Peer.String)
	for _, server := range Peers {
		row(server.String(), func(client Peer) string {
			return cell(r.matrix[Pair{server, client}])
		})
	}
	return table.String()
}

func cell(s *report.Scenario) string {
	switch {
	case s == nil:
		return "not run"
	case s.Failure != "":
		return "can't be run"
	}
	return outcome(s.Direct) + " / " + outcome(s.Relayed)
}

func outcome(t *report.Traffic) string {
	switch {
	case t == nil:
		return "not run"
	case t.Failed == 0:
		return "works"
	case t.Failed == t.Requests:
		return "fails"
	default:
		return fmt.Sprintf("%d/%d fail", t.Failed, t.Requests)
	}
}
