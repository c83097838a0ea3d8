package guide

import (
	"context"
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
	at    int        // the pair that runs, or the last one that did
	views []PairView // without the steps
	done  bool
}

// A Result is what the run of one pair came to.
type Result struct {
	Pair string // the names of both ends
	// Scenarios are those of what was measured. There is one of a pair that was left out, too, with
	// steps that were all skipped.
	Scenarios  []report.Scenario
	Compatible bool   // see [Guide.Compatible]
	Unmeasured []Step // see [Guide.Unmeasured]
	Cut        bool   // the run was ended before the pair's end
	LeftOut    bool   // and before its begin
}

// NewMatrix returns a run that has not begun. There is at least one pair. Each has a folder and, if
// any, recorders of its own.
func NewMatrix(pairs []Config) *Matrix {
	m := &Matrix{}
	for _, cfg := range pairs {
		g := New(cfg)
		m.pairs = append(m.pairs, g)
		m.views = append(m.views, PairView{Name: g.pair()})
	}
	return m
}

// Run runs the guide on each pair, until the end of the last or until ctx ends: then the pairs that
// are left are left out. It returns the scenarios of all pairs, in their order. It is called once.
func (m *Matrix) Run(ctx context.Context) (all []report.Scenario) {
	for i, g := range m.pairs {
		result := Result{Pair: g.pair(), LeftOut: i > 0 && ctx.Err() != nil}
		if result.LeftOut {
			result.Scenarios = g.leaveOut()
		} else {
			m.begin(i)
			result.Scenarios = g.Run(ctx)
		}
		result.Compatible, result.Unmeasured, result.Cut = g.Compatible(), g.Unmeasured(), ctx.Err() != nil
		m.over(i, result)
		all = append(all, result.Scenarios...)
	}
	return all
}

// begin has a pair begin. What the one before it holds of its traffic nobody will ask for.
func (m *Matrix) begin(i int) {
	if i > 0 {
		m.pairs[i-1].forget()
	}
	m.mu.Lock()
	m.at, m.views[i].State = i, Running
	m.mu.Unlock()
	if m.Begins != nil {
		m.Begins(m.pairs[i].Look())
	}
}

// over takes what a pair came to.
func (m *Matrix) over(i int, r Result) {
	v := PairView{Name: r.Pair, State: Ended, Compatible: r.Compatible}
	if r.LeftOut {
		v.State = Skipped
	}
	alone := report.Combine(report.Meta{}, r.Scenarios...)
	v.Verdict = alone.Verdict()
	if reasons := alone.Reasons(m.pairs[i].cfg.Lang); len(reasons) > 0 {
		v.Text = reasons[0]
	}
	m.mu.Lock()
	m.views[i], m.done = v, i == len(m.pairs)-1
	m.mu.Unlock()
	if m.Over != nil {
		m.Over(r)
	}
}

// Look returns how far the run is. It may be called at any time.
func (m *Matrix) Look() MatrixView {
	m.mu.Lock()
	v := MatrixView{Pairs: append([]PairView(nil), m.views...), At: m.at, Done: m.done}
	m.mu.Unlock()
	v.View = m.pairs[v.At].Look()
	for i, g := range m.pairs {
		v.Pairs[i].Steps = g.seen()
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
	At    int // the pair that runs, or the last one that did
	// View is that pair's.
	View
	Done bool // all pairs have ended, or were left out
}

// A PairView is how far one of the pairs is.
type PairView struct {
	Name string // the names of both ends
	// State says of a pair that it is skipped where the run was ended before it.
	State State
	Steps []Step // all of its plan
	// Verdict, Compatible and Text are what it came to, once it has ended: the text is the verdict's
	// reason in one sentence, in the language of the run.
	Verdict    report.Verdict
	Compatible bool
	Text       string
}
