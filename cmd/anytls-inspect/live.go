package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui"
)

// A runner runs a relay with an output, until it is told to stop.
type runner struct {
	*stdio
	warner     *warner
	output     outputFlags
	heartbeat  heartbeatFlags
	report     *reportFlags
	write      *writeFlags
	kind       report.Kind
	duration   time.Duration
	credential *[32]byte
	title      string
}

// run relays clients of ln until ctx ends, the duration has passed, or the user
// quits. With is run beside it, if not nil, until its context ends; an error of
// it ends the run.
func (r *runner) run(ctx context.Context, cfg relay.Config, ln net.Listener, with func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if r.duration > 0 {
		timer := time.AfterFunc(r.duration, cancel)
		defer timer.Stop()
	}
	schemes := session.NewSchemes()
	j := journal.New(r.output.limits, session.Config{
		HeartbeatTimeout: r.heartbeat.timeout, Credential: r.credential, Schemes: schemes,
	})
	cfg.HeartbeatTimeout, cfg.Schemes, cfg.Warn = r.heartbeat.timeout, schemes, r.warner.warn
	if r.output.output == outTUI {
		r.warner.hold()
	}
	recorder, err := r.write.open(recordingFailed(j, r.warner.warn))
	if err != nil {
		_ = ln.Close()
		return err
	}
	if recorder != nil {
		cfg.Recorder = recorder
	}
	rl := relay.New(cfg, j)
	rl.SetPeriodic(r.heartbeat.periodic)

	var (
		wg       sync.WaitGroup
		withErr  error
		serveErr error
	)
	// What runs beside the relay ends before it: its clients leave first.
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	wg.Go(func() {
		defer cancel()
		serveErr = rl.Serve(serving, ln)
	})
	wg.Go(func() {
		defer stopServing()
		if with == nil {
			<-ctx.Done()
		} else if withErr = with(ctx); withErr != nil {
			cancel()
		}
	})
	served := make(chan struct{})
	go func() {
		wg.Wait()
		if recorder != nil {
			_ = recorder.Close() // what went wrong is told as it does
		}
		close(served)
	}()

	d := newDrain(j, r.output.writer(r.out), r.output.secrets, r.report.collector(), cancel)
	stop := d.start(j.Tick)
	screenErr := r.show(ctx, j, rl, ln.Addr(), served)
	cancel()
	<-served
	stop()
	j.Tick(time.Now())
	outErr := d.finish()
	reportErr := r.report.write(d, report.Scenario{Kind: r.kind, Interval: session.Millis(r.heartbeat.periodic.Every)})
	return errors.Join(screenErr, outErr, serveErr, withErr, reportErr)
}

// show shows the terminal UI until the user quits or ctx ends, where that is the
// output; else it waits for the sessions to have ended.
func (r *runner) show(ctx context.Context, j *journal.Journal, inj capture.Injector, addr net.Addr, served <-chan struct{}) error {
	if r.output.output != outTUI {
		fmt.Fprintf(r.err, "anytls-inspect: listening on %s; end with Ctrl-C\n", addr)
		<-served
		return nil
	}
	o := r.output.screen(r.title)
	o.Injector, o.Heartbeat = inj, r.heartbeat.periodic
	err := tui.Run(ctx, j, o)
	r.warner.release()
	if errors.Is(err, tui.ErrPanicked) {
		// The screen fell over; the sessions must not.
		fmt.Fprintf(r.err, "anytls-inspect: %v\nanytls-inspect: still relaying; end with Ctrl-C\n", err)
		<-served
	}
	return err
}
