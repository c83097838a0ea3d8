package main

import (
	"context"
	"fmt"
	"strings"
	"sync"
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/steps"
)

// A guideScreen shows a run of the guide on a terminal. Where the screen falls over, or its
// terminal is gone, the run goes on, and its steps are told on standard error.
type guideScreen struct {
	*stdio
	warner  *warner
	outputs *outputs

	mu      sync.Mutex // guards what follows
	ended   []string   // what was not told
	telling bool       // there is no screen any more: all is told as it comes
}

// tell takes lines on what the screen shows, such as a step that has ended.
func (g *guideScreen) tell(line string) {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.ended = append(g.ended, line); g.telling {
		g.tellEnded()
	}
}

// tellSteps tells the steps that have ended, and those to come as they end.
func (g *guideScreen) tellSteps() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.telling = true
	g.tellEnded()
}

// tellEnded tells the steps that have ended and were not told. The caller holds mu.
func (g *guideScreen) tellEnded() {
	for _, line := range g.ended {
		g.stdio.tell("%s", line)
	}
	g.ended = nil
}

// run runs the guide, and shows it until its end. A key of the user, or the end of ctx, ends it in
// order. The error says why there was no screen to the end.
func (g *guideScreen) run(ctx context.Context, run *guide.Matrix) ([]report.Scenario, error) {
	running, end := context.WithCancel(ctx)
	defer end()
	goesOn := func() string {
		if running.Err() != nil {
			return ""
		}
		return "; the run goes on: end it with Ctrl-C"
	}
	// When the run ends, the terminal is waited for no longer.
	context.AfterFunc(running, func() { g.out.limitEach(blockedAfter) })
	g.out.onFailure(func(err error) {
		g.warner.release() // nobody sees the screen that it would spoil
		err = reasonOf(err)
		g.outputs.fail(journal.StandardOutput, err, fmt.Sprintf("the screen can't be drawn: %v%s", err, goesOn()))
		g.tellSteps()
	})
	var scenarios []report.Scenario
	shown, leave := context.WithCancel(context.WithoutCancel(ctx))
	go func() { // until the guide has ended
		defer leave()
		scenarios = run.Run(running)
		end() // the terminal may take nothing
	}()
	g.warner.hold()
	list, err := steps.Run(shown, steps.Options{
		Look: func() steps.Shown { return g.shown(run.Look()) },
		End:  end, Ending: running.Done(), Clock: time.Now,
		Input: g.in, Output: g.screenFile(),
	})
	over := run.Look().Done
	if over && len(list) > 0 { // else the screen would be gone with all that it said
		_, _ = fmt.Fprintln(g.out, strings.Join(list, "\n"))
	}
	g.warner.release()
	switch {
	case over:
	case err != nil:
		g.stdio.tell("%v%s", err, goesOn())
		g.tellSteps()
	default:
		g.stdio.tell("the run ends in order")
	}
	<-shown.Done()
	return scenarios, err
}

// shown returns what the screen shows of a run.
func (g *guideScreen) shown(v guide.MatrixView) steps.Shown {
	s := steps.Shown{Title: "guide", Began: v.Pairs[0].Began, Pairs: make([]steps.Pair, len(v.Pairs)), Done: v.Done}
	for i := range v.Pairs {
		s.Pairs[i] = pairOf(&v.Pairs[i])
	}
	if kept := g.warner.keptBack(); len(kept) > 0 {
		s.Note = kept[len(kept)-1]
	}
	return s
}

// pairOf returns what the screen shows of a pair.
func pairOf(v *guide.PairView) steps.Pair {
	p := steps.Pair{
		Row:   steps.Row{Title: v.Pair, State: stateOf(v.State), Text: v.Text, Began: v.Began, Took: v.Took},
		Steps: make([]steps.Row, len(v.Steps)),
	}
	if v.State == guide.Ended {
		p.Status, p.Verdict = statusOfVerdict(v.Verdict, v.Compatible)
	}
	for i := range v.Steps {
		p.Steps[i] = rowOf(&v.Steps[i])
	}
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		p.Heartbeats[peer] = steps.Heartbeats{Figures: v.Heartbeats[peer], Series: v.Series[peer]}
	}
	return p
}

// rowOf returns the row of a step.
func rowOf(s *guide.Step) steps.Row {
	return steps.Row{
		Title: s.Title, Part: partTitle(s.Part), Text: s.Text,
		State: stateOf(s.State), Status: statusOf(s.Status),
		Began: s.Began, Took: s.Took, Takes: s.Takes,
	}
}

// stateOf returns a state as the screen has it.
func stateOf(s guide.State) steps.State {
	return [...]steps.State{
		guide.Waiting: steps.Waiting, guide.Running: steps.Running, guide.Ended: steps.Ended, guide.Skipped: steps.Skipped,
	}[s]
}

// statusOf returns a status as the screen has it, also for who prints it.
func statusOf(s report.Status) steps.Status {
	switch s {
	case report.Passed:
		return steps.Passed
	case report.Failed:
		return steps.Failed
	case report.Observed:
		return steps.Observed
	default:
		return steps.NotMeasured
	}
}

// partTitle returns the heading of a part.
func partTitle(name string) string {
	switch name {
	case guide.LoadPart:
		return "under load"
	case guide.BothPart:
		return "both directions"
	default:
		return name
	}
}
