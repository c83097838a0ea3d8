package steps

import (
	"strings"
	"testing"
	"time"

	"github.com/charmbracelet/x/exp/golden"

	"anytls-inspect/tui/screentest"
)

const refused = "7 of 10 requests through the relay failed, past it all 10 went through. The first: the client's SOCKS inbound says: host unreachable"

// pairsOf is a run on so many pairs that has not begun.
func pairsOf(n int) Shown {
	s := Shown{Title: "guide", Began: start()}
	for i := range n {
		p := plan().Pairs[0]
		p.Row = Row{Title: []string{"anytls-rs 0.5.4", "sing-box 1.13.5", "anytls-go 0.0.12", "mihomo 1.19.17", "anytls 0.3.17"}[i/2%5] +
			" ← " + []string{"sing-box 1.13.5", "anytls-rs 0.5.4"}[i%2]}
		p.Steps[0].State, p.Steps[0].Began = Waiting, time.Time{}
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

// come has a pair come to a verdict. The steps that have not ended by then are left out.
func (s *Shown) come(n int, status Status, verdict, text string) *Shown {
	p := &s.Pairs[n]
	p.State, p.Status, p.Verdict, p.Text, p.Took = Ended, status, verdict, text, 4*time.Minute+7*time.Second
	for i := range p.Steps {
		if r := &p.Steps[i]; !r.over() {
			r.State, r.Text = Skipped, "the run of the pair has ended"
		}
	}
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
	s.begin(0, ended()).come(0, Passed, "compatible", "All that can be measured passed")
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
	s.begin(0, ended()).come(0, Passed, "compatible", "All that can be measured passed")
	s.begin(1, interrupted()).come(1, NotMeasured, "undecided", "The run was ended before its end")
	for i := 2; i < 4; i++ {
		s.Pairs[i].State, s.Pairs[i].Text = Skipped, "the run was ended"
	}
	return s
}

// missing is one of which a pair could not be run.
func missing() Shown {
	s := pairsOf(3)
	s.come(0, NotMeasured, "undecided", "the server anytls-rs: there is no anytls-server in the 12 folders of PATH")
	s.Pairs[0].Took = 43 * time.Microsecond
	s.begin(1, ended()).come(1, Passed, "compatible", "All that can be measured passed")
	return *s.begin(2, middle())
}

// many is one on 25 pairs, of which the nineteenth runs.
func many() Shown {
	s := pairsOf(25)
	for i := range 18 {
		if i%3 == 1 {
			s.begin(i, failure()).come(i, Failed, "not compatible", refused)
		} else {
			s.begin(i, ended()).come(i, Passed, "compatible", "All that can be measured passed")
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
	drawn(t, []scene{
		{name: "first", shown: first()},
		{name: "third", shown: third()},
		{name: "fourth", shown: fourth()},
		{name: "cut", shown: cut(), keys: []string{"q"}},
		{name: "many", shown: many()},
		{name: "missing", shown: missing(), keys: []string{"left", "left"}},
		{name: "hostile", shown: hostile()},
		{name: "looked at", shown: third(), keys: []string{"left"}},
		{name: "whole text", shown: third(), keys: []string{"left", "enter"}},
		{name: "step", shown: third(), keys: []string{"[", "down", "down"}},
		{name: "waiting", shown: third(), keys: []string{"tab"}},
		{name: "keys", shown: third(), keys: []string{"?"}},
	})
}

// TestLooking: keys show the steps of another pair, which is shown until esc follows the run again;
// what is chosen stays chosen when the next pair runs.
func TestLooking(t *testing.T) {
	title := func(n int) string { return "─ " + third().Pairs[n].Title + " ─" }
	x := newScreen(t, third(), 80, 24).want(title(2)).wantNot("▸", "esc")
	for _, keys := range [][2]string{{"left", "right"}, {"[", "]"}, {"shift+tab", "tab"}} {
		x.press(keys[0]).want(title(1), "▸ ✗ anytls-rs", "─ Result ──", "past it all 10 went", "esc follow")
		x.press(keys[0], keys[0]).want(title(0), "▸ ✓ anytls-rs", "All that can be measured passed")
		x.press(keys[1], keys[1], keys[1], keys[1]).want(title(3), "It waits for those before it, and takes about 4m28s.")
		x.press("esc").want(title(2)).wantNot("▸")
	}
	x.press("left", "down", "down").want(title(1), "▸ ✗ requests through", "7 of 10 requests failed, the first")
	x.press("enter").want("▸ ✗ anytls-rs", "enter list").press("right").want("▸ ▖ sing-box", "8 of 8 datagrams", "enter list").press("esc", "esc").want(title(2)).wantNot("▸")
	x.press("up").want(title(2), "▸ – what the peers")
	x.shown = fourth()
	x.tick().want(title(2), "▸ – what the peers", "4/4 pairs").press("alt+k").want(title(3), "▸ ✓ requests without")
	x.press("esc").want("undecided: The peers").wantNot("▸")
	x.shown = plan() // another run, which has no such pairs
	x.press("down").tick().want("guide anytls-rs 0.5.4 ← sing-anytls 0.0.11").wantNot("pairs")
	x.shown = Shown{}
	x.tick().want("the run begins").press("right", "tab", "enter", "down", "left").want("the run begins")
}

// TestHelp: a key shows what all keys do, and any of them goes on from there.
func TestHelp(t *testing.T) {
	for _, key := range []string{"?", "esc"} {
		x := newScreen(t, third(), 80, 24).press("?").want("← →  [ ]  tab", "another pair").wantNot("8 of 8 datagrams")
		x.press(key).want("8 of 8 datagrams").wantNot("another pair", "▸")
	}
	newScreen(t, middle(), 80, 24).press("?").want("choose a step").press("left").want("8 of 8 datagrams")
}

// TestPairsTimeLeft: the time left is that of all pairs that are left.
func TestPairsTimeLeft(t *testing.T) {
	s := pairsOf(3)
	x := newScreen(t, *s.begin(0, plan()), 120, 40).want("about 13m12s left", "waiting, takes about 4m28s")
	x.shown.come(0, Passed, "compatible", "All passed")
	x.tick().want("about 8m56s left")
	x.shown.Pairs[1].State = Skipped
	x.tick().want("about 4m28s left", "1/3 pairs", "– anytls-rs 0.5.4 ← anytls-rs 0.5.4        not run")
	for i := range x.shown.Pairs[2].Steps {
		x.shown.Pairs[2].Steps[i].Takes = 0
	}
	x.tick().want(" waiting ").wantNot(" left")
}

// TestPairsResult: what is left of the screen are all pairs, each with its steps if it was run.
func TestPairsResult(t *testing.T) {
	for name, s := range map[string]Shown{"cut": cut(), "missing": missing()} {
		t.Run(name, func(t *testing.T) {
			list := newScreen(t, s, 70, 8).press("left", "?").m.result()
			golden.RequireEqual(t, strings.Join(list, "\n")+"\n")
		})
	}
}
