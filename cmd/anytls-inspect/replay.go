package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol/session"
)

func newReplay(s *stdio) *cobra.Command {
	var f replayFlags
	c := &cobra.Command{
		Use:   "replay FILE...",
		Short: "Show packet captures (pcap or pcapng, gzip too; - is standard input)",
		Long: `replay shows the AnyTLS sessions of a packet capture as relay shows live ones. It
needs the TLS secrets: those in a pcapng itself, as 'relay -w' records them, or a
key log: TLS_KEY_LOG on anytls-go's client, --keylog on our relay.

Several files, of any of the formats, are read as one capture, in the order of their
packets' times: those of a ring (tcpdump -C, -G), or of several interfaces. Where one is
damaged, its name is told, and the others are read.

A key log that is not there yet is waited for where the capture is a pipe. The screen takes
its keys from the terminal, also where standard input is the capture.

Where nothing could be decoded, the exit code is 1, and standard error says why.`,
		Example: `  anytls-inspect replay x.pcapng
  anytls-inspect replay ring.pcap0 ring.pcap1 ring.pcap2.gz --keylog keys.log
  anytls-inspect replay x.pcap --keylog keys.log -o json | jq -c 'select(.event == "diagnostic")'
  tcpdump -i any -w - port 8443 | anytls-inspect replay - --keylog keys.log`,
		Args: someArgs("which capture? give a FILE, or several, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			keyboard, err := f.keyboard(s, args)
			if err != nil {
				return err
			}
			cfg, err := f.config(args, s.terminal() || keyboard != nil)
			cfg.keyboard = keyboard
			if err != nil {
				cfg.closeKeyboard()
				return err
			}
			return runReplay(c.Context(), s, cfg)
		},
	}
	f.register(c.Flags())
	return c
}

type replayFlags struct {
	keyLogs    []string
	leg, speed string
	password   passwordFlags
	timeout    time.Duration
	output     outputFlags
	report     reportFlags
}

// speedMax is the speed that stands for as fast as possible.
const speedMax = "max"

func (r *replayFlags) register(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringArrayVar(&r.keyLogs, "keylog", nil, "read TLS secrets from `FILE`, also while it grows (also SSLKEYLOGFILE); can be repeated")
	f.StringVar(&r.leg, "leg", "", "show only one `LEG` of a recording of the relay: client, server")
	f.StringVar(&r.speed, "speed", speedMax, "play it `X` times as fast as it happened, or max (on the screen)")
	r.password.register(f)
	f.DurationVar(&r.timeout, "heartbeat-timeout", session.DefaultHeartbeatTimeout, "count a heartbeat that is unanswered for `D` as lost")
	r.output.register(f, standardScreen)
	r.report.register(f)
}

// A replayConfig says what is replayed, and how it is shown.
type replayConfig struct {
	names       []string             // of the captures; a single one may be stdioName
	keyboard    *os.File             // where the screen has its keys from; nil: standard input
	keyLogs     []string             // paths
	sharedLog   string               // the path that the environment says; there may be no such file
	leg         capture.Leg          // the leg that is shown of a recording of the relay; NoLeg: both
	speed       float64              // how many times as fast as it happened; 0: as fast as possible
	credentials []session.Credential // that clients should send one of; none: they are not known
	timeout     time.Duration        // when an unanswered heartbeat counts as lost
	output      outputConfig
	report      reportConfig
}

// config returns what the flags say about captures, and reads the file with the
// passwords.
func (r *replayFlags) config(names []string, terminal bool) (replayConfig, error) {
	if err := checkCaptures(names); err != nil {
		return replayConfig{}, usage(err)
	}
	cfg := replayConfig{names: names, keyLogs: r.keyLogs, sharedLog: os.Getenv(keyLogEnv), timeout: r.timeout}
	var err error
	if r.speed != speedMax {
		if cfg.speed, err = strconv.ParseFloat(r.speed, 64); err != nil || !(cfg.speed > 0 && cfg.speed <= 1e6) {
			return replayConfig{}, usage(fmt.Errorf("--speed %q is neither max nor a positive number", r.speed))
		}
	}
	if r.leg != "" {
		if cfg.leg, err = capture.ParseLeg(r.leg); err != nil {
			return replayConfig{}, usage(fmt.Errorf("--leg %w", err))
		}
	}
	if r.timeout <= 0 {
		return replayConfig{}, usage(fmt.Errorf("--heartbeat-timeout %v is not positive", r.timeout))
	}
	var errs [2]error
	cfg.output, errs[0] = r.output.config(screenOrText(terminal), terminal)
	cfg.report, errs[1] = r.report.config()
	if err := errors.Join(errs[:]...); err != nil {
		return replayConfig{}, usage(err)
	}
	cfg.credentials, err = r.password.all()
	return cfg, err
}

// runReplay replays until the captures have ended, ctx ends, or the user quits.
func runReplay(ctx context.Context, s *stdio, cfg replayConfig) error {
	defer cfg.closeKeyboard()
	ctx = s.untilSignal(ctx)
	w := newWarner(s)
	inputs, err := openCaptures(ctx, s, cfg.names)
	if err != nil {
		return stoppedOpening(ctx, err)
	}
	defer inputs.close()
	keyLogs, closeLogs, err := openKeyLogs(ctx, cfg.keyLogs, cfg.sharedLog, inputs.live(), w.warn)
	if err != nil {
		return stoppedOpening(ctx, err)
	}
	defer closeLogs()
	context.AfterFunc(ctx, closeLogs) // a read from a pipe may take long
	keyed := openFingerprintKey(w)
	p := &player{
		stdio: s, warner: w, cfg: cfg, keyed: keyed,
		journal: journal.New(cfg.output.limits, session.Config{
			HeartbeatTimeout: cfg.timeout, Credentials: cfg.credentials, Fingerprints: keyed.key,
		}),
		source: replay.Config{Inputs: inputs.readers(), KeyLogs: keyLogs, Leg: cfg.leg},
		inputs: inputs,
	}
	return p.run(ctx)
}

// stoppedOpening returns why files could not be opened: nil where the end of ctx is why, which
// is no failure.
func stoppedOpening(ctx context.Context, err error) error {
	if ctx.Err() != nil {
		err = nil
	}
	return err
}
