package main

import (
	"context"
	"errors"
	"io"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/capture/report"
	"anytls-inspect/tui"
)

// A player replays a capture with an output.
type player struct {
	runner
	journal *journal.Journal
	cfg     replay.Config
	speed   float64
}

// play replays until the capture has ended, or the user quits.
func (p *player) play(ctx context.Context) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.cfg.Warn = p.warner.warn
	d := newDrain(p.journal, p.output.writer(p.out), p.output.secrets, p.report.collector(), cancel)
	var err error
	if p.output.output == outTUI {
		err = p.watch(ctx, cancel, d)
	} else {
		err = p.print(ctx, d)
	}
	return errors.Join(err, p.report.write(d, report.Scenario{Kind: report.Replayed}))
}

// print writes the capture to standard output.
func (p *player) print(ctx context.Context, d *drain) error {
	// Where a pipe brings nothing more for a while, what it brought is written.
	stop := d.start(nil)
	err := replay.New(p.cfg).Run(ctx, d)
	stop()
	if err != nil && p.journal.Version() == 0 {
		return err // it was no capture: there is nothing to sum up
	}
	return errors.Join(d.finish(), err)
}

// watch shows the capture on the screen, as it is played.
func (p *player) watch(ctx context.Context, cancel context.CancelFunc, d *drain) error {
	pacer := replay.NewPacer(ctx, d, time.Now, p.speed)
	p.cfg.Progress = pacer.Progress
	ended := make(chan error, 1)
	go func() {
		err := replay.New(p.cfg).Run(ctx, pacer)
		if err != nil {
			p.warner.warn(err.Error())
		}
		pacer.Finish()
		ended <- err
	}()
	o := p.output.screen(p.title)
	o.Playback = pacer
	err := tui.Run(ctx, p.journal, o)
	cancel()
	if closer, ok := p.cfg.Input.(io.Closer); ok {
		_ = closer.Close() // a pipe may bring nothing for long
	}
	return errors.Join(err, <-ended)
}
