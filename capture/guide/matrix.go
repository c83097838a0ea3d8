package guide

import (
	"context"
	"slices"
	"sync"

	"anytls-inspect/capture/report"
)

// A Matrix is a run of the guide on several pairs, one after another.
type Matrix struct {
	// Begins is told of each pair that begins, and Over of each that has ended or was left out, in
	// their order; nil: nobody is. The run waits for them. They are set before it begins.
	Begins func(View)
	Over   func(Result)

	pairs []*Guide

	mu    sync.Mutex // guards what follows
	views []PairView // of the pairs that are over; of others, only how far they are
	done  bool
}

// A Result is what the run of one pair came to.
type Result struct {
	Pair string // the names of both ends
	// Report is of the pair's scenarios alone, by the numbers that they have in that of all pairs. There
	// is one of a pair that was left out, too, with steps that were all skipped.
	Report     *report.Report
	Compatible bool   // see [Guide.Compatible]
	Unmeasured []Step // see [Guide.Unmeasured]
	Cut        bool   // the run was ended before the pair's end
	LeftOut    bool   // and before its begin
	Missing    bool   // nothing of it was run, since a program is missing: Text says which
	// Text says in a sentence why the pair is not compatible, or else why the verdict is what it is, in
	// the language of the run.
	Text string
}

// NewMatrix returns a run that has not begun. There is at least one pair. Each has a folder and, if
// any, recorders of its own.
func NewMatrix(pairs []Config) *Matrix {
	m := &Matrix{views: make([]PairView, len(pairs))}
	for _, cfg := range pairs {
		m.pairs = append(m.pairs, New(cfg))
	}
	return m
}

// Run runs the guide on each pair, until the end of the last or until ctx ends: then the pairs that
// are left are left out. It returns the scenarios of all pairs, in their order. It is called once.
func (m *Matrix) Run(ctx context.Context) []report.Scenario {
	var all report.Report
	for i, g := range m.pairs {
		missing := g.cfg.missing() != nil // which is so, whatever has ended the run
		r := Result{Pair: g.pair(), LeftOut: i > 0 && ctx.Err() != nil && !missing, Missing: missing}
		if r.LeftOut {
			g.cutOff()
			g.leaveOut("", runEnded)
		} else {
			m.begin(i)
			g.Run(ctx)
		}
		scenarios := g.measured()
		var numbers []int
		for range scenarios {
			numbers = append(numbers, len(all.Scenarios)+len(numbers)+1)
		}
		all.Scenarios = append(all.Scenarios, scenarios...)
		r.Report = all.Part(numbers)
		r.Compatible, r.Unmeasured, r.Cut = g.Compatible(), g.Unmeasured(), g.wasCut()
		r.Text = r.why(g.cfg.Lang)
		m.over(i, r)
	}
	return all.Scenarios
}

// begin has a pair begin. What the one before it has of its traffic was seen.
func (m *Matrix) begin(i int) {
	if i > 0 {
		m.pairs[i-1].forget()
	}
	m.mu.Lock()
	m.views[i].State = Running
	m.mu.Unlock()
	if m.Begins != nil {
		m.Begins(m.pairs[i].Look())
	}
}

// over takes what a pair came to.
func (m *Matrix) over(i int, r Result) {
	v := PairView{View: m.pairs[i].Look(), State: Ended, Verdict: r.Report.Verdict(), Compatible: r.Compatible, Text: r.Text}
	if r.LeftOut || r.Missing {
		v.State = Skipped
	}
	m.mu.Lock()
	m.views[i], m.done = v, i == len(m.pairs)-1
	m.mu.Unlock()
	if m.Over != nil {
		m.Over(r)
	}
}

// why says in a sentence why a pair is not compatible, or else why the verdict is what it is.
func (r *Result) why(l report.Lang) string {
	failed := r.Report.Verdict().Failed()
	if r.Cut && !failed {
		return runEnded.in(l)
	}
	if failed || !r.Compatible {
		if cause, _ := r.Report.Cause(l); cause != "" {
			return cause
		}
	}
	if !failed && len(r.Unmeasured) > 0 {
		return r.Unmeasured[0].Title + ": " + r.Unmeasured[0].Text
	}
	if reasons := r.Report.Reasons(l); len(reasons) > 0 {
		return reasons[0]
	}
	return ""
}

// Look returns how far the run is. It may be called at any time.
func (m *Matrix) Look() MatrixView {
	m.mu.Lock()
	v := MatrixView{Pairs: slices.Clone(m.views), Done: m.done}
	m.mu.Unlock()
	for i := range v.Pairs {
		if p := &v.Pairs[i]; p.State == Waiting || p.State == Running {
			p.View = m.pairs[i].Look()
		}
	}
	return v
}

// Kill ends at once what the run has started, and whatever it starts after that: see [Guide.Kill].
func (m *Matrix) Kill() {
	for _, g := range m.pairs {
		g.Kill()
	}
}

// A MatrixView is how far a run on several pairs is.
type MatrixView struct {
	Pairs []PairView
	Done  bool // all pairs have ended, or were left out
}

// A PairView is how far one of the pairs is.
type PairView struct {
	View
	// State says of a pair that it is skipped where the run was ended before it, or a program is missing.
	State State
	// Verdict, Compatible and Text are what it came to, once it has ended: see [Result].
	Verdict    report.Verdict
	Compatible bool
	Text       string
}
