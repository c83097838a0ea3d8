package guide

import (
	"context"
	"time"

	"anytls-inspect/protocol/session"
)

// both runs the guide's third scenario: requests and heartbeats both ways for long.
func both(ctx context.Context, sc *scene) error {
	began := time.Now()
	sc.rig.relaying.beat(sc.pace.beat)
	t := sc.rig.proxy.Steady(ctx, sc.cfg.Plan.Duration, sc.pace.beat)
	if t.Requests == 0 {
		return context.Cause(ctx)
	}
	sc.s.Relayed, sc.s.Duration = &t, session.Millis(time.Since(began))
	sc.rig.relaying.settle(ctx)
	return nil
}
