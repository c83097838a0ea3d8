package main

import (
	"cmp"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/clock"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// pingSession is the one session of a ping.
const pingSession capture.SessionID = 1

// errLost makes the exit code 1 where a heartbeat was lost.
var errLost = errors.New("heartbeats were lost")

// A pinger opens a session, pings, and shows it.
type pinger struct {
	*stdio
	warner  *warner
	cfg     pingConfig
	keyed   fingerprintKey
	journal *journal.Journal
	failure chan string // what the screen shows of what has failed
}

// mostFailures is how often a ping shows what has failed: while it goes on, and at its end.
const mostFailures = 2

// show has the screen show what has failed; nil: nothing has, after all. It does not wait for
// the screen, and is called at most mostFailures times.
func (p *pinger) show(err error) {
	text := ""
	if err != nil {
		text = protocol.Printable(err.Error())
	}
	p.failure <- text
}

// client returns the configuration of the session's client.
func (p *pinger) client(recorder capture.Recorder, keyLog io.Writer) peer.ClientConfig {
	srv := p.cfg.server
	host, _, _ := net.SplitHostPort(srv.address) // it was checked
	return peer.ClientConfig{
		Address: srv.address, Password: p.cfg.password, Name: program + "/" + version(),
		Sink: p.journal, Session: pingSession, Recorder: recorder, KeepAlive: p.cfg.connection.keepAlive,
		Certificate: srv.certificate,
		TLS: &tls.Config{
			MinVersion: tls.VersionTLS12, ServerName: cmp.Or(srv.sni, host), RootCAs: srv.roots, KeyLogWriter: keyLog,
			InsecureSkipVerify: srv.insecure, //nolint:gosec // the user asked for it
		},
	}
}

// run pings until all heartbeats are settled or ctx ends; on the screen, until the
// user quits or ctx ends. Where standard output can't be written, the ping ends: the
// session is its own, and nobody can see it any more.
func (p *pinger) run(ctx context.Context) error {
	signalled := ctx
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	out := &outputs{warner: p.warner, journal: p.journal}
	keyLog, closeKeyLog, err := openKeyLog(signalled, p.cfg.keyLog, out)
	if err != nil {
		return err
	}
	recorder, closeRecording, err := p.cfg.recording.open(signalled, p.stdio, out, cancel)
	if err != nil {
		closeKeyLog()
		return err
	}
	w := p.cfg.output.writer(p.out)
	broken := out.broken(cancel)
	lines := &pingLines{address: p.cfg.server.address, target: p.cfg.target, timeout: p.cfg.timeout, broken: broken}
	if p.cfg.output.kind == outText {
		w, lines.out = nil, p.out // a line for each heartbeat, not for each event
	}
	watch := p.cfg.report.watch()
	d := newDrain(p.journal, w, p.cfg.output.secrets, p.cfg.report.collector(watch), p.late, broken)
	p.cfg.output.watchFilter(p.journal, p.warner)
	stopDrain, stopClock := d.start(), clock.Run(p.journal, watch)
	pinged := make(chan error, 1)
	p.failure = make(chan string, mostFailures)
	go func() { // until the last heartbeat is settled, or ctx ends
		defer close(p.failure)
		err := p.ping(ctx, p.client(recorder, keyLog), lines)
		p.show(err)
		pinged <- err
	}()
	var screenErr error
	if p.cfg.output.kind == outTUI {
		o := p.cfg.output.screen(p.stdio, "ping "+p.cfg.server.address)
		o.Opening, o.Failure = "connecting to "+p.cfg.server.address, p.failure
		screenErr = runScreen(ctx, p.journal, p.warner, o)
		cancel()
	}
	pingErr := <-pinged
	if errors.Is(pingErr, context.Canceled) && out.has(journal.StandardOutput) {
		pingErr = nil // the run ended for that
	}
	closeRecording()
	closeKeyLog()
	stopClock()
	s := report.Scenario{Kind: report.Ping, Interval: session.Millis(p.cfg.interval)}
	if pingErr != nil && !errors.Is(pingErr, errLost) {
		s.Failure = protocol.Printable(pingErr.Error())
	}
	// The report comes before the summary, which names the outputs that failed.
	p.cfg.report.write(d, p.keyed, s, out, p.cfg.server.address)
	stopDrain()
	out.finish(d)
	if isGivenUp(lines.err) {
		out.fail(journal.StandardOutput, lines.err, fmt.Sprintf("standard output: %v: the last lines were not written", lines.err))
	}
	return errors.Join(screenErr, pingErr, out.err())
}

// ping opens the session and sends the heartbeats. It returns soon after ctx ends.
func (p *pinger) ping(ctx context.Context, cfg peer.ClientConfig, lines *pingLines) error {
	err := p.session(ctx, cfg, lines)
	switch {
	case err == nil, ctx.Err() != nil && errors.Is(err, context.Canceled):
		return nil
	default:
		return p.failed(err)
	}
}

// failed returns why a ping has failed. Where no session came about, the journal gets it
// too: the screen and the output have nothing else to show.
func (p *pinger) failed(err error) error {
	err = p.named(err)
	if journal.Look(p.journal, journal.AskSession{ID: pingSession}) == nil {
		p.journal.Diagnose(time.Now(), journal.CodePingFailed, protocol.Printable(err.Error()))
	}
	return err
}

// named returns an error with the server's address before it.
func (p *pinger) named(err error) error { return fmt.Errorf("%s: %w", p.cfg.server.address, err) }

// session opens the session, sends the heartbeats and closes it.
func (p *pinger) session(ctx context.Context, cfg peer.ClientConfig, lines *pingLines) error {
	client, o, err := p.open(ctx, cfg)
	if client != nil {
		defer func() { _ = client.Close() }()
	}
	if err != nil {
		return err
	}
	version := o.version(client.ServerVersion())
	lines.opened(client, p.journal, &o, version)
	if o.silent != nil {
		p.show(p.named(o.failure(client, p.cfg.target, p.cfg.timeout))) // its heartbeats take long
	}
	stats := pingStats{unowed: version == 1}
	err = client.Ping(ctx, peer.PingConfig{
		Count: p.cfg.count, Interval: p.cfg.interval, Timeout: p.cfg.timeout,
	}, func(b peer.Ping) {
		stats.add(b)
		lines.ping(b, stats.unowed)
	})
	lines.summary(&stats)
	switch {
	case lines.err != nil:
		return nil // that was told
	case err != nil:
		return err
	}
	if err := o.failure(client, p.cfg.target, p.cfg.timeout); err != nil {
		return err
	}
	if stats.lost > 0 {
		return stats.failure()
	}
	return nil
}
