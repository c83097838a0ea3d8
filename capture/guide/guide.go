package guide

import (
	"context"
	"errors"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// A Guide is a run of the guide on one pair.
type Guide struct {
	cfg Config

	mu        sync.Mutex // guards what follows
	began     time.Time
	ended     time.Time // zero: it has not
	steps     []Step    // all of the plan, as far as they are
	relaying  *relaying // the newest relay, which may have ended; nil: there was none
	scenarios []report.Scenario
	programs  []*process.Process // all that were started: a few for each part
	killed    bool               // none may run any more
	cut       bool               // the run was ended before its end
}

// New returns a run that has not begun.
func New(cfg Config) *Guide {
	g := &Guide{cfg: cfg}
	r := &run{Guide: g, pace: cfg.Plan.steps()}
	missing := cfg.missing() != nil
	for _, part := range cfg.Plan.parts() {
		for _, s := range part.steps {
			step := Step{ID: s.id, Part: part.name, Title: report.StepTitle(s.id, cfg.Lang)}
			if !missing && s.lacks(r) == (words{}) {
				step.Takes = s.takes(r)
			}
			g.steps = append(g.steps, step)
		}
	}
	return g
}

// Run runs the guide until its end, or until ctx ends, and ends all that it started. It returns
// the scenarios of what was measured, and never none. It is called once.
func (g *Guide) Run(ctx context.Context) []report.Scenario {
	g.mu.Lock()
	g.began = time.Now()
	g.mu.Unlock()
	if limit := g.cfg.Plan.Limit; limit > 0 {
		var cancel context.CancelFunc
		ctx, cancel = context.WithTimeoutCause(ctx, limit, errOver)
		defer cancel()
	}
	if missing := g.cfg.missing(); missing != nil {
		g.leaveOut(missing.Error(), notStarted)
	} else if r, err := newRun(g); err == nil {
		r.parts(ctx)
	} else {
		r.leaveAll(err.Error(), notStarted)
	}
	g.mu.Lock()
	g.ended = time.Now()
	g.mu.Unlock()
	return g.measured()
}

// measured returns the scenarios of what was measured so far.
func (g *Guide) measured() []report.Scenario {
	g.mu.Lock()
	defer g.mu.Unlock()
	return slices.Clone(g.scenarios)
}

// Look returns how far the run is. It may be called at any time, also while Run runs.
func (g *Guide) Look() View {
	g.mu.Lock()
	view := View{
		Pair: g.pair(), Began: g.began, Steps: slices.Clone(g.steps), Done: !g.ended.IsZero(),
	}
	if view.Done {
		view.Took = g.ended.Sub(g.began)
	}
	relaying := g.relaying
	g.mu.Unlock()
	if relaying != nil { // its journal has locks of its own
		view.Heartbeats = relaying.figures()
		for p, toward := range journal.Look(relaying.journal, journal.AskHeartbeats{}) {
			view.Series[p] = toward.Series
		}
	}
	return view
}

// pair returns the names of both ends.
func (g *Guide) pair() string {
	return g.cfg.Server.called(protocol.Server) + " ← " + g.cfg.Client.called(protocol.Client)
}

// Compatible tells whether the run found nothing against the pair, and measured all that it set
// out to: what it can't measure of such a pair, such as the log of an end that runs elsewhere, is not asked for.
func (g *Guide) Compatible() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.scenarios {
		if g.scenarios[i].Result() == report.Failed {
			return false
		}
	}
	for i := range g.steps {
		if !g.steps[i].fine() {
			return false
		}
	}
	return len(g.scenarios) > 0 && !g.cut
}

// Unmeasured returns the steps that were to be measured of the pair, and were not, though nothing in
// them failed: without them it is not known to be compatible.
func (g *Guide) Unmeasured() (list []Step) {
	g.mu.Lock()
	defer g.mu.Unlock()
	for i := range g.steps {
		if s := &g.steps[i]; !s.fine() && s.Status != report.Failed {
			list = append(list, *s)
		}
	}
	return list
}

// fine tells whether a step says nothing against the pair.
func (s *Step) fine() bool {
	switch s.Status {
	case report.Passed, report.Observed:
		return true
	case report.NotMeasured:
		return s.unfit || !s.decides()
	default:
		return false
	}
}

// decides tells whether a pair is not known to be compatible without the step. What a log says,
// and what time a machine has for a process, are no matter of the pair alone.
func (s *Step) decides() bool {
	switch s.ID {
	case report.StepLogs, report.StepCPU, report.StepThroughput, report.StepUDP:
		return s.State == Skipped // the run did not come to it
	default:
		return true
	}
}

// step calls change with a step of the plan, and tells of it where it is over then.
func (g *Guide) step(part string, id report.StepID, change func(*Step)) {
	g.mu.Lock()
	at := slices.IndexFunc(g.steps, func(s Step) bool { return s.Part == part && s.ID == id })
	s := &g.steps[at]
	over := s.over()
	change(s)
	told := *s
	g.mu.Unlock()
	if !over && told.over() && g.cfg.Tell != nil {
		g.cfg.Tell(told)
	}
}

// over tells whether nothing more will be measured of a step.
func (s *Step) over() bool { return s.State == Ended || s.State == Skipped }

// over takes a scenario that is over.
func (g *Guide) over(s report.Scenario) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.scenarios = append(g.scenarios, s)
}

// cutOff says that somebody ended the run before its end.
func (g *Guide) cutOff() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.cut = true
}

// cutBy returns what is said of what the end of a run has cut short: by whoever ended it, or since its
// time was over; nothing where it goes on.
func (g *Guide) cutBy(ctx context.Context, ended, over words) words {
	switch {
	case ctx.Err() == nil:
		return words{}
	case errors.Is(context.Cause(ctx), errOver):
		return over
	}
	g.cutOff()
	return ended
}

// wasCut tells whether somebody ended the run before its end.
func (g *Guide) wasCut() bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	return g.cut
}

// watch takes the newest relay.
func (g *Guide) watch(r *relaying) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.relaying = r
}

// peers are both ends.
var peers = [...]protocol.Peer{protocol.Server, protocol.Client}
