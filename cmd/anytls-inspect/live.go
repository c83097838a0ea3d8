package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui"
)

const (
	// tick is how often the journal is told the time, and output is written.
	tick = 50 * time.Millisecond
	// batch is how many entries are written between two looks at the journal.
	batch = 1024
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

	var outErr error
	if r.output.output == outTUI {
		outErr = r.screen(ctx, j, rl)
		r.warner.release()
		if errors.Is(outErr, tui.ErrPanicked) {
			// The screen fell over; the sessions must not.
			fmt.Fprintf(r.err, "anytls-inspect: %v\nanytls-inspect: still relaying; end with Ctrl-C\n", outErr)
			r.output.output = outQuiet
			outErr = errors.Join(outErr, r.headless(j, served))
		}
		cancel()
		<-served
	} else {
		fmt.Fprintf(r.err, "anytls-inspect: listening on %s; end with Ctrl-C\n", ln.Addr())
		outErr = r.headless(j, served)
		cancel()
		<-served
	}
	j.Tick(time.Now())
	reportErr := r.report.write(j, report.Scenario{Kind: r.kind, Interval: session.Millis(r.heartbeat.periodic.Every)})
	return errors.Join(outErr, serveErr, withErr, reportErr)
}

// screen shows the terminal UI until the user quits or ctx ends.
func (r *runner) screen(ctx context.Context, j *journal.Journal, inj capture.Injector) error {
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	var wg sync.WaitGroup
	defer wg.Wait()
	done := make(chan struct{})
	defer close(done)
	wg.Go(func() {
		for {
			select {
			case now := <-ticks.C:
				r.look(j, now)
			case <-done:
				return
			}
		}
	})
	return tui.Run(ctx, j, tui.Options{
		Title: r.title, Injector: inj, ShowSecrets: r.output.secrets,
		Heartbeat: r.heartbeat.periodic, Match: r.output.match, Filter: r.output.filter,
	})
}

// headless writes what the journal gets, until the sessions have ended, and then
// the summary.
func (r *runner) headless(j *journal.Journal, served <-chan struct{}) error {
	w := r.writer()
	ticks := time.NewTicker(tick)
	defer ticks.Stop()
	b := &journal.Batch{Payload: r.output.secrets}
	for ended := false; !ended; {
		select {
		case <-ticks.C:
		case <-served:
			ended = true
		}
		r.look(j, time.Now())
		if w == nil {
			continue
		}
		if err := drain(j, b, w); err != nil {
			return err
		}
	}
	if w == nil {
		return nil
	}
	return errors.Join(w.Summary(j.Totals()), w.Flush())
}

// writer returns what writes the journal's entries, nil where nothing does.
func (r *runner) writer() export.Writer {
	options := export.Options{Match: r.output.match, Secrets: r.output.secrets}
	switch r.output.output {
	case outJSON:
		return export.NewJSON(r.out, options)
	case outText:
		return export.NewText(r.out, options)
	default:
		return nil
	}
}

// look tells the journal what time it is, and gathers for the report.
func (r *runner) look(j *journal.Journal, now time.Time) {
	j.Tick(now)
	r.report.gather(j)
}

// drain writes all entries that the journal holds beyond the batch's cursor.
func drain(j *journal.Journal, b *journal.Batch, w export.Writer) error {
	for j.Read(b, batch) {
		if err := writeBatch(b, w); err != nil {
			return err
		}
	}
	return w.Flush()
}

// writeBatch writes the entries of a batch.
func writeBatch(b *journal.Batch, w export.Writer) error {
	if b.Missed > 0 {
		if err := w.Missed(b.Missed); err != nil {
			return err
		}
	}
	for i := range b.Entries {
		if err := w.Entry(&b.Entries[i]); err != nil {
			return err
		}
	}
	return nil
}
