package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// mistyped is how many letters may differ between what was typed and what was meant, at most.
const mistyped = 2

// suggest returns which of some names may have been meant by what was typed, as the end of a
// message. Each stands behind the prefix there.
func suggest(typed string, names []string, prefix string) string {
	// The library compares what was typed with the names of commands.
	these := &cobra.Command{SuggestionsMinimumDistance: min(mistyped, len(typed)/2)}
	for _, name := range names {
		these.AddCommand(&cobra.Command{Use: name, Run: func(*cobra.Command, []string) {}})
	}
	meant := these.SuggestionsFor(typed)
	if len(meant) == 0 {
		return ""
	}
	return fmt.Sprintf("; did you mean %s%s?", prefix, strings.Join(meant, " or "+prefix))
}

// suggestCommand is [suggest] for the commands below one.
func suggestCommand(c *cobra.Command, typed string) string {
	var names []string
	for _, below := range c.Commands() {
		names = append(names, below.Name())
	}
	return suggest(typed, names, "")
}

// suggestFlag adds to the error of a flag that a command does not have those that may have been
// meant.
func suggestFlag(c *cobra.Command, err error) error {
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || unknown.GetSpecifiedShortnames() != "" {
		return err
	}
	var names []string
	c.Flags().VisitAll(func(f *pflag.Flag) { names = append(names, f.Name) })
	return fmt.Errorf("%w%s", err, suggest(unknown.GetSpecifiedName(), names, "--"))
}
