package guide

import (
	"context"

	"anytls-inspect/capture/guide/traffic"
)

// datagrams sends the datagrams of the direct step through the relay. What the ends log from here
// on counts no more: of datagrams that an end doesn't take there is a step to tell.
func datagrams(ctx context.Context, pr *partRun) error {
	pr.rig.relaying.settle(ctx)
	pr.logged.until(pr.rig.now())
	pr.rig.relaying.beat(pr.pace.beat)
	streams := func() uint64 { return pr.rig.relaying.journal.Totals().Streams }
	before := streams()
	t := pr.rig.proxy.Datagrams(ctx, pr.pace.datagrams)
	if cut(ctx) {
		return context.Cause(ctx)
	}
	// An inbound that hangs up, and had no stream opened for it, is one that knows no datagrams.
	if t.Failed == t.Requests && len(t.Failures) > 0 && t.Failures[0] == traffic.HungUp && streams() == before {
		pr.s.UDPDirect = nil
		return unmeasured{noDatagrams.in(pr.cfg.Lang, t.Failures[0])}
	}
	pr.s.UDP = &t
	return nil
}

// targets sends requests to targets of all kinds. What the ends log of it does not count: a server
// may call a target that refuses an error, and is right.
func targets(ctx context.Context, pr *partRun) error {
	kinds := pr.rig.proxy.Kinds(ctx)
	if cut(ctx) {
		return context.Cause(ctx)
	}
	pr.s.Targets = kinds
	return nil
}

// unfitTarget says why a step that needs a target of our own can't be measured.
func unfitTarget(r *run) words {
	if r.cfg.Target != "" {
		return ownTargets
	}
	return words{}
}
