//go:build unix

package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/steps"
)

// guideCommand returns a quick run of the guide on the pair for tests, as long as its client is
// that.
func guideCommand(t *testing.T, client string) *exec.Cmd {
	t.Helper()
	cmd := command(t, build(t), "guide", "--quick",
		"--server-cmd", "pair-server -l {listen} -p {password}", "--client-cmd", client+" -l {socks} -s {server} -p {password}")
	cmd.Env = append(cmd.Env, "TMPDIR="+t.TempDir())
	return cmd
}

// TestGuideScreen: the screen shows the steps and the heartbeats of a run as they come, and however
// the run is asked to end, it ends in order, says what it came to, and leaves the terminal.
func TestGuideScreen(t *testing.T) {
	t.Parallel()
	for name, end := range map[string]func(*terminal){
		"q":       func(x *terminal) { x.press("q") },
		"Ctrl-C":  func(x *terminal) { x.press("\x03") },
		"SIGTERM": func(x *terminal) { _ = x.cmd.Process.Signal(syscall.SIGTERM) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			x := onTerminal(t, guideCommand(t, "pair-client"))
			screen := x.await("✓ requests through the relay")
			for _, text := range []string{"10of10requests", "underload", "bothdirections", "waiting", "→server", "→client"} {
				if !strings.Contains(screen, text) {
					t.Errorf("the screen has no %q:\n%s", text, screen)
				}
			}
			end(x)
			code, left := x.leaves()
			if code != 0 {
				t.Errorf("nothing speaks against the pair, and the exit code is %d", code)
			}
			leavesOnce(t, left, "  ✓ requests through the relay ", " both directions\n", program+": – undecided, the run was ended before its end: ")
		})
	}
}

// TestGuideScreenPairs: of several pairs the screen shows what became of each, and the steps of any of
// them; all of that stays on the terminal.
func TestGuideScreenPairs(t *testing.T) {
	t.Parallel()
	peers := filepath.Join(t.TempDir(), "peers.toml")
	text := ""
	for name, program := range map[string]string{"ours": "pair-client", "gone": "no-such-client"} {
		text += fmt.Sprintf("[[implementation]]\nname = %q\n[implementation.client]\ncommand = \"%s -l {socks} -s {server} -p {password}\"\n", name, program)
	}
	if err := os.WriteFile(peers, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	cmd := command(t, build(t), "guide", "--quick", "--peers", peers,
		"--server-cmd", "pair-server -l {listen} -p {password}", "--client", "gone", "--client", "ours")
	cmd.Env = append(cmd.Env, "TMPDIR="+t.TempDir())
	x := onTerminal(t, cmd)
	screen := x.await("✓ requests through the relay")
	for _, text := range []string{"0/2pairs", "–pair-server←gone", "─pair-server←ours─"} {
		if !strings.Contains(screen, text) {
			t.Errorf("the screen has no %q:\n%s", text, screen)
		}
	}
	x.press("[")
	x.await("▸ – pair-server ← gone")
	x.await("─ Result ─")
	x.press("q")
	code, left := x.leaves()
	if code != 1 {
		t.Errorf("a pair could not be run, and the exit code is %d", code)
	}
	leavesOnce(t, left, "– pair-server ← gone  ", "– pair-server ← ours ", "  ✓ requests through the relay ", "0 of 2 pairs are compatible")
}

// TestGuideScreenEnds: the screen leaves by itself when the run is over.
func TestGuideScreenEnds(t *testing.T) {
	t.Parallel()
	x := onTerminal(t, guideCommand(t, "no-such-client"))
	code, left := x.leaves()
	if code != 1 || !strings.Contains(left, "no-such-client is not found") {
		t.Errorf("exit code %d; on the terminal stays %q", code, left)
	}
}

// TestGuideScreenGone: where the terminal is gone, the run ends in order, and its steps are told on
// standard error.
func TestGuideScreenGone(t *testing.T) {
	heedHangups(t)
	cmd := guideCommand(t, "pair-client")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	x := onTerminal(t, cmd)
	x.await("✓ requests without the relay")
	_ = x.host.Close()
	if code := exitCode(t, cmd.Wait()); code != 1 {
		t.Errorf("exit code %d", code)
	}
	for _, text := range []string{
		"the screen can't be drawn: ", ": ✓ passed        requests without the relay ", "the run was ended\n", "not whole: standard output",
	} {
		if !strings.Contains(stderr.String(), text) {
			t.Errorf("standard error has no %q:\n%s", text, &stderr)
		}
	}
}

// TestGuideScreenBlocked: a terminal that takes nothing holds up neither a run nor its end.
func TestGuideScreenBlocked(t *testing.T) {
	t.Parallel()
	terminal := blockedTerminal(t)
	seen := make(chan struct{}) // closed when the screen is known to stand still
	stderr := &trigger{text: "the screen can't be drawn: the output takes nothing\n", then: func() { close(seen) }}
	s := newStdio(terminal, terminal, stderr)
	w := newWarner(s)
	screen := &guideScreen{stdio: s, warner: w, outputs: &outputs{warner: w}}
	missing := &process.Command{Words: []string{"no-such-program"}}
	run := guide.NewMatrix([]guide.Config{{
		Server: guide.End{Command: missing}, Client: guide.End{Command: missing}, Dir: t.TempDir(),
		Limits: journal.DefaultLimits(), Tell: func(s guide.Step) { screen.tell(string(s.ID) + " has ended") },
	}})
	ctx, end := context.WithTimeout(t.Context(), patience)
	defer end()
	run.Begins = func(guide.View) { // the run is asked to end, and does, but not before the screen is drawn
		end()
		select {
		case <-seen:
		case <-time.After(patience):
		}
	}
	scenarios, err := screen.run(ctx, run)
	if err != nil || len(scenarios) == 0 {
		t.Errorf("the run comes to %+v (%v)", scenarios, err)
	}
	if err := screen.outputs.err(); err == nil {
		t.Error("nothing tells that the screen was not whole")
	}
	s.err.queue.flush(patience)
	if text := stderr.String(); !strings.Contains(text, stderr.text) || !strings.Contains(text, ": direct has ended\n") {
		t.Errorf("standard error has %q", text)
	}
}

// TestGuideShown: what a run tells of itself is what its screen shows.
func TestGuideShown(t *testing.T) {
	began := time.Date(2026, 3, 2, 15, 4, 5, 0, time.UTC)
	view := guide.View{
		Pair: "a ← b", Began: began, Done: true, Took: time.Minute,
		Steps: []guide.Step{
			{Part: "pair", Title: "one", State: guide.Ended, Status: report.Passed, Text: "well", Began: began, Took: time.Second},
			{Part: "pair", Title: "two", State: guide.Ended, Status: report.Failed},
			{Part: "load", Title: "three", State: guide.Ended, Status: report.Observed},
			{Part: "load", Title: "four", State: guide.Ended, Status: report.NotMeasured},
			{Part: "both", Title: "five", State: guide.Running, Takes: time.Minute},
			{Part: "both", Title: "six", State: guide.Skipped, Status: report.NotMeasured, Text: "why"},
			{Part: "another", Title: "seven"},
		},
	}
	view.Heartbeats[protocol.Client] = session.Figures{Sent: 3}
	view.Series[protocol.Client] = []time.Duration{time.Millisecond}
	w := newWarner(newStdio(nil, nil, new(bytes.Buffer)))
	w.hold()
	w.warn("first")
	w.warn("second")
	shown := (&guideScreen{warner: w}).shown(guide.MatrixView{Done: true, Pairs: []guide.PairView{
		{View: view, State: guide.Ended, Verdict: report.Partly, Text: "two failed"},
		{View: guide.View{Pair: "a ← c"}, State: guide.Ended, Verdict: report.Fully, Compatible: true},
		{View: guide.View{Pair: "a ← d"}, State: guide.Ended, Verdict: report.Undecided, Text: "nothing was measured"},
		{View: guide.View{Pair: "a ← e"}, State: guide.Running},
		{View: guide.View{Pair: "a ← f"}, State: guide.Skipped, Verdict: report.Undecided, Text: "the run was ended"},
	}})
	if shown.Title != "guide" || !shown.Began.Equal(began) || !shown.Done || shown.Note != "second" {
		t.Errorf("shown as %+v", shown)
	}
	for i, want := range []steps.Pair{
		{Row: steps.Row{Title: "a ← b", State: steps.Ended, Status: steps.Failed, Text: "two failed", Began: began, Took: time.Minute}, Verdict: "partly compatible"},
		{Row: steps.Row{Title: "a ← c", State: steps.Ended, Status: steps.Passed}, Verdict: "compatible"},
		{Row: steps.Row{Title: "a ← d", State: steps.Ended, Text: "nothing was measured"}, Verdict: "undecided"},
		{Row: steps.Row{Title: "a ← e", State: steps.Running}},
		{Row: steps.Row{Title: "a ← f", State: steps.Skipped, Text: "the run was ended"}},
	} {
		if got := shown.Pairs[i]; got.Row != want.Row || got.Verdict != want.Verdict {
			t.Errorf("pair %d is shown as %+v, want %+v", i, got, want)
		}
	}
	first := shown.Pairs[0]
	if h := first.Heartbeats; h[protocol.Client].Sent != 3 || len(h[protocol.Client].Series) != 1 || h[protocol.Server].Sent != 0 {
		t.Errorf("heartbeats %+v", h)
	}
	for i, want := range []steps.Row{
		{Part: "pair", Title: "one", State: steps.Ended, Status: steps.Passed, Text: "well", Began: began, Took: time.Second},
		{Part: "pair", Title: "two", State: steps.Ended, Status: steps.Failed},
		{Part: "under load", Title: "three", State: steps.Ended, Status: steps.Observed},
		{Part: "under load", Title: "four", State: steps.Ended, Status: steps.NotMeasured},
		{Part: "both directions", Title: "five", State: steps.Running, Takes: time.Minute},
		{Part: "both directions", Title: "six", State: steps.Skipped, Status: steps.NotMeasured, Text: "why"},
		{Part: "another", Title: "seven"},
	} {
		if first.Steps[i] != want {
			t.Errorf("step %d is shown as %+v, want %+v", i, first.Steps[i], want)
		}
	}
}
