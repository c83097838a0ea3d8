//go:build unix

package main

import (
	"strings"
	"testing"
)

// TestRulesOnTerminal: the screen says that rules are on, and what stays on the terminal says how
// often each was applied.
func TestRulesOnTerminal(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, command(t, build(t), "demo", "--rule", `drop where cmd == "Alert" && stream == 9`))
	x.await("demo-desk/1.0") // there is a session
	x.await("rules 1 · 0 applied")
	x.press("q")
	x.await("Quit and close them?")
	x.press("y")
	code, left := x.leaves()
	if code != exitDone || !strings.Contains(left, `rule 1 was never applied: drop where cmd == "Alert"`) {
		t.Errorf("exit code %d; it leaves %q", code, left)
	}
}

// TestReadOnlyOnTerminal: where a run only looks, the keys of heartbeats say so.
func TestReadOnlyOnTerminal(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, command(t, build(t), "demo", "--read-only"))
	x.await("demo-desk/1.0") // there is a session
	x.press("h")
	x.await("this run only looks")
	x.press("q")
	x.await("Quit and close them?")
	x.press("y")
	if code, left := x.leaves(); code != exitDone {
		t.Errorf("exit code %d; it leaves %q", code, left)
	}
}
