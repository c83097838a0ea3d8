package guide

import "context"

// direct sends requests and datagrams through the pair by itself: a client that is started is
// started for this once more, and so is a server. What becomes of the datagrams is the matter of
// the step that sends them through the relay.
func direct(ctx context.Context, pr *partRun) error {
	rig, err := pr.startRig(ctx, directRig, false)
	if err != nil {
		return err
	}
	defer rig.end()
	while, release := rig.while(ctx)
	defer release()
	t := pr.few(while, rig.proxy, pr.pace.spacing)
	ended := interrupted(while)
	if t.Requests == 0 {
		return pr.explain(while, rig, context.Cause(while))
	}
	if err := pr.blameTarget(rig.proxy, &t); err != nil {
		return err
	}
	pr.s.Direct = &t
	if t.Failed > 0 {
		pr.hopeless = failsAlone
		if !ended {
			_ = pause(while, lastBreath)
			pr.heard = rig.heard(context.WithoutCancel(ctx))
		}
	} else if u := rig.proxy.Datagrams(while, pr.pace.datagrams); u.Requests > 0 && !cut(while) {
		pr.s.UDPDirect = &u
	}
	return pr.explain(while, rig, nil)
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
