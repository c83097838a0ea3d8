package guide

import (
	"context"
	"math"

	"anytls-inspect/capture/guide/traffic"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// load sends rounds of parallel requests and bulk data while heartbeats are injected often, until
// enough of them were answered.
func load(ctx context.Context, pr *partRun) error {
	relaying, pace := pr.rig.relaying, &pr.pace
	l := report.Load{Parallel: uint64(pace.atOnce), Interval: session.Millis(pace.often)}
	stream := pr.open(ctx, &l.Traffic)
	relaying.pulse.beat(pace.often)
	for range pace.rounds {
		t := round(ctx, pr.rig.proxy, pace)
		if cut(ctx) {
			break
		}
		add(&l.Traffic, t)
		f := relaying.figures()
		enough := min(f[protocol.Server].Answered, f[protocol.Client].Answered) >= pace.answered
		if l.Failed > 0 || relaying.lost() || enough {
			break
		}
		if !pr.rig.proxy.Own() {
			break // others have to bear it
		}
	}
	stream.close(ctx, &l.Traffic)
	relaying.settle(ctx)
	if l.Requests == 0 {
		return context.Cause(ctx)
	}
	totals := relaying.journal.Totals()
	server, client := totals.Toward(protocol.Server), totals.Toward(protocol.Client)
	l.Heartbeats = server.Injected.Plus(client.Injected)
	pr.s.Load = &l
	return nil
}

// round sends parallel requests, and then a download and an upload.
func round(ctx context.Context, p *traffic.Proxy, pace *pace) report.Traffic {
	t := p.Parallel(ctx, pace.parallel, pace.atOnce)
	if !p.Own() || t.Failed > 0 {
		return t
	}
	add(&t, bulk(ctx, pace.bulk, p.Download))
	add(&t, bulk(ctx, pace.bulk, p.Upload))
	return t
}

func bulk(ctx context.Context, size int64, move func(context.Context, int64) (float64, error)) report.Traffic {
	_, err := move(ctx, size)
	if err != nil {
		size = 0
	}
	return one(size, err)
}

// sized returns how many bytes at a rate, in 10⁶ bytes a second, take about a turn: whole MiB.
func (p *pace) sized(rate float64) int64 {
	const mib = 1 << 20
	whole := math.Round(rate*1e6*p.turn.Seconds()/mib) * mib
	return int64(min(max(whole, mib), float64(p.turnBytes)))
}
