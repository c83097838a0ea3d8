package steps

import (
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/tui/screentest"
)

const refused = "Not compatible: 7 of 10 requests through the relay failed, past it all 10 went through. The first: host unreachable"

// pairsOf is a run on so many pairs that has not begun.
func pairsOf(n int) Shown {
	s := Shown{Title: "guide", Began: start()}
	for i := range n {
		p := plan().Pairs[0]
		p.Row = Row{Title: []string{"anytls-rs 0.5.4", "sing-box 1.13.5", "anytls-go 0.0.12", "mihomo 1.19.17", "anytls 0.3.17"}[i/2%5] +
			" ← " + []string{"sing-box 1.13.5", "anytls-rs 0.5.4"}[i%2]}
		p.Steps[0].State = Waiting
		s.Pairs = append(s.Pairs, p)
	}
	return s
}

// begin has a pair run, as far as the pair of another run has.
func (s *Shown) begin(n int, as Shown) *Shown {
	p := &s.Pairs[n]
	p.State, p.Began = Running, start()
	p.Steps, p.Heartbeats = as.Pairs[0].Steps, as.Pairs[0].Heartbeats
	return s
}

// come has a pair come to a verdict.
func (s *Shown) come(n int, status Status, verdict, text string) *Shown {
	p := &s.Pairs[n]
	p.State, p.Status, p.Verdict, p.Text, p.Took = Ended, status, verdict, text, 4*time.Minute+7*time.Second
	return s
}

// first is a run on four pairs of which one runs.
func first() Shown {
	s := pairsOf(4)
	return *s.begin(0, middle())
}

// third is one of which two have ended, one of them badly.
func third() Shown {
	s := pairsOf(4)
	s.begin(0, ended()).come(0, Passed, "compatible", "Fully compatible")
	s.begin(1, failure()).come(1, Failed, "not compatible", refused)
	return *s.begin(2, middle())
}

// fourth is one that is over, but for the report.
func fourth() Shown {
	s := third()
	s.begin(2, ended()).come(2, Passed, "compatible, as far as it was measured", "No log was given of either end")
	s.begin(3, ended()).come(3, NotMeasured, "undecided", "The peers logged no heartbeats")
	return s
}

// cut is one that was ended in its second pair.
func cut() Shown {
	s := pairsOf(4)
	s.begin(0, ended()).come(0, Passed, "compatible", "Fully compatible")
	s.begin(1, interrupted()).come(1, NotMeasured, "undecided", "The run was ended before its end")
	for i := 2; i < 4; i++ {
		s.Pairs[i].State, s.Pairs[i].Text = Skipped, "the run was ended"
	}
	return s
}

// many is one on 25 pairs, of which the nineteenth runs.
func many() Shown {
	s := pairsOf(25)
	for i := range 18 {
		if i%3 == 1 {
			s.begin(i, failure()).come(i, Failed, "not compatible", refused)
		} else {
			s.begin(i, ended()).come(i, Passed, "compatible", "Fully compatible")
		}
	}
	return *s.begin(18, middle())
}

// hostile is one whose pairs have hostile names and verdicts.
func hostile() Shown {
	s := third()
	for i := range s.Pairs {
		s.Pairs[i].Title += screentest.Evil
		s.Pairs[i].Text += screentest.Evil
		s.Pairs[i].Verdict += screentest.Evil
	}
	return s
}

// TestPairs: of several pairs the screen shows what became of each, and the steps of one.
func TestPairs(t *testing.T) {
	for _, run := range []struct {
		name  string
		shown Shown
		keys  []string
	}{
		{name: "first", shown: first()},
		{name: "third", shown: third()},
		{name: "fourth", shown: fourth()},
		{name: "cut", shown: cut(), keys: []string{"q"}},
		{name: "many", shown: many()},
		{name: "hostile", shown: hostile()},
		{name: "looked at", shown: third(), keys: []string{"left"}},
		{name: "whole text", shown: third(), keys: []string{"left", "enter"}},
		{name: "step", shown: third(), keys: []string{"[", "down", "down"}},
		{name: "waiting", shown: third(), keys: []string{"tab"}},
		{name: "keys", shown: third(), keys: []string{"?"}},
	} {
		t.Run(run.name, func(t *testing.T) {
			for _, size := range sizes() {
				t.Run(size.name, func(t *testing.T) {
					x := newScreen(t, run.shown, size.w, size.h).press(run.keys...)
					check(t, x.m, size.w, size.h)
					golden.RequireEqual(t, x.text())
				})
			}
		})
	}
}
