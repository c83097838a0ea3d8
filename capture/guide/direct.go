package guide

import (
	"context"
)

// direct sends requests through the pair by itself: a client that is started is started for this
// once more, and so is a server.
func direct(ctx context.Context, sc *scene) error {
	rig, err := sc.startRig(ctx, "direct", false)
	if err != nil {
		return err
	}
	defer rig.end()
	while, release := rig.while(ctx)
	defer release()
	t := sc.few(while, rig.proxy, sc.pace.spacing)
	if t.Requests == 0 {
		return sc.explain(while, rig, context.Cause(while))
	}
	sc.s.Direct = &t
	if t.Failed > 0 {
		sc.hopeless = failsAlone
		_ = pause(while, lastBreath)
		sc.heard = rig.heard()
	}
	return sc.explain(while, rig, nil)
}

// unfitDirect says why a pair can't be tried without the relay.
func unfitDirect(r *run) words {
	clientRuns, serverRuns := r.cfg.Client.Command == nil, r.cfg.Server.Command == nil
	switch {
	case clientRuns && r.cfg.SocksDirect == "":
		return noneDirect
	case clientRuns && !serverRuns:
		return serverMoves
	case serverRuns && r.verifiesOurs():
		return verifiesOurs
	default:
		return words{}
	}
}
