package main

import (
	"runtime/debug"
	"strings"
	"testing"
)

// TestVersionTellsCommit: what the build recorded of the commit is told, as far as it did.
func TestVersionTellsCommit(t *testing.T) {
	settings := func(pairs ...string) (all []debug.BuildSetting) {
		for i := 0; i < len(pairs); i += 2 {
			all = append(all, debug.BuildSetting{Key: pairs[i], Value: pairs[i+1]})
		}
		return all
	}
	const revision = "fa3227800112233445566778899aabbccddeeff0"
	for _, tc := range []struct {
		settings []debug.BuildSetting
		want     string
	}{
		{settings("GOARCH", "amd64"), ""},
		{settings("vcs.revision", revision), "; commit fa3227800112"},
		{settings("vcs.revision", "short"), "; commit short"},
		{settings("vcs.revision", revision, "vcs.time", "2026-11-27T23:30:00-02:00", "vcs.modified", "false"), "; commit fa3227800112 of 2026-11-28"},
		{settings("vcs.revision", revision, "vcs.time", "then", "vcs.modified", "true"), "; commit fa3227800112, modified"},
	} {
		if got := commitOf(tc.settings); got != tc.want {
			t.Errorf("%v: %q, want %q", tc.settings, got, tc.want)
		}
	}
	if line := versionLine(); !strings.HasPrefix(line, tool()+" (AnyTLS protocol version 2, go") {
		t.Errorf("the line is %q", line)
	}
}
