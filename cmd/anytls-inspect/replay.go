package main

import (
	"context"
	"errors"
	"fmt"
	"io"
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
		Use:   "replay FILE",
		Short: "Show a packet capture (pcap or pcapng, gzip too; - is standard input)",
		Long: `replay shows the AnyTLS sessions of a packet capture as relay shows live ones. It
needs the TLS secrets: those in a pcapng itself, as 'relay -w' records them, or a
key log: TLS_KEY_LOG on anytls-go's client, --keylog on our relay.`,
		Example: `  anytls-inspect replay x.pcapng
  anytls-inspect replay x.pcap --keylog keys.log -o json | jq -c 'select(.event == "diagnostic")'
  tcpdump -i any -w - port 8443 | anytls-inspect replay - --keylog keys.log`,
		Args: oneArg("which capture? give one FILE, or - for standard input"),
		RunE: func(c *cobra.Command, args []string) error {
			cfg, err := f.config(args[0], s.terminal())
			if err != nil {
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
	f.StringVar(&r.leg, "leg", "", "of a recording of the relay, only the `LEG`: client, server")
	f.StringVar(&r.speed, "speed", speedMax, "`X` times as fast as it happened, or max (on the screen)")
	r.password.register(f)
	f.DurationVar(&r.timeout, "heartbeat-timeout", session.DefaultHeartbeatTimeout, "when an unanswered heartbeat counts as lost, `D`")
	r.output.register(f, standardScreen)
	r.report.register(f)
}

// A replayConfig says what is replayed, and how it is shown.
type replayConfig struct {
	name        string               // of the capture; it may be stdioName
	keyLogs     []string             // paths
	sharedLog   string               // the path that the environment says; there may be no such file
	leg         capture.Leg          // the leg that is shown of a recording of the relay; NoLeg: both
	speed       float64              // how many times as fast as it happened; 0: as fast as possible
	credentials []session.Credential // that clients should send one of; none: they are not known
	timeout     time.Duration        // when an unanswered heartbeat counts as lost
	output      outputConfig
	report      reportConfig
}

// config returns what the flags say about a capture, and reads the file with the
// passwords.
func (r *replayFlags) config(name string, terminal bool) (replayConfig, error) {
	cfg := replayConfig{name: name, keyLogs: r.keyLogs, sharedLog: os.Getenv(keyLogEnv), timeout: r.timeout}
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

// runReplay replays until the capture has ended, ctx ends, or the user quits.
func runReplay(ctx context.Context, s *stdio, cfg replayConfig) error {
	input, closeInput, err := openCapture(s, cfg.name)
	if err != nil {
		return err
	}
	defer closeInput()
	keyLogs, closeLogs, err := openKeyLogs(cfg.keyLogs, cfg.sharedLog)
	if err != nil {
		return err
	}
	defer closeLogs()
	ctx = s.untilSignal(ctx)
	context.AfterFunc(ctx, closeLogs) // a read from a pipe may take long
	w := newWarner(s)
	keyed := openFingerprintKey(w)
	p := &player{
		stdio: s, warner: w, cfg: cfg, keyed: keyed,
		journal: journal.New(cfg.output.limits, session.Config{
			HeartbeatTimeout: cfg.timeout, Credentials: cfg.credentials, Fingerprints: keyed.key,
		}),
		source: replay.Config{Input: input, KeyLogs: keyLogs, Leg: cfg.leg, Warn: w.warn},
	}
	return p.run(ctx)
}

// openCapture opens a capture, and returns what closes it.
func openCapture(s *stdio, name string) (input io.Reader, closeInput func(), err error) {
	if name == stdioName {
		return s.in, func() {}, nil
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, nil, err
	}
	return f, func() { _ = f.Close() }, nil
}

// openKeyLogs opens the key logs that are named, and the shared one if it can. It
// returns what closes them.
func openKeyLogs(names []string, shared string) (logs []io.Reader, closeLogs func(), err error) {
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
		logs = append(logs, &keyLogReader{f})
		return nil
	}
	for _, name := range names {
		if err := open(name); err != nil {
			closeLogs()
			return nil, nil, err
		}
	}
	if shared != "" {
		_ = open(shared) // it may belong to another program, or not exist yet
	}
	return logs, closeLogs, nil
}

// A keyLogReader reads a key log, which ends where it is closed.
type keyLogReader struct{ file *os.File }

// Name returns the name of the file.
func (k *keyLogReader) Name() string { return k.file.Name() }

// Read implements [io.Reader].
func (k *keyLogReader) Read(b []byte) (int, error) {
	n, err := k.file.Read(b)
	if errors.Is(err, os.ErrClosed) {
		err = io.EOF
	}
	return n, err
}
