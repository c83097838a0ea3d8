package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
)

// A usageError says that the command line is wrong; it ends with exit code 2.
type usageError struct{ error }

func (e *usageError) Unwrap() error { return e.error }

// newRoot returns the command line.
func newRoot(s *stdio) *cobra.Command {
	root := &cobra.Command{
		Use:   program,
		Short: "Look at AnyTLS frame by frame, inject heartbeats, and try what peers make of faults",
		Long: `anytls-inspect stands between an AnyTLS client and its server, decodes every
frame, shows sessions, streams and heartbeat round-trips, and injects
HeartRequests when you press a key. All traffic is still proxied.

Try it without setting anything up:  anytls-inspect demo`,
		SilenceUsage:  true,
		SilenceErrors: true,
		Args:          cobra.ArbitraryArgs,
		Version:       versionLine(),
		RunE: func(c *cobra.Command, args []string) error {
			if len(args) > 0 {
				return usage(fmt.Errorf("unknown command%s%s", quoted(args[0]), suggestCommand(c, args[0])))
			}
			return c.Help()
		},
	}
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetVersionTemplate("{{.Version}}\n")
	root.Flags().Bool("version", false, "print the version, as the command does")
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error { return usage(suggestFlag(c, err)) })
	plainUsage(root)
	root.AddCommand(newRelay(s), newReplay(s), newPing(s), newDemo(s), newGuide(s), newRules(s), newCA(s), newDissector(s), newVersion(s))
	for _, c := range root.Commands() {
		complete(c)
	}
	root.InitDefaultHelpCmd()
	if help, _, err := root.Find([]string{"help"}); err == nil {
		help.Args = aCommand
	}
	return root
}

// aCommand is for a command whose arguments name another, or nothing.
func aCommand(c *cobra.Command, args []string) error {
	named, rest, err := c.Root().Find(args)
	if err != nil || len(rest) == 0 {
		return err
	}
	return usage(fmt.Errorf("unknown command%s%s", quoted(rest[0]), suggestCommand(named, rest[0])))
}

// usage marks err as a mistake in the command line.
func usage(err error) error { return &usageError{err} }

// noArgs is for commands that take no arguments.
func noArgs(_ *cobra.Command, args []string) error {
	if len(args) > 0 {
		return usage(fmt.Errorf("unexpected argument%s", quoted(args[0])))
	}
	return nil
}

// quoted returns an argument in quotes, behind a space. One with an @ may be a server's
// URI in the wrong place, with the password: of it nothing is returned.
func quoted(argument string) string {
	if strings.Contains(argument, "@") {
		return ""
	}
	return fmt.Sprintf(" %q", argument)
}

// oneArg is for commands that take one argument. The question asks for it.
func oneArg(question string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usage(errors.New(question))
		}
		return nil
	}
}

// someArgs is for commands that take one argument or more. The question asks for them.
func someArgs(question string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) == 0 {
			return usage(errors.New(question))
		}
		return nil
	}
}
