package main

import (
	"strings"
	"testing"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/report"
)

// TestGuideLacks: where nothing failed and the exit code is 1, the steps that make it so are named;
// where something else makes it, or it is 0, they are not.
func TestGuideLacks(t *testing.T) {
	const named = "\nnot measured, and asked for: heartbeats: none is owed\n"
	lacks := lackOf([]guide.Step{{Title: "heartbeats", Text: "none is owed", Status: report.NotMeasured}})
	for _, test := range []struct {
		e    guideEnding
		told bool
	}{
		{guideEnding{verdict: report.Undecided}, true},
		{guideEnding{verdict: report.Fully}, true},
		{guideEnding{verdict: report.Undecided, cut: true}, false},
		{guideEnding{verdict: report.Undecided, compatible: true}, false},
		{guideEnding{verdict: report.Undecided, cause: "no server"}, false},
		{guideEnding{verdict: report.Partly}, false},
	} {
		test.e.lacks = lacks
		if out, _ := printed(t, outText, test.e); strings.Contains(out, named) != test.told {
			t.Errorf("%+v: %s", test.e, out)
		}
	}
}
