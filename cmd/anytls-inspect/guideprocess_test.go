package main

import (
	"bufio"
	"bytes"
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
	lines     *bufio.Scanner
	stderr    *bytes.Buffer
	temporary string   // where its folder is
	alive     *os.File // at its end when the process is gone, and all that it has started
}

// startGuide starts a run on a pair whose client has a fault.
func startGuide(t *testing.T, fault string, args ...string) *guideProcess {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	g := &guideProcess{stderr: new(bytes.Buffer), temporary: t.TempDir()}
	g.Cmd = command(t, build(t), slices.Concat([]string{
		"guide", "--quick", "-o", "json",
		"--server-cmd", "env " + pairtest.Role + "=server '" + self + "' -l {listen} -p {password}",
		"--client-cmd", "env " + pairtest.Role + "=client '" + self + "' -l {socks} -s {server} -p {password} -fault '" + fault + "'",
	}, args)...)
	g.Env = append(g.Env, "TMPDIR="+g.temporary)
	g.Stderr = g.stderr
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
	g.lines = bufio.NewScanner(out)
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
	t.Run("one", func(t *testing.T) {
		path := filepath.Join(t.TempDir(), "out.json")
		g := startGuide(t, "ignore-term", "--report", path)
		if !g.lines.Scan() || !strings.Contains(g.lines.Text(), `"step":"direct"`) {
			t.Fatalf("the first line is %s\n%s", g.lines.Text(), g.stderr)
		}
		if err := g.Process.Signal(syscall.SIGINT); err != nil {
			t.Fatal(err)
		}
		code, last := g.end(t)
		if code != exitDone || !strings.Contains(last, `"verdict":"undecided","compatible":false`) {
			t.Errorf("exit code %d, last line %s\n%s", code, last, g.stderr)
		}
		text, err := os.ReadFile(path)
		if err != nil || !strings.Contains(string(text), `"requests": 10`) {
			t.Errorf("the report lacks what was measured: %v\n%s", err, text)
		}
	})
	t.Run("two", func(t *testing.T) {
		g := startGuide(t, "ignore-term")
		if !g.lines.Scan() {
			t.Fatalf("no line\n%s", g.stderr)
		}
		for range 2 {
			if err := g.Process.Signal(syscall.SIGINT); err != nil {
				t.Fatal(err)
			}
			for !strings.Contains(g.stderr.String(), "a second signal ends it at once") {
				if !g.lines.Scan() { // each step is told that the run was ended
					break
				}
			}
		}
		if code, _ := g.end(t); code != exitFailed {
			t.Errorf("exit code %d\n%s", code, g.stderr)
		}
	})
}
