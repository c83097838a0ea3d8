package main

import (
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"anytls-inspect/capture"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// A completer returns what a flag's value may be that begins with a text.
type completer = cobra.CompletionFunc

// completers returns those of the flags whose values are words of a few.
func completers() map[string]completer {
	legs := []string{capture.ClientLeg.Peer().String(), capture.ServerLeg.Peer().String()}
	return map[string]completer{
		"output":      oneOf(string(outTUI), string(outText), string(outJSON), string(outQuiet)),
		"leg":         oneOf(legs...),
		"write-leg":   oneOf(append(legs, both)...),
		"report-lang": oneOf(string(report.English), string(report.Chinese)),
		"speed":       oneOf(speedMax, "1", "10", "100"),
		"heartbeat":   completeHeartbeat,
	}
}

// completeFolder has the shell complete folders.
func completeFolder(*cobra.Command, []string, string) ([]cobra.Completion, cobra.ShellCompDirective) {
	return nil, cobra.ShellCompDirectiveFilterDirs
}

// complete has the shell complete the values of a command's flags: a word, a file, a folder, or
// nothing that it could know.
func complete(c *cobra.Command) {
	words := completers()
	c.Flags().VisitAll(func(f *pflag.Flag) {
		if _, own := c.GetFlagCompletionFunc(f.Name); own {
			return
		}
		with, known := words[f.Name]
		switch name, _ := pflag.UnquoteUsage(f); {
		case known:
		case name == "FILE" || f.NoOptDefVal != "":
			return // the shell completes files by itself
		case name == "DIR":
			with = completeFolder
		default:
			with = cobra.NoFileCompletions
		}
		if err := c.RegisterFlagCompletionFunc(f.Name, with); err != nil {
			panic(err) // the flag has one already
		}
	})
	if c.ValidArgsFunction == nil && !strings.Contains(c.Use, "FILE") {
		c.ValidArgsFunction = cobra.NoFileCompletions
	}
}

// oneOf returns a completer for a value that is one of some words.
func oneOf(words ...string) completer {
	return func(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
		return beginning(words, typed), cobra.ShellCompDirectiveNoFileComp
	}
}

// completeHeartbeat completes D[,server|client|both]: intervals first, then toward whom.
func completeHeartbeat(_ *cobra.Command, _ []string, typed string) ([]cobra.Completion, cobra.ShellCompDirective) {
	intervals := []string{"300ms", "1s", "10s"}
	if d, _, found := strings.Cut(typed, ","); found || typed != "" && len(beginning(intervals, typed)) == 0 {
		intervals = []string{d}
	}
	var all []string
	for _, d := range intervals {
		all = append(all, d)
		for _, toward := range []string{protocol.Server.String(), protocol.Client.String(), both} {
			all = append(all, d+","+toward)
		}
	}
	return beginning(all, typed), cobra.ShellCompDirectiveNoFileComp
}

// beginning returns those of the words that begin with what was typed.
func beginning(words []string, typed string) []cobra.Completion {
	return slices.DeleteFunc(slices.Clone(words), func(w string) bool { return !strings.HasPrefix(w, typed) })
}
