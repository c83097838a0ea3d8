package guide

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// A scene is a part while it runs, with the scenario that comes of it.
type scene struct {
	*run
	part  *part
	s     report.Scenario
	began time.Time // when the rig was started
	rig   *rig      // with the relay; nil before it was started, and when it is over
	// broken is why nothing more can be measured; zero: it can.
	broken words
	logged logged         // what the ends log that counts
	heard  []report.Quote // what they logged of why the step failed that was run last
}

// play runs a part.
func (r *run) play(ctx context.Context, p *part) {
	sc := &scene{run: r, part: p, s: newScenario(&r.cfg, p)}
	defer sc.close() // also where a step panics
	for i := range p.steps {
		sc.step(ctx, &p.steps[i])
	}
	sc.finish(ctx)
	if ctx.Err() != nil {
		sc.s.Notes = append(sc.s.Notes, endedNote.in(r.cfg.Lang))
	}
	r.over(sc.s)
	for i := range sc.s.Steps {
		if step := &sc.s.Steps[i]; step.Skipped == "" { // more is known now
			r.judge(p.name, &sc.s, step.ID, Ended)
		}
	}
}

// step runs a step, unless it can't be measured.
func (sc *scene) step(ctx context.Context, s *step) {
	if s.unfit != nil {
		if why := s.unfit(sc.run); why != (words{}) {
			sc.skip(s.id, why.in(sc.cfg.Lang), true)
			return
		}
	}
	if why := sc.why(ctx, s); why != (words{}) {
		sc.skip(s.id, why.in(sc.cfg.Lang), false)
		return
	}
	began := time.Now()
	sc.Guide.step(sc.part.name, s.id, func(step *Step) { step.State, step.Began = Running, began })
	if begins := sc.cfg.Plan.begins; begins != nil {
		begins(s.id)
	}
	sc.heard = nil
	err := sc.try(ctx, s)
	done := report.Step{ID: s.id, Took: session.Millis(time.Since(began)), Logged: sc.heard}
	var unmeasured unmeasured
	switch {
	case err == nil:
	case errors.As(err, &unmeasured):
		sc.skip(s.id, unmeasured.why, true)
		return
	case ctx.Err() != nil:
		sc.skip(s.id, runEnded.in(sc.cfg.Lang), false)
		return
	case sc.broken != words{}:
		sc.s.Failure = err.Error()
	default: // the scenario goes on
		done.Failure = err.Error()
	}
	sc.s.Steps = append(sc.s.Steps, done)
	now := sc.measured()
	sc.judge(sc.part.name, &now, s.id, Ended)
}

// why says why a step is not run; nothing: it is.
func (sc *scene) why(ctx context.Context, s *step) words {
	switch {
	case s.id == report.StepLogs && sc.logged.known():
		return words{} // what was logged until now
	case ctx.Err() != nil:
		return runEnded
	case sc.broken != words{}:
		return sc.broken
	case s.needs == needsRequests && sc.s.Relayed != nil && sc.s.Relayed.Failed == sc.s.Relayed.Requests:
		return nothingCame
	default:
		return words{}
	}
}

// skip says that a step is not measured, and why.
func (sc *scene) skip(id report.StepID, why string, unfit bool) {
	sc.s.Steps = append(sc.s.Steps, report.Step{ID: id, Skipped: why})
	sc.Guide.step(sc.part.name, id, func(step *Step) { step.unfit = unfit })
	sc.judge(sc.part.name, &sc.s, id, Skipped)
}

// try runs a step, on a rig where it needs one, until it is over, the rig breaks, or its time
// is over.
func (sc *scene) try(ctx context.Context, s *step) error {
	limit := s.limit(sc.run)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: %v", errLate, limit))
	defer cancel()
	if s.needs == needsNothing {
		return sc.explain(ctx, nil, s.do(ctx, sc))
	}
	if sc.rig == nil {
		if err := sc.start(ctx); err != nil {
			return err
		}
	}
	while, release := sc.rig.while(ctx)
	defer release()
	sc.rig.hear()
	err := s.do(while, sc)
	if sc.fails(s.id, err) {
		_ = pause(while, lastBreath)
		if s.id != report.StepTargets { // of those an end may rightly complain
			sc.heard = sc.rig.heard()
		}
	}
	err = sc.explain(while, sc.rig, err)
	if sc.rig.gone() != nil {
		sc.broken = pairGone
	}
	return err
}

// lastBreath is how long it may take an end that fails what was asked of it to be gone: what follows
// from that must not be held to be the cause.
const lastBreath = 500 * time.Millisecond

// fails tells whether a step has failed, as far as it is known.
func (sc *scene) fails(id report.StepID, err error) bool {
	now := sc.measured()
	status, _ := now.Judge(id, sc.cfg.Lang)
	return err != nil || status == report.Failed
}

// explain returns why a step was not run to its end, whatever it returned itself: that an end of
// the rig is gone, or that its time was over.
func (sc *scene) explain(ctx context.Context, on *rig, err error) error {
	if on != nil {
		if gone := on.gone(); gone != nil {
			return gone
		}
	}
	if late := context.Cause(ctx); errors.Is(late, errLate) {
		return late
	}
	if start := (startError{}); errors.As(err, &start) {
		sc.broken, sc.hopeless = notStarted, notStarted
	}
	return err
}

// start starts the rig of the part, with the relay.
func (sc *scene) start(ctx context.Context) error {
	sc.began = time.Now()
	rig, err := sc.startRig(ctx, sc.part.name, true)
	if err != nil {
		return sc.explain(ctx, nil, err)
	}
	sc.rig = rig
	sc.logged = rig.logs()
	sc.watch(rig.relaying)
	if sc.cfg.Client.Command == nil {
		rig.warmUp(ctx, sc.pace.tries)
	}
	return nil
}

// measured returns the scenario with what the relay's journal has by now.
func (sc *scene) measured() report.Scenario {
	if sc.rig == nil {
		return sc.s
	}
	return sc.rig.relaying.measure(sc.s)
}

// finish ends the rig, and measures once it is known what became of all that was under way.
func (sc *scene) finish(ctx context.Context) {
	rig := sc.rig
	if rig == nil {
		return
	}
	if gone := rig.gone(); gone != nil && ctx.Err() == nil && sc.broken == (words{}) {
		sc.s.Failure = gone.Error() // no step has told it
	}
	sc.logged.until(rig)
	ctx, cancel := context.WithTimeout(ctx, sc.pace.patience)
	defer cancel()
	rig.relaying.settle(ctx)
	rig.relaying.end()
	if sc.s.Duration == 0 {
		sc.s.Duration = session.Millis(time.Since(sc.began))
	}
	sc.s = sc.measured()
	sc.close()
}

// close ends the rig, whatever is under way.
func (sc *scene) close() {
	if sc.rig != nil {
		sc.rig.end()
		sc.rig = nil
	}
}
