package main

import (
	"context"
	"errors"
	"fmt"
	"math"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/probe"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui"
)

// A pinger opens a session, pings, and shows it.
type pinger struct {
	*stdio
	flags   *pingFlags
	journal *journal.Journal
	address string
	stats   pingStats
	stop    context.CancelFunc
	outErr  error // of the first line that could not be written
}

// errLost makes the exit code 1 where a heartbeat was lost.
var errLost = errors.New("heartbeats were lost")

// run pings until all is done, and shows it as the flags say.
func (p *pinger) run(ctx context.Context, cfg probe.ClientConfig) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	p.stop = cancel
	ended := make(chan struct{})
	var pingErr error
	go func() {
		defer close(ended)
		pingErr = p.ping(ctx, cfg)
	}()
	w := p.flags.writer(p.out)
	if p.text() {
		w = nil // the lines are printed as the pings go
	}
	d := newDrain(p.journal, w, p.flags.secrets, p.flags.collector(), cancel)
	stop := d.start(p.journal.Tick)
	var screenErr error
	if p.flags.output == outTUI {
		screenErr = tui.Run(ctx, p.journal, p.flags.screen("ping "+p.address))
		cancel()
	}
	<-ended
	stop()
	p.journal.Tick(time.Now())
	outErr := d.finish()
	s := report.Scenario{Kind: report.Ping, Interval: session.Millis(p.flags.interval)}
	if pingErr != nil && !errors.Is(pingErr, errLost) {
		s.Failure = protocol.Printable(pingErr.Error())
	}
	return errors.Join(screenErr, outErr, pingErr, p.flags.reportFlags.write(d, s))
}

// ping opens the session and sends the heartbeats.
func (p *pinger) ping(ctx context.Context, cfg probe.ClientConfig) error {
	client, err := openSession(ctx, cfg)
	if client != nil {
		defer func() { _ = client.Close() }()
	}
	if err != nil && !errors.Is(err, probe.ErrNoServerSettings) {
		return fmt.Errorf("%s: %w", p.address, explainPing(err))
	}
	p.tellSteps(client, err)
	err = client.Ping(ctx, probe.PingConfig{
		Count: p.flags.count, Interval: p.flags.interval, Timeout: p.flags.timeout,
	}, p.tell)
	p.tellStats()
	switch {
	case p.outErr != nil:
		return p.outErr
	case err != nil:
		return fmt.Errorf("%s: %w", p.address, explainPing(err))
	case p.stats.lost > 0:
		return fmt.Errorf("%s: %d of %d %w", p.address, p.stats.lost, p.stats.sent(), errLost)
	default:
		return nil
	}
}

// explainPing adds what people need to know of how a session ended.
func explainPing(err error) error {
	if errors.Is(err, probe.ErrClosedByPeer) {
		return fmt.Errorf("%w: wrong password, or not AnyTLS", err)
	}
	return err
}

// text says whether lines are printed as the pings go.
func (p *pinger) text() bool { return p.flags.output == outText }

// print prints to standard output. Where that fails, all ends: nobody reads it.
func (p *pinger) print(format string, args ...any) {
	if p.outErr != nil {
		return
	}
	if _, p.outErr = fmt.Fprintf(p.out, format, args...); p.outErr != nil {
		p.stop()
	}
}

func (p *pinger) tellSteps(c *probe.Client, missing error) {
	if !p.text() {
		return
	}
	steps := c.Steps()
	auth := "auth → ServerSettings " + milliseconds(steps[probe.StepSettings])
	if missing != nil {
		auth = missing.Error()
	}
	state := p.journal.View(journal.Query{Session: 1}).Session
	p.print("PING %s: %s, protocol version %d\n", p.address, state.TLS.Version, max(state.State.Version(), 1))
	p.print("TCP %s, TLS %s, %s\n", milliseconds(steps[probe.StepTCP]), milliseconds(steps[probe.StepTLS]), auth)
}

// tell takes the fate of one heartbeat.
func (p *pinger) tell(b probe.Ping) {
	p.stats.add(b)
	if !p.text() {
		return
	}
	switch {
	case b.Err == nil:
		p.print("HeartResponse from %s: seq=%d time=%s\n", p.address, b.Seq, milliseconds(b.RTT))
	case errors.Is(b.Err, context.DeadlineExceeded):
		p.print("seq=%d: no answer within %v\n", b.Seq, p.flags.timeout)
	default:
		p.print("seq=%d: %s\n", b.Seq, protocol.Printable(b.Err.Error()))
	}
}

func (p *pinger) tellStats() {
	if !p.text() {
		return
	}
	s := &p.stats
	p.print("\n--- %s heartbeats ---\n%d sent, %d answered, %d lost", p.address, s.sent(), s.answered, s.lost)
	if s.sent() > 0 {
		p.print(" (%.1f %%)", 100*float64(s.lost)/float64(s.sent()))
	}
	p.print("\n")
	if s.answered == 0 {
		return
	}
	q := s.trips.Quantiles()
	p.print("round-trip min/avg/max/stddev = %s/%s/%s/%s\n",
		milliseconds(s.least), milliseconds(s.average()), milliseconds(s.most), milliseconds(s.deviation()))
	// The histogram is to two digits; the least and the most are exact.
	exact := func(d time.Duration) string { return milliseconds(min(max(d, s.least), s.most)) }
	p.print("p50/p95/p99 = %s/%s/%s\n", exact(q.P50), exact(q.P95), exact(q.P99))
}

func milliseconds(d time.Duration) string {
	return fmt.Sprintf("%.3f ms", float64(d.Nanoseconds())/1e6)
}

// pingStats are the figures of a series, in bounded memory.
type pingStats struct {
	answered, lost int
	least, most    time.Duration
	trips          session.RoundTrips
	sum, squares   float64 // of the round-trips in nanoseconds
}

func (s *pingStats) add(b probe.Ping) {
	if b.Err != nil {
		s.lost++
		return
	}
	if s.answered == 0 || b.RTT < s.least {
		s.least = b.RTT
	}
	s.most = max(s.most, b.RTT)
	s.answered++
	s.trips.Add(b.RTT)
	ns := float64(b.RTT)
	s.sum += ns
	s.squares += ns * ns
}

func (s *pingStats) sent() int { return s.answered + s.lost }

func (s *pingStats) average() time.Duration { return time.Duration(s.sum / float64(s.answered)) }

// deviation is that of all round-trips, as ping's mdev.
func (s *pingStats) deviation() time.Duration {
	n := float64(s.answered)
	return time.Duration(math.Sqrt(max(s.squares/n-(s.sum/n)*(s.sum/n), 0)))
}
