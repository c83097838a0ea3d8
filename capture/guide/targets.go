package guide

import (
	"context"

	"anytls-inspect/capture/guide/traffic"
)

// datagrams sends the datagrams of the direct step through the relay.
func datagrams(ctx context.Context, sc *scene) error {
	streams := func() uint64 { return sc.rig.relaying.journal.Totals().Streams }
	before := streams()
	t := sc.rig.proxy.Datagrams(ctx, sc.pace.datagrams)
	if cut(ctx) {
		return context.Cause(ctx)
	}
	// An inbound that hangs up, and had no stream opened for it, is one that knows no datagrams.
	if t.Failed == t.Requests && len(t.Failures) > 0 && t.Failures[0] == traffic.HungUp && streams() == before {
		sc.s.UDPDirect = nil
		return unmeasured{noDatagrams.in(sc.cfg.Lang, t.Failures[0])}
	}
	sc.s.UDP = &t
	return nil
}

// targets sends requests to targets of all kinds. What the ends log from here on counts no more:
// a server may call a target that refuses an error, and is right.
func targets(ctx context.Context, sc *scene) error {
	sc.rig.relaying.settle(ctx)
	sc.logged.until(sc.rig)
	sc.rig.relaying.beat(sc.pace.beat)
	kinds := sc.rig.proxy.Kinds(ctx)
	if cut(ctx) {
		return context.Cause(ctx)
	}
	sc.s.Targets = kinds
	return nil
}

// unfitTarget says why a step that needs a target of our own can't be measured.
func unfitTarget(r *run) words {
	if r.cfg.Target != "" {
		return ownTargets
	}
	return words{}
}
