package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"sync"
	"time"

	"github.com/spf13/cobra"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/record"
	"anytls-inspect/capture/replay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui"
)

type replayFlags struct {
	outputFlags
	passwordFlags
	reportFlags
	keylogs []string
	leg     string
	speed   string
	timeout time.Duration

	times float64 // what speed stands for; 0: max
}

func newReplay(s *streams) *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay FILE",
		Short: "Show a packet capture (pcap or pcapng, gzip too; - is standard input)",
		Long: `replay shows the AnyTLS sessions of a packet capture as relay shows live ones. It
needs the TLS secrets: those in a pcapng itself, as 'relay -w' records them, or a
key log: TLS_KEY_LOG on anytls-go's client, --keylog on our relay.`,
		Example: `  anytls-inspect replay x.pcapng
  anytls-inspect replay x.pcap --keylog keys.log -o json | jq -c 'select(.event == "diagnostic")'
  tcpdump -i any -w - port 8443 | anytls-inspect replay - --keylog keys.log`,
		Args: cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usage(c, errors.New("which capture? give one FILE, or - for standard input"))
			}
			return runReplay(c, s, &f, args[0])
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&f.keylogs, "keylog", nil, "read TLS secrets from `FILE`, also while it grows (also SSLKEYLOGFILE); can be repeated")
	flags.StringVar(&f.leg, "leg", "", "of a recording of the relay, only the `LEG`: client, server")
	flags.StringVar(&f.speed, "speed", "max", "`X` times as fast as it happened, or max (on the screen)")
	f.passwordFlags.register(flags)
	flags.DurationVar(&f.timeout, "heartbeat-timeout", session.DefaultHeartbeatTimeout, "when an unanswered heartbeat counts as lost, `D`")
	f.outputFlags.register(flags)
	f.reportFlags.register(flags)
	return c
}

func (f *replayFlags) check(s *streams) error {
	if f.speed != "max" {
		x, err := strconv.ParseFloat(f.speed, 64)
		if err != nil || !(x > 0 && x <= 1e6) {
			return fmt.Errorf("--speed %q is neither max nor a positive number", f.speed)
		}
		f.times = x
	}
	if f.leg != "" && f.leg != "client" && f.leg != "server" {
		return fmt.Errorf("--leg %q is neither client nor server", f.leg)
	}
	if f.timeout <= 0 {
		return fmt.Errorf("--heartbeat-timeout %v is not positive", f.timeout)
	}
	return errors.Join(f.outputFlags.check(s.terminal()), f.reportFlags.check())
}

func runReplay(c *cobra.Command, s *streams, f *replayFlags, name string) error {
	if err := f.check(s); err != nil {
		return usage(c, err)
	}
	credential, err := f.credential("")
	if err != nil {
		return err
	}
	input, closeInput, err := openCapture(s, name)
	if err != nil {
		return err
	}
	defer closeInput()
	keylogs, closeLogs, err := openKeyLogs(f.keylogs)
	if err != nil {
		return err
	}
	defer closeLogs()
	j := journal.New(f.limits, session.Config{HeartbeatTimeout: f.timeout, Credential: credential})
	p := &player{
		runner:  runner{streams: s, output: f.outputFlags, report: &f.reportFlags, title: "replay " + name},
		journal: j, speed: f.times,
		cfg: replay.Config{Input: input, KeyLogs: keylogs, Leg: f.leg},
	}
	err = p.play(c.Context())
	return errors.Join(err, f.reportFlags.write(j, report.Scenario{Kind: report.Replayed}))
}

// openCapture opens a capture, or standard input for "-".
func openCapture(s *streams, name string) (input io.Reader, closeInput func(), err error) {
	if name == "-" {
		return s.in, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil
}

// openKeyLogs opens the key logs that were named, and SSLKEYLOGFILE where it is
// there.
func openKeyLogs(names []string) (logs []io.Reader, closeLogs func(), err error) {
	var files []*os.File
	closeLogs = func() {
		for _, f := range files {
			_ = f.Close()
		}
	}
	open := func(name string) error {
		f, err := os.Open(name)
		if err != nil {
			return fmt.Errorf("key log: %w", err)
		}
		files = append(files, f)
		logs = append(logs, f)
		return nil
	}
	for _, name := range names {
		if err := open(name); err != nil {
			closeLogs()
			return nil, nil, err
		}
	}
	if name := os.Getenv("SSLKEYLOGFILE"); name != "" {
		_ = open(name) // it may belong to another program, and need not be there
	}
	return logs, closeLogs, nil
}

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
	p.cfg.Warn = p.warn
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
			p.warn(err.Error())
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
	err = errors.Join(err, <-ended)
	p.tellWarnings()
	return err
}

// A written sink records into a journal, and keeps what is written from it close
// behind: a capture is read faster than the journal is long. It is the sink of
// one goroutine; another may flush.
type written struct {
	journal *journal.Journal
	report  *reportFlags
	w       record.Writer // nil: nothing is written
	stop    context.CancelFunc

	mu     sync.Mutex
	batch  journal.Batch
	since  int // events since it was drained
	err    error
	gather bool
}

// lag is how many events are recorded before what came of them is written. One
// event is a TLS record, which holds at most 2,341 frames.
const lag = 8

func newWritten(j *journal.Journal, r *reportFlags, w record.Writer, payload bool, stop context.CancelFunc) *written {
	return &written{journal: j, report: r, w: w, batch: journal.Batch{Payload: payload}, stop: stop}
}

// Record implements [capture.Sink].
func (o *written) Record(e *capture.Event) {
	o.journal.Record(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since++; o.since >= lag {
		o.drain(false)
	}
}

// drain writes what the journal got. Where that fails, all ends: nobody reads
// it. o.mu is held.
func (o *written) drain(flush bool) {
	o.since = 0
	o.report.gather(o.journal)
	if o.w == nil || o.err != nil {
		return
	}
	for o.journal.Read(&o.batch, batch) {
		if o.err = writeBatch(&o.batch, o.w); o.err != nil {
			break
		}
	}
	if o.err == nil && flush {
		o.err = o.w.Flush()
	}
	if o.err != nil {
		o.stop()
	}
}

// flushOften writes what there is now and then, also where a pipe brings nothing
// more for a while. It returns what ends that.
func (o *written) flushOften() (stop func()) {
	ticks := time.NewTicker(tick)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-ticks.C:
				o.mu.Lock()
				o.drain(true)
				o.mu.Unlock()
			case <-done:
				return
			}
		}
	})
	return func() {
		ticks.Stop()
		close(done)
		wg.Wait()
	}
}

// finish writes the rest and the summary.
func (o *written) finish() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drain(true)
	if o.w == nil || o.err != nil {
		return o.err
	}
	return errors.Join(o.w.Summary(o.journal.Totals()), o.w.Flush())
}
