package main

import (
	"context"
	"errors"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// A player replays a capture, and shows it.
type player struct {
	*stdio
	warner  *warner
	cfg     replayConfig
	keyed   fingerprintKey
	journal *journal.Journal
	source  replay.Config
	inputs  captures       // what the source reads
	played  *replay.Source // once it plays
}

// run replays until the capture has ended or ctx ends; on the screen, until the user
// quits or ctx ends. Where standard output can't be written, the replay ends, unless a
// report is asked for, which is about the whole capture.
func (p *player) run(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &outputs{warner: p.warner, journal: p.journal}
	end := cancel
	if p.cfg.report.path != "" {
		end = func() {}
	}
	d := newDrain(p.journal, p.cfg.output.writer(p.out), p.cfg.output.secrets, p.cfg.report.collector(nil), p.late, out.broken(end))
	p.cfg.output.watchFilter(p.journal, p.warner)
	var (
		whole bool // the captures were read to their ends
		err   error
	)
	sink := newUndecoded(d)
	p.source.Warn = func(text string) {
		sink.warn()
		p.warner.warn(text)
	}
	if p.cfg.output.kind == outTUI {
		whole, err = p.watch(ctx, cancel, sink)
	} else {
		err = p.print(ctx, d, sink)
		whole = ctx.Err() == nil
	}
	p.cfg.report.write(d, p.keyed, report.Scenario{Kind: report.Replayed, Interval: session.Millis(p.played.Periodic().Every)}, out)
	if err == nil || p.journal.Version() > 0 { // else it was no capture: there is nothing to sum up
		out.finish(d)
	}
	if err == nil && whole {
		err = sink.err(p.journal)
	}
	return errors.Join(err, out.err())
}

// print writes the capture to standard output.
func (p *player) print(ctx context.Context, d *drain, sink capture.Sink) error {
	stopDrain := d.start() // a pipe may bring nothing more for long
	defer stopDrain()
	p.played = replay.New(p.source)
	return p.played.Run(ctx, sink)
}

// watch shows the capture on the screen as it is played, until the user quits. It tells
// whether the capture was played to its end.
func (p *player) watch(ctx context.Context, cancel context.CancelFunc, sink capture.Sink) (whole bool, _ error) {
	pacer := replay.NewPacer(ctx, sink, time.Now, p.cfg.speed)
	p.source.Progress = pacer.Progress
	p.played = replay.New(p.source)
	played := make(chan error, 1)
	go func() { // until the capture or ctx ends
		err := p.played.Run(ctx, pacer)
		pacer.Finish()
		played <- err
	}()
	o := p.cfg.output.screen(p.stdio, "replay "+titleOfCaptures(p.cfg.names))
	o.Playback, o.Warnings = pacer, p.warner.keptBack
	if p.cfg.keyboard != nil {
		o.Input = p.cfg.keyboard
	}
	screenErr := runScreen(ctx, p.journal, p.warner, o)
	whole = len(played) > 0
	cancel()
	p.inputs.close() // a read from a pipe may take long
	return whole, errors.Join(screenErr, <-played)
}
