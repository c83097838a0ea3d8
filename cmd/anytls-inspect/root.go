package main

import (
	"fmt"

	"github.com/spf13/cobra"
)

// A usageError says that the command line is wrong; it ends with exit code 2.
type usageError struct {
	command string // as it is called: "anytls-inspect relay"
	err     error
}

func (e *usageError) Error() string { return e.err.Error() }

func (e *usageError) Unwrap() error { return e.err }

func newRoot(s *stdio) *cobra.Command {
	root := &cobra.Command{
		Use:   "anytls-inspect",
		Short: "Look at AnyTLS frame by frame, and inject heartbeats",
		Long: `anytls-inspect stands between an AnyTLS client and its server, decodes every
frame, shows sessions, streams and heartbeat round-trips, and injects
HeartRequests when you press a key. All traffic is still proxied.

Try it without setting anything up:  anytls-inspect demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(c, fmt.Errorf("unknown command %q", args[0]))
			}
			return c.Help()
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(usage)
	root.AddCommand(newRelay(s), newReplay(s), newPing(s), newDemo(s), newCA(s), newDissector(s), newVersion(s))
	return root
}

// usage marks err as a mistake in the command line.
func usage(c *cobra.Command, err error) error { return &usageError{c.CommandPath(), err} }

// noArgs refuses arguments.
func noArgs(c *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(c, fmt.Errorf("unexpected argument %q", args[0]))
	}
	return nil
}
