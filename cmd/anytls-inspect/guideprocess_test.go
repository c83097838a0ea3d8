package main

import (
	"bufio"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"

	"anytls-inspect/capture/guide/pairtest"
)

// A guideProcess is a run of the guide as a process, and all that it starts.
type guideProcess struct {
	*exec.Cmd
	lines     *bufio.Scanner // of standard output
	out       io.Closer      // where these come from
	told      *bufio.Scanner // of standard error
	temporary string         // where its folder is
	alive     *os.File       // at its end when the process is gone, and all that it has started
}

// startGuide starts a run on a pair whose client has a fault.
func startGuide(t *testing.T, path, fault string, args ...string) *guideProcess {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	g := &guideProcess{temporary: t.TempDir()}
	g.Cmd = command(t, path, slices.Concat([]string{
		"guide", "--quick", "-o", "json",
		"--server-cmd", "env " + pairtest.Role + "=server '" + self + "' -l {listen} -p {password}",
		"--client-cmd", "env " + pairtest.Role + "=client '" + self + "' -l {socks} -s {server} -p {password} -fault '" + fault + "'",
	}, args)...)
	g.Env = append(g.Env, "TMPDIR="+g.temporary)
	alive, held, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	g.alive = alive
	t.Cleanup(func() { _ = alive.Close() })
	g.ExtraFiles = []*os.File{held} // which whatever it starts has, too
	out, err := g.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	told, err := g.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	g.out, g.lines, g.told = out, bufio.NewScanner(out), bufio.NewScanner(told)
	if err := g.Start(); err != nil {
		t.Fatal(err)
	}
	_ = held.Close()
	return g
}

// end waits for the end of the process, and of all that it has started. It returns the exit code
// and the last line.
func (g *guideProcess) end(t *testing.T) (code int, last string) {
	t.Helper()
	for g.lines.Scan() {
		last = g.lines.Text()
	}
	for g.told.Scan() { // all of it, before Wait closes it
		t.Log(g.told.Text())
	}
	_ = g.Wait() // the exit code says it
	if _, err := io.Copy(io.Discard, g.alive); err != nil {
		t.Error(err)
	}
	if left := filesIn(t, g.temporary); left != nil {
		t.Errorf("left behind: %q", left)
	}
	return g.ProcessState.ExitCode(), last
}

// TestGuideSignals: a signal ends a run in order, and what was measured until then is reported. A
// second one ends it at once. No program outlives it, even one that ignores being asked to end.
func TestGuideSignals(t *testing.T) {
	program := build(t)
	t.Run("one", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "out.json")
		g := startGuide(t, program, "ignore-term", "--report", path)
		if !g.lines.Scan() || !strings.Contains(g.lines.Text(), `"step":"direct"`) {
			t.Fatalf("the first line is %s", g.lines.Text())
		}
		if err := g.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		code, last := g.end(t)
		if code != exitDone || !strings.Contains(last, `"verdict":"undecided","compatible":false`) {
			t.Errorf("exit code %d, last line %s", code, last)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), `"requests": 10`) {
			t.Errorf("the report lacks what was measured: %v\n%s", err, text)
		}
	})
	t.Run("two", func(t *testing.T) {
		g := startGuide(t, program, "ignore-term")
		if !g.lines.Scan() {
			t.Fatal("no line")
		}
		for range 2 {
			if err := g.Process.Signal(syscall.SIGTERM); err != nil {
				t.Fatal(err)
			}
			if !g.told.Scan() { // that it ends, after the first one
				break
			}
		}
		if code, _ := g.end(t); code != exitFailed {
			t.Errorf("exit code %d", code)
		}
	})
}

// TestGuideClosedPipe: who reads a line and goes, as head does, ends a run of which nothing is kept.
// That is no error, and nobody is told of signals.
func TestGuideClosedPipe(t *testing.T) {
	g := startGuide(t, build(t), "")
	if !g.lines.Scan() || !strings.Contains(g.lines.Text(), `"verdict":"passed"`) {
		t.Fatalf("the first line is %s", g.lines.Text())
	}
	if err := g.out.Close(); err != nil {
		t.Fatal(err)
	}
	if g.told.Scan() {
		t.Errorf("it told %q", g.told.Text())
	}
	if code, _ := g.end(t); code != exitDone {
		t.Errorf("exit code %d", code)
	}
}
