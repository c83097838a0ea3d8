package guide

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// cpu compares the CPU time that the ends take for an idle stream with heartbeats to that without,
// in spans by turns.
func cpu(ctx context.Context, pr *partRun) error {
	var t report.Traffic // of the stream
	stream := pr.open(ctx, &t)
	var spans protocol.ByPeer[[]report.CPUSpan]
	var beats protocol.ByPeer[uint64] // within the spans with heartbeats
	var err error
	for n := range pr.pace.spans {
		var pair [2]protocol.ByPeer[report.CPUTime] // without, with
		var sent protocol.ByPeer[uint64]
		for i := range pair {
			with := inTurn(n, i)
			before := pr.rig.relaying.injected()
			if pair[with], err = pr.span(ctx, with == 1); err != nil {
				break
			}
			if with == 1 {
				for p, n := range pr.rig.relaying.injected() {
					sent[p] = n - before[p]
				}
			}
		}
		if err != nil {
			break
		}
		for _, p := range peers {
			beats[p] += sent[p]
			spans[p] = append(spans[p], report.CPUSpan{With: pair[1][p], Without: pair[0][p]})
		}
	}
	stream.close(ctx, &t)
	pr.rig.relaying.settle(ctx)
	if len(spans[protocol.Server]) > 0 {
		pr.tellCPU(spans, beats)
	}
	switch {
	case err != nil && cut(ctx) && len(pr.s.CPU) > 0:
		return nil // of fewer spans
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, process.ErrNoCPU):
		return unmeasured{noCPU.in(pr.cfg.Lang)}
	case err != nil:
		return unmeasured{err.Error()}
	case t.Failed > 0:
		pr.s.CPU = nil // of a session that is dead
		return errors.New(t.Failures[0])
	default:
		return nil
	}
}

// span returns the CPU time that the ends take within a span, with heartbeats or without. It
// begins between two heartbeats, so that it has as many as belong to it.
func (pr *partRun) span(ctx context.Context, with bool) (took protocol.ByPeer[report.CPUTime], err error) {
	pr.rig.relaying.settle(ctx)
	if with {
		pr.rig.relaying.pulse.beat(pr.pace.spanBeat)
	}
	if err := pause(ctx, pr.pace.spanBeat/2); err != nil {
		return took, err
	}
	before, err := pr.rig.cpu()
	if err != nil {
		return took, err
	}
	began := time.Now()
	if err := pause(ctx, pr.pace.span); err != nil {
		return took, err
	}
	after, err := pr.rig.cpu()
	wall := time.Since(began)
	for _, p := range peers {
		took[p] = report.CPUTime{CPU: session.Millis(after[p] - before[p]), Wall: session.Millis(wall)}
	}
	return took, err
}

// cpu returns the CPU time that the ends have taken so far, of those of which a process is known.
func (g *rig) cpu() (took protocol.ByPeer[time.Duration], err error) {
	for _, p := range peers {
		if g.ends[p].known() {
			if took[p], err = g.ends[p].cpu(); err != nil {
				return took, fmt.Errorf("%v: %w", p, err)
			}
		}
	}
	return took, nil
}

// tellCPU writes what was measured into the scenario.
func (pr *partRun) tellCPU(spans protocol.ByPeer[[]report.CPUSpan], beats protocol.ByPeer[uint64]) {
	for _, p := range peers {
		e := &pr.rig.ends[p]
		if !e.known() {
			continue
		}
		of := report.CPU{
			Peer: p.String() + " " + e.Peer.Name, Spans: spans[p],
		}
		for _, s := range spans[p] {
			of.With.CPU, of.With.Wall = of.With.CPU+s.With.CPU, of.With.Wall+s.With.Wall
			of.Without.CPU, of.Without.Wall = of.Without.CPU+s.Without.CPU, of.Without.Wall+s.Without.Wall
		}
		of.Interval = session.Millis(apart(of.With.Wall.Duration(), beats[p], pr.pace.spanBeat))
		pr.s.CPU = append(pr.s.CPU, of)
	}
}

// apart returns the time between two heartbeats of which there were so many within a time, or what
// was meant where it is about that. A client that keeps many sessions has heartbeats in each: what
// they cost is not what one each so often costs. It is 0 where there was none.
func apart(within time.Duration, n uint64, meant time.Duration) time.Duration {
	if n == 0 {
		return 0
	}
	every := (within / time.Duration(n)).Round(time.Millisecond)
	if every >= meant/4*3 && every <= meant/3*4 {
		return meant
	}
	return every
}

// unfitCPU says why CPU time can't be measured. Without a target of our own no stream stays open
// that heartbeats would go beside.
func unfitCPU(r *run) words {
	if r.cfg.Target != "" {
		return ownTargets
	}
	for _, p := range peers {
		if r.cfg.end(p).known() {
			return words{}
		}
	}
	return noPIDs
}
