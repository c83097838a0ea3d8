package guide

import (
	"context"
	"errors"
	"fmt"
	"time"

	"anytls-inspect/capture/guide/traffic"
	"anytls-inspect/capture/report"
)

// relayed sends the requests of the direct step through the relay. Where they succeed and the relay
// has seen no session, the client has another way, and nothing is known of the pair.
func relayed(ctx context.Context, pr *partRun) error {
	t := pr.few(ctx, pr.rig.proxy, pr.pace.spacing)
	if t.Requests == 0 {
		return context.Cause(ctx)
	}
	if err := pr.blameTarget(pr.rig.proxy, &t); err != nil {
		return err
	}
	if t.Failed < t.Requests && pr.rig.relaying.journal.Totals().Sessions == 0 {
		pr.broken, pr.hopeless = pastRelay, pastRelay
		return errors.New(wentPast.in(pr.cfg.Lang, t.Requests-t.Failed, t.Requests, pr.rig.relaying.addr))
	}
	pr.s.Relayed = &t
	if t.Failed == t.Requests && pr.hopeless == (words{}) {
		pr.hopeless = nothingCame
	}
	return nil
}

// blameTarget returns an error where the target of others is why all requests failed: nothing is
// known of the pair then.
func (pr *partRun) blameTarget(p *traffic.Proxy, t *report.Traffic) error {
	fault := p.AtFault(t)
	if fault == nil || pr.s.Direct != nil { // without the relay it has done better
		return nil
	}
	pr.broken, pr.hopeless = badTarget, badTarget
	return errors.New(wrongTarget.in(pr.cfg.Lang, pr.cfg.Target, fault))
}

// heartbeats sends requests while heartbeats are injected both ways. A stream stays open, so that
// there is a session whose client's writes are padded no more: its client can be asked.
func heartbeats(ctx context.Context, pr *partRun) error {
	var t report.Traffic
	stream := pr.open(ctx, &t)
	pr.rig.relaying.beat(pr.pace.beat)
	add(&t, pr.few(ctx, pr.rig.proxy, pr.pace.beat))
	stream.close(ctx, &t)
	pr.rig.relaying.settle(ctx)
	pr.rig.relaying.beat(pr.pace.beat)
	if t.Requests == 0 {
		return context.Cause(ctx)
	}
	pr.s.Spaced = &t
	return nil
}

// few sends a few requests, one after another. Where all of the first ones fail, these will do:
// each takes seconds to fail.
func (pr *partRun) few(ctx context.Context, p *traffic.Proxy, every time.Duration) report.Traffic {
	first := min(pr.pace.tries, pr.pace.requests)
	t := p.Spaced(ctx, first, every)
	rest := pr.pace.requests - first
	if rest == 0 || t.Failed == t.Requests || pause(ctx, every) != nil {
		return t
	}
	add(&t, p.Spaced(ctx, rest, every))
	return t
}

// add adds what came of more requests.
func add(to *report.Traffic, more report.Traffic) {
	to.Requests += more.Requests
	to.Failed += more.Failed
	to.BytesCompared += more.BytesCompared
	to.Failures = append(to.Failures, more.Failures[:min(len(more.Failures), max(0, traffic.MaxFailures-len(to.Failures)))]...)
}

// one is what came of one request.
func one(bytes int64, err error) report.Traffic {
	t := report.Traffic{Requests: 1, BytesCompared: uint64(bytes)}
	if err != nil {
		t.Failed, t.Failures = 1, []string{err.Error()}
	}
	return t
}

// A held is a stream that stays open while others come and go; nil: there is none.
type held struct {
	*traffic.Stream
	pulse *pulse
}

// open opens a stream to our own target, for heartbeats to go beside. Where it can't be opened, that is
// a request that failed.
func (pr *partRun) open(ctx context.Context, t *report.Traffic) *held {
	if !pr.rig.proxy.Own() {
		return nil
	}
	pulse := pr.rig.relaying.pulse
	before := pulse.usage()
	stream, err := pr.rig.proxy.Open(ctx)
	if err == nil {
		pulse.keep(before)
		return &held{stream, pulse}
	}
	addStream(ctx, t, 0, err)
	return nil
}

// close closes the stream. It counts as a request: it failed where the stream is dead by now.
func (h *held) close(ctx context.Context, t *report.Traffic) {
	if h == nil {
		return
	}
	err := h.Echo(ctx)
	_ = h.Close()
	h.pulse.release()
	addStream(ctx, t, 1, err)
}

// addStream adds what came of the stream that stays open, as one request.
func addStream(ctx context.Context, to *report.Traffic, bytes int64, err error) {
	if cut(ctx) {
		return
	}
	if err != nil {
		bytes, err = 0, fmt.Errorf("the stream that stays open: %w", err)
	}
	add(to, one(bytes, err))
}
