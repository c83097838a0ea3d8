package guide

import (
	"context"
	"time"

	"anytls-inspect/protocol/session"
)

// both runs the guide's third scenario: requests and heartbeats both ways for long.
func both(ctx context.Context, pr *partRun) error {
	began := time.Now()
	pr.rig.relaying.beat(pr.pace.beat)
	t := pr.rig.proxy.Steady(ctx, pr.cfg.Plan.Duration, pr.pace.beat)
	if t.Requests == 0 {
		return context.Cause(ctx)
	}
	pr.s.Relayed, pr.s.Duration = &t, session.Millis(time.Since(began))
	pr.rig.relaying.settle(ctx)
	return nil
}
