package main

import (
	"context"
	"errors"
	"fmt"
	"net"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/demo"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
)

func newDemo(s *stdio) *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Server, client, traffic and relay in one process: nothing to set up",
		Long: `demo runs a small AnyTLS server and client on loopback, with a mix of traffic
between them (short and long streams, a refused and a slow target, UDP-over-TCP,
heartbeats of the client's own, something that isn't AnyTLS), all through the relay.
Nothing leaves this machine, and nothing is written to disk.

When the screen is gone, standard error says what went wrong in the sessions: the refused
target, for one.`,
		Example: `  anytls-inspect demo
  anytls-inspect demo -o json --duration 5s | tail -1
  anytls-inspect demo --rule 'delay 4s where cmd == "SYNACK"'`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			cfg, err := f.config(s.terminal())
			if err != nil {
				return err
			}
			return runDemo(c.Context(), s, cfg)
		},
	}
	f.register(c.Flags())
	return c
}

type demoFlags struct {
	live liveFlags
}

func (d *demoFlags) register(f *pflag.FlagSet) {
	f.SortFlags = false
	d.live.register(f, "make the traffic, and draw the chance of rules, that follow from `N`")
}

// A demoConfig says which traffic the demo has, and how it is shown.
type demoConfig struct {
	live liveConfig // without a title
	seed uint64
}

// config returns what the flags say.
func (d *demoFlags) config(terminal bool) (demoConfig, error) {
	cfg := demoConfig{seed: d.live.seed}
	var err error
	if cfg.live, err = d.live.config(terminal, namedFile{}); err != nil {
		return demoConfig{}, usage(err)
	}
	if cfg.live.rules, err = d.live.rulesConfig(); err != nil {
		return demoConfig{}, err
	}
	cfg.live.kind, cfg.live.forItself = report.Demo, true
	return cfg, nil
}

// runDemo runs the demo until ctx ends, the duration has passed, or the user quits.
func runDemo(ctx context.Context, s *stdio, cfg demoConfig) error {
	d, err := demo.New(cfg.seed)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer d.Close()
	authority, err := ca.Ephemeral()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	cfg.live.title = fmt.Sprintf("demo %s → %s", ln.Addr(), d.ServerAddr())
	l := &liveRunner{
		stdio: s, warner: newWarner(s), cfg: cfg.live,
		keyed: fingerprintKey{ofRun: true}, // nothing is written to disk
	}
	ran := false
	err = l.run(s.untilSignal(ctx), []liveRoute{{
		Config: relay.Config{
			Route: capture.Route{Server: d.ServerAddr()}, Roots: d.ServerRoots(), Certificate: authority.Certificate,
		},
		listener: ln, credentials: credentialsOf(d.Password()),
	}}, func(ctx context.Context) error {
		ran = true
		return d.Run(ctx, ln.Addr().String(), authority.Pool())
	})
	if !ran {
		return err // an output can't be opened
	}
	return errors.Join(err, tellStats(s, d.Stats(), cfg.live.rules.book != nil))
}

// tellStats prints what came of the traffic. Where the relay affected it, that is an
// error, unless rules have it do so.
func tellStats(s *stdio, st demo.Stats, ruled bool) error {
	s.tell("the demo's clients: %d requests as expected (%d of them refused as they had to be), %d failed; %d bytes down, %d up, all verified",
		st.Done, st.Refused, st.Failed, st.Down, st.Up)
	switch {
	case st.Failed > 0 && ruled:
		s.tell("under rules, requests may fail; the last that did: %s", st.LastFailure)
	case st.Failed > 0:
		return fmt.Errorf("%d of the demo's requests failed, the last: %s", st.Failed, st.LastFailure)
	}
	return nil
}
