package guide

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// A partRun is a part while it runs, with the scenario that comes of it.
type partRun struct {
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
	pr := &partRun{run: r, part: p, s: r.newScenario(p)}
	defer pr.close() // also where a step panics
	for i := range p.steps {
		pr.step(ctx, &p.steps[i])
	}
	pr.finish(ctx)
	if note := r.cutBy(ctx, endedNote, overNote); note != (words{}) {
		pr.s.Notes = append(pr.s.Notes, note.in(r.cfg.Lang))
	}
	r.over(pr.s)
	for i := range pr.s.Steps {
		if step := &pr.s.Steps[i]; step.Skipped == "" { // more is known now
			r.judge(p.name, &pr.s, step.ID, Ended)
		}
	}
}

// step runs a step, unless it can't be measured.
func (pr *partRun) step(ctx context.Context, s *step) {
	if why := s.lacks(pr.run); why != (words{}) {
		pr.skip(s.id, why.in(pr.cfg.Lang), true)
		return
	}
	if why := pr.why(ctx, s); why != (words{}) {
		pr.skip(s.id, why.in(pr.cfg.Lang), false)
		return
	}
	began := time.Now()
	pr.Guide.step(pr.part.name, s.id, func(step *Step) { step.State, step.Began = Running, began })
	if begins := pr.cfg.Plan.begins; begins != nil {
		begins(s.id)
	}
	pr.heard = nil
	err := pr.try(ctx, s)
	done := report.Step{ID: s.id, Took: session.Millis(time.Since(began)), Logged: pr.heard}
	var unmeasured unmeasured
	switch {
	case err == nil:
	case errors.As(err, &unmeasured):
		pr.skip(s.id, unmeasured.why, true)
		return
	case ctx.Err() != nil:
		pr.skip(s.id, pr.cutBy(ctx, runEnded, timeOver).in(pr.cfg.Lang), false)
		return
	case pr.broken != words{}:
		pr.s.Failure = err.Error()
	default: // the scenario goes on
		done.Failure = err.Error()
	}
	pr.s.Steps = append(pr.s.Steps, done)
	now := pr.measured()
	pr.judge(pr.part.name, &now, s.id, Ended)
}

// why says why a step is not run; nothing: it is.
func (pr *partRun) why(ctx context.Context, s *step) words {
	switch {
	case s.needs == needsLog && pr.logged.known():
		return words{}
	case ctx.Err() != nil:
		return pr.cutBy(ctx, runEnded, timeOver)
	case pr.broken != words{}:
		return pr.broken
	case s.needs == needsRequests && pr.s.Relayed != nil && pr.s.Relayed.Failed == pr.s.Relayed.Requests:
		return nothingCame
	case s.needs == needsAnswers && pr.rig != nil && pr.rig.relaying.lost():
		return beatsLost // and each wait for those under way would be for one that is lost
	default:
		return words{}
	}
}

// skip says that a step is not measured, and why.
func (pr *partRun) skip(id report.StepID, why string, unfit bool) {
	pr.s.Steps = append(pr.s.Steps, report.Step{ID: id, Skipped: why})
	pr.Guide.step(pr.part.name, id, func(step *Step) { step.unfit = unfit })
	pr.judge(pr.part.name, &pr.s, id, Skipped)
}

// try runs a step, on a rig where it needs one, until it is over, the rig breaks, or its time
// is over.
func (pr *partRun) try(ctx context.Context, s *step) error {
	limit := s.limit(pr.run)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, fmt.Errorf("%w: %v", errLate, limit))
	defer cancel()
	if s.needs < needsRig {
		return pr.explain(ctx, nil, s.do(ctx, pr))
	}
	if pr.rig == nil {
		if err := pr.start(ctx); err != nil {
			return err
		}
		if interrupted(ctx) { // maybe in what warmed up a client that runs already
			pr.logged.interrupt(pr.rig.step)
		}
	}
	while, release := pr.rig.while(ctx)
	defer release()
	pr.rig.hear()
	err := s.do(while, pr)
	ended := interrupted(while)
	if ended {
		pr.logged.interrupt(pr.rig.step)
	}
	if !ended && pr.fails(s.id, err) { // else what was logged may be of the end
		_ = pause(while, lastBreath)
		if s.id != report.StepTargets { // of those an end may rightly complain
			pr.heard = pr.rig.heard(context.WithoutCancel(ctx))
		}
	}
	err = pr.explain(while, pr.rig, err)
	if pr.rig.gone() != nil {
		pr.broken = pairGone
	}
	return err
}

// lastBreath is how long it may take an end that fails what was asked of it to be gone: what follows
// from that must not be held to be the cause.
const lastBreath = 2 * time.Second

// fails tells whether a step has failed, as far as it is known.
func (pr *partRun) fails(id report.StepID, err error) bool {
	now := pr.measured()
	status, _ := now.Judge(id, pr.cfg.Lang)
	return err != nil || status == report.Failed
}

// explain returns why a step was not run to its end, whatever it returned itself: that an end of
// the rig is gone, or that its time was over.
func (pr *partRun) explain(ctx context.Context, on *rig, err error) error {
	if on != nil {
		if gone := on.gone(); gone != nil {
			return gone
		}
	}
	if late := context.Cause(ctx); errors.Is(late, errLate) {
		return late
	}
	if start := (startError{}); errors.As(err, &start) {
		pr.broken, pr.hopeless = notStarted, notStarted
	}
	return err
}

// start starts the rig of the part, with the relay.
func (pr *partRun) start(ctx context.Context) error {
	pr.began = time.Now()
	rig, err := pr.startRig(ctx, pr.part.name, true)
	if err != nil {
		return pr.explain(ctx, nil, err)
	}
	pr.rig = rig
	pr.logged = rig.logs()
	pr.watch(rig.relaying)
	if pr.cfg.Client.Command == nil {
		rig.warmUp(ctx, pr.pace.tries)
	}
	return nil
}

// measured returns the scenario with what the relay's journal has by now.
func (pr *partRun) measured() report.Scenario {
	if pr.rig == nil {
		return pr.s
	}
	return pr.rig.relaying.measure(pr.s)
}

// finish ends the rig, and measures once it is known what became of all that was under way.
func (pr *partRun) finish(ctx context.Context) {
	rig := pr.rig
	if rig == nil {
		return
	}
	if gone := rig.gone(); gone != nil && ctx.Err() == nil && pr.broken == (words{}) {
		pr.s.Failure = gone.Error() // no step has told it
	}
	pr.logged.until(rig.now())
	ctx, cancel := context.WithTimeout(ctx, pr.pace.patience)
	defer cancel()
	rig.relaying.settle(ctx)
	rig.relaying.end()
	if pr.s.Duration == 0 {
		pr.s.Duration = session.Millis(time.Since(pr.began))
	}
	pr.s = pr.measured()
	if seen := pr.cfg.Seen; seen != nil {
		seen(pr.part.name, rig.relaying.journal)
	}
	pr.close()
}

// close ends the rig, whatever is under way.
func (pr *partRun) close() {
	if pr.rig != nil {
		pr.rig.end()
		pr.rig = nil
	}
}
