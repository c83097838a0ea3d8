package interop

import (
	"cmp"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture/report"
)

// results are the scenarios of the pairs that were run, for the report.
type results struct {
	mu   sync.Mutex // guards the list
	list []result
}

type result struct {
	Pair
	scenarios []report.Scenario
}

// add adds the scenarios of a pair.
func (r *results) add(p Pair, scenarios []report.Scenario) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.list = append(r.list, result{p, scenarios})
}

// failed adds a pair that could not be run.
func (r *results) failed(p Pair, why error) {
	r.add(p, []report.Scenario{{
		Kind: report.Pair, Server: p.Server.named(), Client: p.Client.named(), Failure: why.Error(),
	}})
}

// report returns the report of all pairs, in an order.
func (r *results) report(meta report.Meta, order []Pair) *report.Report {
	r.mu.Lock()
	defer r.mu.Unlock()
	slices.SortStableFunc(r.list, func(a, b result) int {
		return cmp.Compare(slices.Index(order, a.Pair), slices.Index(order, b.Pair))
	})
	meta.Generated = time.Now()
	whole := report.Combine(meta)
	for _, pair := range r.list {
		whole.Scenarios = append(whole.Scenarios, pair.scenarios...)
	}
	return whole
}
