package main

import (
	"strings"

	"github.com/spf13/cobra"

	"anytls-inspect/capture/guide/known"
	"anytls-inspect/protocol"
)

// complete has the shell complete the flags that are the guide's alone.
func (g *guideFlags) complete(c *cobra.Command) {
	for flag, with := range map[string]completer{
		"server": g.completeEnd(protocol.Server),
		"client": g.completeEnd(protocol.Client),
		"peers": func(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
			return []cobra.Completion{"toml"}, cobra.ShellCompDirectiveFilterFileExt
		},
	} {
		if err := c.RegisterFlagCompletionFunc(flag, with); err != nil {
			panic(err) // there is no such flag
		}
	}
}

// completeEnd completes the name of an implementation that can be that end, and leaves its path to the
// shell.
func (g *guideFlags) completeEnd(end protocol.Peer) completer {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		if strings.Contains(typed, "=") {
			return nil, cobra.ShellCompDirectiveDefault
		}
		return g.knownNames(typed, func(i *known.Implementation) bool { return i.Role(end) != nil }), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeNames completes the names behind --list.
func (g *guideFlags) completeNames(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	if !g.list {
		return nil, cobra.ShellCompDirectiveNoFileComp
	}
	return g.knownNames(typed, func(*known.Implementation) bool { return true }), cobra.ShellCompDirectiveNoFileComp
}

// knownNames returns the names of those that fit which begin with what was typed; where --peers names a
// file that can't be read, none of it.
func (g *guideFlags) knownNames(typed string, fits func(*known.Implementation) bool) []cobra.Completion {
	table, err := g.table()
	if err != nil {
		table = known.Builtin()
	}
	var names []string
	for i := range table.Implementations {
		if one := &table.Implementations[i]; fits(one) {
			names = append(names, one.Name)
		}
	}
	return beginning(names, typed)
}
