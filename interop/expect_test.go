package interop

import (
	"slices"
	"testing"

	"anytls-inspect/capture/report"
)

// TestExpectations: every expectation is about a pair that is run, and of a step of a pair at most one
// says what it comes to. What fails has a cause.
func TestExpectations(t *testing.T) {
	used := make(map[*Expected]bool)
	steps := append(slices.Clone(guideSteps), "") // and any other
	for _, pair := range Pairs() {
		list := pair.expected(true)
		for _, e := range list {
			used[e] = true
		}
		for _, id := range steps {
			n := 0
			for _, e := range list {
				if id != "" && e.Steps[id] != nil || id == "" && e.Rest != nil {
					n++
				}
			}
			if n > 1 {
				t.Errorf("of step %q of %v %d things are expected", id, pair, n)
			}
		}
	}
	for i := range expectations {
		e := &expectations[i]
		if !used[e] {
			t.Errorf("what is expected of %v and %v is about no pair", e.Servers, e.Clients)
		}
		fails := slices.Contains(e.Rest, report.Failed)
		for _, statuses := range e.Steps {
			fails = fails || slices.Contains(statuses, report.Failed)
		}
		if fails && len(e.Causes) == 0 {
			t.Errorf("%v and %v fail without a cause", e.Servers, e.Clients)
		}
	}
}

// TestPairs: each pair is run once, each peer with itself, and those of the lists are among them.
func TestPairs(t *testing.T) {
	all := Pairs()
	for i, pair := range all {
		if slices.Contains(all[:i], pair) {
			t.Errorf("%v is twice in the list", pair)
		}
	}
	own := slices.Concat(inFull, long)
	for _, run := range guideRuns {
		own = append(own, run.all()...)
	}
	for _, peer := range Peers {
		if peer.Language == rustLang || peer.Name != "anytls-rs" {
			own = append(own, Pair{peer, peer})
		}
	}
	for _, pair := range own {
		if !slices.Contains(all, pair) {
			t.Errorf("%v is not in the list", pair)
		}
	}
	if n := len(ofMatrix()) + len(inFull); n+5 != len(all) {
		t.Errorf("%d pairs are run in the matrix or in full, and 5 by the command, of %d", n, len(all))
	}
}
