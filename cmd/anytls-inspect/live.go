package main

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/clock"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// liveFlags are the flags of the commands that run a relay.
type liveFlags struct {
	output    outputFlags
	heartbeat heartbeatFlags
	rules     ruleFlags
	seed      uint64 // of the chance of rules; of the demo's traffic, too
	report    reportFlags
	recording recordingFlags
	duration  time.Duration
}

// register adds the flags. What the seed is for differs between the commands.
func (l *liveFlags) register(f *pflag.FlagSet, seed string) {
	l.output.register(f, standardScreen)
	l.heartbeat.register(f)
	l.rules.register(f)
	f.Uint64Var(&l.seed, "seed", 1, seed)
	l.report.register(f)
	l.recording.register(f, true)
	f.DurationVar(&l.duration, "duration", 0, "stop by itself after `D`; exit code 1 where TLS failed in a session")
}

// A liveConfig says how a relay is run and shown.
type liveConfig struct {
	title     string
	kind      report.Kind
	output    outputConfig
	heartbeat heartbeatConfig
	rules     rulesConfig
	report    reportConfig
	recording recordingConfig
	keyLog    string        // path; empty: none
	duration  time.Duration // 0: until it is told to stop
	preflight bool          // each server is tried once at the start
	// forItself says that the sessions are the command's own: where nobody can see them
	// any more, they end. Those of others go on.
	forItself bool
}

// config returns what the flags say, without title, kind, preflight and rules. The key log is
// that of the command, if it writes one.
func (l *liveFlags) config(terminal bool, keyLog namedFile) (liveConfig, error) {
	if l.duration < 0 {
		return liveConfig{}, fmt.Errorf("--duration %v is negative", l.duration)
	}
	cfg := liveConfig{duration: l.duration}
	var errs [6]error
	cfg.output, errs[0] = l.output.config(l.recording.output(screenOrText(terminal)), terminal)
	cfg.heartbeat, errs[1] = l.heartbeat.config()
	cfg.report, errs[2] = l.report.config()
	cfg.recording, errs[3] = l.recording.config()
	errs[4] = checkDistinct(l.recording.named(), l.report.named(), keyLog)
	errs[5] = l.recording.checkStdout(l.output.kind)
	cfg.keyLog = keyLog.path
	return cfg, errors.Join(errs[:]...)
}

// rulesConfig returns what the flags say of rules. It reads their files.
func (l *liveFlags) rulesConfig() (rulesConfig, error) {
	return l.rules.config(l.seed, l.heartbeat.periodic != "")
}

// A liveRunner runs a relay, and shows it.
type liveRunner struct {
	*stdio
	warner *warner
	cfg    liveConfig
	keyed  fingerprintKey
}

// run relays the clients of all routes until ctx ends, the duration has passed, or the
// user quits. It closes the listeners. Beside, if not nil, runs until its context ends;
// where it returns before, the run ends. Of the routes' configs run fills in what they
// share.
func (l *liveRunner) run(ctx context.Context, routes []liveRoute, beside func(context.Context) error) error {
	signalled := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	if l.cfg.duration > 0 {
		timer := time.AfterFunc(l.cfg.duration, cancel)
		defer timer.Stop()
	}
	tellRules(l.warner.warn, l.cfg.rules.book)
	schemes := session.NewSchemes()
	j := journal.New(l.cfg.output.limits, session.Config{
		HeartbeatTimeout: l.cfg.heartbeat.timeout, Schemes: schemes, Fingerprints: l.keyed.key,
	})
	expectRules(j, l.cfg.rules.book)
	out := &outputs{warner: l.warner, journal: j}
	keyLog, closeKeyLog, err := openKeyLog(signalled, l.cfg.keyLog, out)
	if err != nil {
		closeRoutes(routes)
		return err
	}
	recorder, closeRecording, err := l.cfg.recording.open(signalled, l.stdio, out, l.end(cancel))
	if err != nil {
		closeKeyLog()
		closeRoutes(routes)
		return err
	}
	registry := capture.NewRegistry()
	registry.SetPeriodic(l.cfg.heartbeat.periodic)
	if l.cfg.rules.readOnly {
		registry.SetReadOnly()
	}
	failures := newTLSFailures(j, l.warner, func() bool { return ctx.Err() != nil })
	relays := make([]*relay.Relay, len(routes))
	for i := range routes {
		r := &routes[i]
		r.HeartbeatTimeout, r.Schemes, r.Recorder, r.Registry = l.cfg.heartbeat.timeout, schemes, recorder, registry
		r.KeyLog, r.Rules = keyLog, l.cfg.rules.book
		r.Warn = func(text string) { l.warner.warn(r.prefix() + text) }
		j.ExpectCredentials(r.Name, r.credentials)
		relays[i] = relay.New(r.Config, failures)
		relays[i].Announce(r.listener.Addr())
	}

	var serveErr error
	began := time.Now()
	served := make(chan struct{})
	go func() { // until ctx ends
		defer close(served)
		var trying sync.WaitGroup
		if l.cfg.preflight {
			tryServers(ctx, &trying, relays, func(i int, text string) {
				routes[i].Warn(text)
				j.Diagnose(time.Now(), journal.CodePreflight, routes[i].prefix()+text) // for the screen
			})
		}
		serveErr = serve(ctx, cancel, relays, routes, beside)
		trying.Wait() // ctx has ended
		closeRecording()
		closeKeyLog()
	}()
	watch := l.cfg.report.watch()
	d := newDrain(j, l.cfg.output.writer(l.out), l.cfg.output.secrets, l.cfg.report.collector(watch), l.late, out.broken(l.end(cancel)))
	l.cfg.output.watchFilter(j, l.warner)
	l.watchStdout(ctx, out)
	stopDrain, stopClock := d.start(), clock.Run(j, watch)
	screenErr := l.show(ctx, j, registry, routes, served)
	if l.cfg.output.kind == outTUI {
		tellIncidents(j, l.warner.warn) // before the end of the run makes ends of its own
	}
	cancel()
	<-served
	stopClock()
	// The report comes before the summary, which names the outputs that failed.
	s := report.Scenario{
		Kind: l.cfg.kind, Duration: session.Millis(time.Since(began)),
		Interval: session.Millis(l.cfg.heartbeat.periodic.Every),
	}
	l.cfg.report.write(d, l.keyed, s, out, serversOf(routes)...)
	stopDrain()
	tellApplied(l.warner.warn, l.cfg.rules.book)
	out.finish(d)
	tlsErr := failures.finish()
	if l.cfg.duration == 0 { // whoever watches has seen it
		tlsErr = nil
	}
	return errors.Join(screenErr, serveErr, out.err(), tlsErr)
}

// end returns what ends the run where standard output can't be written, nil where that
// does not end it.
func (l *liveRunner) end(cancel context.CancelFunc) context.CancelFunc {
	if l.cfg.forItself {
		return cancel
	}
	return nil
}

// watchStdout has it told where standard output takes nothing for long, or where the
// screen's terminal is gone, which the screen does not tell. When ctx has ended, standard
// output is waited for no longer.
func (l *liveRunner) watchStdout(ctx context.Context, out *outputs) {
	context.AfterFunc(ctx, func() { l.out.limitEach(blockedAfter) })
	if l.cfg.output.kind == outTUI {
		l.out.onFailure(func(err error) {
			l.warner.release() // nobody sees the screen that it would spoil
			err = reasonOf(err)
			goesOn := "; the relay goes on"
			if ctx.Err() != nil {
				goesOn = ""
			}
			out.fail(journal.StandardOutput, err, fmt.Sprintf("the screen can't be drawn: %v%s", err, goesOn))
		})
		return
	}
	l.out.onStuck(func() {
		l.warner.warn(fmt.Sprintf("standard output has taken nothing for %v; the relay goes on, and what it can't keep until then will be missing there", blockedAfter))
	})
}

// serve runs the relays, each with the listener of its route, and beside, if not nil,
// until ctx ends. Where one of them ends before that, serve calls cancel, which ends ctx.
// It returns when all sessions have ended. Beside ends first, so that its clients leave
// by themselves.
func serve(ctx context.Context, cancel context.CancelFunc, relays []*relay.Relay, routes []liveRoute, beside func(context.Context) error) error {
	serving, stopServing := context.WithCancel(context.WithoutCancel(ctx))
	defer stopServing()
	errs := make([]error, len(relays), len(relays)+1)
	var relaying sync.WaitGroup
	for i, rl := range relays {
		relaying.Go(func() { // until stopServing
			if err := rl.Serve(serving, routes[i].listener); err != nil {
				errs[i] = fmt.Errorf("%s%w", routes[i].prefix(), err)
			}
			cancel()
		})
	}
	var err error
	if beside == nil {
		<-ctx.Done()
	} else {
		err = beside(ctx)
		cancel()
	}
	stopServing()
	relaying.Wait()
	return errors.Join(append(errs, err)...)
}

// tryServers tries the server of each relay once, and tells of those with which no
// session can succeed, or which take long. It does not wait for that: the goroutines, in trying, run until
// their server has answered or ctx ends.
func tryServers(ctx context.Context, trying *sync.WaitGroup, relays []*relay.Relay, tell func(i int, text string)) {
	for i, rl := range relays {
		trying.Go(func() {
			err := rl.Preflight(ctx, func(text string) { tell(i, text) })
			if err != nil {
				tell(i, err.Error())
			}
		})
	}
}

// show shows the screen until the user quits or ctx ends. Where the output is not
// the screen, it returns when served is closed.
func (l *liveRunner) show(ctx context.Context, j *journal.Journal, control capture.Control, routes []liveRoute, served <-chan struct{}) error {
	if l.cfg.output.kind != outTUI {
		l.tellListening(routes)
		<-served
		return nil
	}
	o := l.cfg.output.screen(l.stdio, l.cfg.title)
	o.Control, o.Heartbeat, o.ReadOnly = control, l.cfg.heartbeat.periodic, l.cfg.rules.readOnly
	if book := l.cfg.rules.book; book != nil {
		o.Rules = func() int { return rulesOn(book) }
	}
	err := runScreen(ctx, j, l.warner, o)
	if err != nil && ctx.Err() == nil {
		// The screen fell over, or its terminal is gone; the sessions must not end.
		l.tell("%v", err)
		l.tell("still relaying; end with Ctrl-C")
		<-served
	}
	return err
}

// tellListening says where the relay listens.
func (l *liveRunner) tellListening(routes []liveRoute) {
	if len(routes) == 1 {
		l.tell("listening on %s; end with Ctrl-C", routes[0].listener.Addr())
		return
	}
	for i := range routes {
		l.tell("route %s", routes[i].describe())
	}
	l.tell("listening on %d routes; end with Ctrl-C", len(routes))
}
