package main

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"time"

	"github.com/spf13/cobra"
)

func newVersion(s *stdio) *cobra.Command {
	return &cobra.Command{
		Use:   "version",
		Short: "Print the version, and which commit it was built from",
		Args:  noArgs,
		RunE: func(*cobra.Command, []string) error {
			_, err := fmt.Fprintln(s.out, versionLine())
			return err
		},
	}
}

// tool returns the program's name and version.
func tool() string { return program + " " + version() }

// version returns the module's version, as the build recorded it.
func version() string {
	info, ok := debug.ReadBuildInfo()
	if !ok || info.Main.Version == "" || info.Main.Version == "(devel)" {
		return "devel"
	}
	return info.Main.Version
}

// versionLine returns all that is known of the build, as a line: also the commit that it was
// built from, where it was built in a clone.
func versionLine() string {
	about := "AnyTLS protocol version 2, " + runtime.Version()
	if info, ok := debug.ReadBuildInfo(); ok {
		about += commitOf(info.Settings)
	}
	return fmt.Sprintf("%s (%s)", tool(), about)
}

// commitOf returns what a build recorded of the commit, to stand behind other text.
func commitOf(settings []debug.BuildSetting) string {
	recorded := make(map[string]string)
	for _, s := range settings {
		recorded[s.Key] = s.Value
	}
	commit := recorded["vcs.revision"]
	if commit == "" {
		return ""
	}
	text := "; commit " + commit[:min(len(commit), 12)]
	if at, err := time.Parse(time.RFC3339, recorded["vcs.time"]); err == nil {
		text += " of " + at.UTC().Format(time.DateOnly)
	}
	if recorded["vcs.modified"] == "true" {
		text += ", modified"
	}
	return text
}
