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
func cpu(ctx context.Context, sc *scene) error {
	var t report.Traffic // of the stream
	stream := sc.open(ctx, &t)
	var spans protocol.ByPeer[[]report.CPUSpan]
	var beats protocol.ByPeer[uint64] // within the spans with heartbeats
	var err error
	for n := range sc.pace.spans {
		var pair [2]protocol.ByPeer[report.CPUTime] // without, with
		var sent protocol.ByPeer[uint64]
		for i := range pair {
			with := inTurn(n, i)
			before := sc.rig.relaying.injected()
			if pair[with], err = sc.span(ctx, with == 1); err != nil {
				break
			}
			if with == 1 {
				for p, n := range sc.rig.relaying.injected() {
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
	sc.rig.relaying.settle(ctx)
	if len(spans[protocol.Server]) > 0 {
		sc.tellCPU(spans, beats)
	}
	switch {
	case err != nil && cut(ctx) && len(sc.s.CPU) > 0:
		return nil // of fewer spans
	case err != nil && ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, process.ErrNoCPU):
		return unmeasured{noCPU.in(sc.cfg.Lang)}
	case err != nil:
		return unmeasured{err.Error()}
	case t.Failed > 0:
		sc.s.CPU = nil // of a session that is dead
		return fmt.Errorf("the idle stream: %s", t.Failures[0])
	default:
		return nil
	}
}

// span returns the CPU time that the ends take within a span, with heartbeats or without. It
// begins between two heartbeats, so that it has as many as belong to it.
func (sc *scene) span(ctx context.Context, with bool) (took protocol.ByPeer[report.CPUTime], err error) {
	sc.rig.relaying.settle(ctx)
	if with {
		sc.rig.relaying.pulse.beat(sc.pace.spanBeat)
	}
	if err := pause(ctx, sc.pace.spanBeat/2); err != nil {
		return took, err
	}
	before, err := sc.rig.cpu()
	if err != nil {
		return took, err
	}
	began := time.Now()
	if err := pause(ctx, sc.pace.span); err != nil {
		return took, err
	}
	after, err := sc.rig.cpu()
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
func (sc *scene) tellCPU(spans protocol.ByPeer[[]report.CPUSpan], beats protocol.ByPeer[uint64]) {
	for _, p := range peers {
		e := &sc.rig.ends[p]
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
		of.Interval = session.Millis(apart(of.With.Wall.Duration(), beats[p], sc.pace.spanBeat))
		sc.s.CPU = append(sc.s.CPU, of)
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
	for _, e := range [...]*End{&r.cfg.Server, &r.cfg.Client} {
		if e.Command != nil || e.PID != 0 {
			return words{}
		}
	}
	return noPIDs
}
