package main

import (
	"context"
	"errors"
	"io"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
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
	if p.output.output == outTUI {
		return p.watch(ctx, cancel)
	}
	out := newWritten(p.journal, p.report, p.writer(), p.output.secrets, cancel)
	stop := out.flushOften()
	err := replay.New(p.cfg).Run(ctx, out)
	stop()
	if err != nil && p.journal.Version() == 0 {
		return err // it was no capture: there is nothing to sum up
	}
	return errors.Join(out.finish(), err)
}

// watch shows the capture on the screen, as it is played.
func (p *player) watch(ctx context.Context, cancel context.CancelFunc) error {
	sink := newWritten(p.journal, p.report, nil, false, cancel)
	pacer := replay.NewPacer(ctx, sink, time.Now, p.speed)
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
	err := tui.Run(ctx, p.journal, tui.Options{
		Title: p.title, Playback: pacer, ShowSecrets: p.output.secrets,
		Match: p.output.match, Filter: p.output.filter,
	})
	cancel()
	if closer, ok := p.cfg.Input.(io.Closer); ok {
		_ = closer.Close() // a pipe may bring nothing for long
	}
	return errors.Join(err, <-ended)
}
