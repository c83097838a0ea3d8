package guide

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anytls-inspect/capture/guide/traffic"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// inTurn returns what comes as the i-th of both in a turn: 1 with heartbeats, 0 without. Which is
// first alternates, so that what slows the machine down, or drifts, falls on both.
func inTurn(turn, i int) (with int) { return (turn + i) % 2 }

// throughput downloads with heartbeats and without, by turns.
func throughput(ctx context.Context, pr *partRun) error {
	const first = 4 << 20 // it warms up, and shows how much a turn can take
	p, pace := pr.rig.proxy, &pr.pace
	began := time.Now()
	rate, err := p.Download(ctx, first)
	if errors.Is(err, traffic.ErrEmpty) {
		return unmeasured{smallAnswer.in(pr.cfg.Lang)}
	}
	if err != nil {
		return pr.undone(ctx, err)
	}
	if !p.Own() && time.Since(began) < 2*pace.turnBeat {
		return unmeasured{smallAnswer.in(pr.cfg.Lang)}
	}
	size := pace.sized(rate)
	t := &report.Throughput{Interval: session.Millis(pace.turnBeat)}
	for turn := range pace.turns {
		var rates [2]float64 // without, with
		for i := range rates {
			with := inTurn(turn, i)
			if rates[with], err = pr.download(ctx, size, with == 1); err != nil {
				break
			}
		}
		if err != nil {
			break
		}
		t.Without, t.With = append(t.Without, rates[0]), append(t.With, rates[1])
	}
	pr.rig.relaying.settle(ctx)
	if len(t.With) > 0 {
		pr.s.Throughput = t
	}
	if err == nil || cut(ctx) && pr.s.Throughput != nil { // of fewer turns
		return nil
	}
	return pr.undone(ctx, err)
}

// download returns the rate of a download, with heartbeats or while there are none.
func (pr *partRun) download(ctx context.Context, size int64, with bool) (float64, error) {
	if with {
		pr.rig.relaying.pulse.beat(pr.pace.turnBeat)
	} else {
		pr.rig.relaying.settle(ctx)
	}
	return pr.rig.proxy.Download(ctx, size)
}

// undone says why downloads came to their end.
func (pr *partRun) undone(ctx context.Context, err error) error {
	if cut(ctx) {
		return context.Cause(ctx)
	}
	return fmt.Errorf("a download failed: %w", err)
}
