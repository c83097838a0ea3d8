package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"time"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/probe"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

type demoFlags struct {
	outputFlags
	heartbeatFlags
	reportFlags
	writeFlags
	duration time.Duration
	seed     uint64
}

func newDemo(s *stdio) *cobra.Command {
	var f demoFlags
	c := &cobra.Command{
		Use:   "demo",
		Short: "Server, client, traffic and relay in one process: nothing to set up",
		Long: `demo runs a small AnyTLS server and client on loopback, with a mix of traffic
between them (short and long streams, a refused and a slow target, UDP-over-TCP,
heartbeats of the client's own, something that isn't AnyTLS), all through the relay.
Nothing leaves this machine, and nothing is written to disk.`,
		Example: `  anytls-inspect demo
  anytls-inspect demo -o json --duration 5s | tail -1`,
		Args: noArgs,
		RunE: func(c *cobra.Command, _ []string) error { return runDemo(c, s, &f) },
	}
	flags := c.Flags()
	flags.SortFlags = false
	f.outputFlags.register(flags)
	f.heartbeatFlags.register(flags)
	f.reportFlags.register(flags)
	f.writeFlags.register(flags, true)
	flags.DurationVar(&f.duration, "duration", 0, "stop by itself after `D`")
	flags.Uint64Var(&f.seed, "seed", 1, "what the traffic follows from, `N`")
	return c
}

func runDemo(c *cobra.Command, s *stdio, f *demoFlags) error {
	if f.duration < 0 {
		return usage(c, fmt.Errorf("--duration %v is negative", f.duration))
	}
	if err := errors.Join(f.outputFlags.check(s.terminal()), f.heartbeatFlags.check(), f.reportFlags.check(), f.writeFlags.check()); err != nil {
		return usage(c, err)
	}
	scene, err := probe.NewScene(f.seed)
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	defer scene.Close()
	ca, err := relay.EphemeralAuthority()
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return fmt.Errorf("demo: %w", err)
	}
	credential := protocol.HashPassword(scene.Password())
	r := &runner{
		stdio: s, warner: newWarner(s), output: f.outputFlags, heartbeat: f.heartbeatFlags, duration: f.duration,
		report: &f.reportFlags, write: &f.writeFlags, kind: report.Demo, credential: &credential,
		title: fmt.Sprintf("demo %s → %s", ln.Addr(), scene.ServerAddr()),
	}
	cfg := relay.Config{Server: scene.ServerAddr(), Roots: scene.ServerRoots(), Certificate: ca.Certificate}
	err = r.run(c.Context(), cfg, ln, func(ctx context.Context) error {
		return scene.Run(ctx, ln.Addr().String(), ca.Pool())
	})
	return errors.Join(err, tellStats(s, scene.Stats()))
}

// tellStats says whether the traffic was unaffected by the relay. It is an error
// if it was not.
func tellStats(s *stdio, st probe.Stats) error {
	fmt.Fprintf(s.err, "anytls-inspect: the demo's clients: %d requests as expected (%d of them refused as they had to be), %d failed; %d bytes down, %d up, all verified\n",
		st.Done, st.Refused, st.Failed, st.Down, st.Up)
	if st.Failed > 0 {
		return fmt.Errorf("%d of the demo's requests failed, the last: %s", st.Failed, st.LastFailure)
	}
	return nil
}
