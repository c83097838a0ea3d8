package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"time"

	"github.com/spf13/cobra"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol/session"
)

type replayFlags struct {
	outputFlags
	passwordFlags
	reportFlags
	keylogs []string
	legName string
	speed   string
	timeout time.Duration

	leg   capture.Leg
	times float64 // what speed stands for; 0: max
}

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
	flags.StringVar(&f.legName, "leg", "", "of a recording of the relay, only the `LEG`: client, server")
	flags.StringVar(&f.speed, "speed", "max", "`X` times as fast as it happened, or max (on the screen)")
	f.passwordFlags.register(flags)
	flags.DurationVar(&f.timeout, "heartbeat-timeout", session.DefaultHeartbeatTimeout, "when an unanswered heartbeat counts as lost, `D`")
	f.outputFlags.register(flags)
	f.reportFlags.register(flags)
	return c
}

func (f *replayFlags) check(s *stdio) error {
	if f.speed != "max" {
		x, err := strconv.ParseFloat(f.speed, 64)
		if err != nil || !(x > 0 && x <= 1e6) {
			return fmt.Errorf("--speed %q is neither max nor a positive number", f.speed)
		}
		f.times = x
	}
	if f.legName != "" {
		leg, err := capture.ParseLeg(f.legName)
		if err != nil {
			return fmt.Errorf("--leg %w", err)
		}
		f.leg = leg
	}
	if f.timeout <= 0 {
		return fmt.Errorf("--heartbeat-timeout %v is not positive", f.timeout)
	}
	return errors.Join(f.outputFlags.check(s.terminal()), f.reportFlags.check())
}

func runReplay(c *cobra.Command, s *stdio, f *replayFlags, name string) error {
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
		runner:  runner{stdio: s, warner: newWarner(s), output: f.outputFlags, report: &f.reportFlags, title: "replay " + name},
		journal: j, speed: f.times,
		cfg: replay.Config{Input: input, KeyLogs: keylogs, Leg: f.leg},
	}
	return p.play(c.Context())
}

// openCapture opens a capture, or standard input for "-".
func openCapture(s *stdio, name string) (input io.Reader, closeInput func(), err error) {
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
