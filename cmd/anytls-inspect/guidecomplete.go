package main

import (
	"strings"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/guide/known"
)

// complete has the shell complete the flags that are the guide's alone.
func (g *guideFlags) complete(c *cobra.Command) {
	for flag, with := range map[string]completer{
		"server": g.completeEnd,
		"client": g.completeEnd,
		"peers": func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"toml"}, cobra.ShellCompDirectiveFilterFileExt
		},
	} {
		if err := c.RegisterFlagCompletionFunc(flag, with); err != nil {
			panic(err) // there is no such flag
		}
	}
}

// completeEnd completes the name of an implementation, and leaves its path to the shell.
func (g *guideFlags) completeEnd(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if strings.Contains(typed, "=") {
		return nil, cobra.ShellCompDirectiveDefault
	}
	return g.knownNames(typed), cobra.ShellCompDirectiveNoFileComp
}

// completeNames completes the names behind --list.
func (g *guideFlags) completeNames(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if !g.list {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return g.knownNames(typed), cobra.ShellCompDirectiveNoFileComp
}

// knownNames returns the names that begin with what was typed; where --peers names a file that can't
// be read, none of it.
func (g *guideFlags) knownNames(typed string) []cobra.Completion {
	table, err := g.table()
	if err != nil {
		table = known.Builtin()
	}
	return beginning(table.Names(), typed)
}
