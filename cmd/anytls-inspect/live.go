package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui"
)

// liveFlags are the flags of the commands that run a relay.
type liveFlags struct {
	output    outputFlags
	heartbeat heartbeatFlags
	report    reportFlags
	recording recordingFlags
	duration  time.Duration
}

func (l *liveFlags) register(f *pflag.FlagSet) {
	l.output.register(f)
	l.heartbeat.register(f)
	l.report.register(f)
	l.recording.register(f, true)
	f.DurationVar(&l.duration, "duration", 0, "stop by itself after `D`")
}

// A liveConfig says how a relay is run and shown.
type liveConfig struct {
	title      string
	kind       report.Kind
	credential *[32]byte // the hash that clients should send; nil: it is not known
	output     outputConfig
	heartbeat  heartbeatConfig
	report     reportConfig
	recording  recordingConfig
	duration   time.Duration // 0: until it is told to stop
}

// config returns what the flags say, without title, kind and credential.
func (l *liveFlags) config(terminal bool) (liveConfig, error) {
	if l.duration < 0 {
		return liveConfig{}, fmt.Errorf("--duration %v is negative", l.duration)
	}
	cfg := liveConfig{duration: l.duration}
	var errs [4]error
	cfg.output, errs[0] = l.output.config(screenOrText(terminal), terminal)
	cfg.heartbeat, errs[1] = l.heartbeat.config()
	cfg.report, errs[2] = l.report.config()
	cfg.recording, errs[3] = l.recording.config()
	return cfg, errors.Join(errs[:]...)
}

// A liveRunner runs a relay, and shows it.
type liveRunner struct {
	*stdio
	warner *warner
	cfg    liveConfig
}

// run relays clients of ln until ctx ends, the duration has passed, the user quits,
// or the output can't be written. It closes ln. Beside, if not nil, runs until its
// context ends; where it returns before, the run ends. The source needs neither the
// heartbeat timeout nor schemes, recorder and warnings: run adds them.
func (l *liveRunner) run(ctx context.Context, source relay.Config, ln net.Listener, beside func(context.Context) error) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if l.cfg.duration > 0 {
		timer := time.AfterFunc(l.cfg.duration, cancel)
		defer timer.Stop()
	}
	schemes := session.NewSchemes()
	j := journal.New(l.cfg.output.limits, session.Config{
		HeartbeatTimeout: l.cfg.heartbeat.timeout, Credential: l.cfg.credential, Schemes: schemes,
	})
	source.HeartbeatTimeout, source.Schemes, source.Warn = l.cfg.heartbeat.timeout, schemes, l.warner.warn
	recorder, closeRecording, err := l.cfg.recording.open(j, l.warner)
	if err != nil {
		_ = ln.Close()
		return err
	}
	source.Recorder = recorder
	rl := relay.New(source, j)
	rl.SetPeriodic(l.cfg.heartbeat.periodic)

	var serveErr error
	served := make(chan struct{})
	go func() { // until ctx ends
		defer close(served)
		serveErr = serve(ctx, cancel, rl, ln, beside)
		closeRecording()
	}()
	d := newDrain(j, l.cfg.output.writer(l.out), l.cfg.output.secrets, l.cfg.report.collector(), cancel)
	stopDrain := d.start(j.Tick)
	screenErr := l.show(ctx, j, rl, ln.Addr(), served)
	cancel()
	<-served
	stopDrain()
	j.Tick(time.Now())
	outErr := d.finish()
	reportErr := l.cfg.report.write(d, report.Scenario{Kind: l.cfg.kind, Interval: session.Millis(l.cfg.heartbeat.periodic.Every)})
	return errors.Join(screenErr, outErr, serveErr, reportErr)
}

// serve runs the relay, and beside, if not nil, until ctx ends. Where one of them
// ends before that, serve calls cancel, which ends ctx. It returns when all sessions
// have ended. Beside ends first, so that its clients leave by themselves.
func serve(ctx context.Context, cancel context.CancelFunc, rl *relay.Relay, ln net.Listener, beside func(context.Context) error) error {
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	relayed := make(chan error, 1)
	go func() { // until stopServing
		relayed <- rl.Serve(serving, ln)
		cancel()
	}()
	var err error
	if beside == nil {
		<-ctx.Done()
	} else {
		err = beside(ctx)
		cancel()
	}
	stopServing()
	return errors.Join(<-relayed, err)
}

// show shows the screen until the user quits or ctx ends. Where the output is not
// the screen, it returns when served is closed.
func (l *liveRunner) show(ctx context.Context, j *journal.Journal, inj capture.Control, addr net.Addr, served <-chan struct{}) error {
	if l.cfg.output.kind != outTUI {
		l.tell("listening on %s; end with Ctrl-C", addr)
		<-served
		return nil
	}
	o := l.cfg.output.screen(l.cfg.title)
	o.Control, o.Heartbeat = inj, l.cfg.heartbeat.periodic
	err := runScreen(ctx, j, l.warner, o)
	if errors.Is(err, tui.ErrPanicked) {
		// The screen fell over; the sessions must not.
		l.tell("%v", err)
		l.tell("still relaying; end with Ctrl-C")
		<-served
	}
	return err
}
