package main

import (
	"bytes"
	"context"
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"anytls-inspect/capture/guide"
	"anytls-inspect/capture/guide/pairtest"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// TestGuideOnPairs: a run on several pairs has one report of all, and one exit code. What fails of one
// leaves the others alone.
func TestGuideOnPairs(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	path := filepath.Join(t.TempDir(), "out.json")
	pairOf := func(name string) guide.Config {
		return guide.Config{
			Server: guide.End{Peer: report.Peer{Name: "s"}, Missing: errors.New("no s was found")}, Client: guide.End{Peer: report.Peer{Name: name}},
			Limits: journal.DefaultLimits(),
		}
	}
	var out, told bytes.Buffer
	s := newStdio(strings.NewReader(""), &out, &told)
	err := runGuide(t.Context(), s, guideConfig{
		pairs:  []guide.Config{pairOf("a"), pairOf("b")},
		output: outputConfig{kind: outText}, report: reportConfig{path: path},
	})
	if told := (toldError{}); !errors.As(err, &told) || !errors.Is(told.error, errNotAll) {
		t.Errorf("it came to %v: %s", err, &told)
	}
	for _, text := range []string{"0 of 2 pairs are compatible\n– not run  s ← a  no s was found\n– not run  s ← b  no s was found\n", "report: " + path} {
		if !strings.Contains(out.String(), text) {
			t.Errorf("no %q in\n%s", text, &out)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), `"failure": "no s was found"`) != 2 {
		t.Errorf("the report: %v\n%s", err, text)
	}
}

// A trigger calls then when a text is written.
type trigger struct {
	bytes.Buffer
	text string
	then func()
	once sync.Once
}

// Write implements [io.Writer].
func (w *trigger) Write(b []byte) (int, error) {
	if strings.Contains(string(b), w.text) {
		w.once.Do(w.then)
	}
	return w.Buffer.Write(b)
}

// TestGuideOnPairsEnded: a run that is ended in its first pair ends in order, and says of the others
// that they were not run. What is kept of a pair is in a folder of its name.
func TestGuideOnPairsEnded(t *testing.T) {
	t.Setenv("TMPDIR", t.TempDir())
	t.Setenv("XDG_CONFIG_HOME", t.TempDir())
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	pairOf := func(name string) guide.Config {
		start := func(role, words string) *process.Command {
			return &process.Command{Words: append([]string{self}, strings.Fields(words)...), Env: []string{pairtest.Role + "=" + role}}
		}
		return guide.Config{
			Server: guide.End{Peer: report.Peer{Name: "../s"}, Command: start("server", "-l {listen} -p {password}")},
			Client: guide.End{Peer: report.Peer{Name: name}, Command: start("client", "-l {socks} -s {server} -p {password}")},
			Limits: journal.DefaultLimits(), Plan: guide.Plan{Quick: true},
		}
	}
	dir, path := filepath.Join(t.TempDir(), "kept"), filepath.Join(t.TempDir(), "out.json")
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	out, told := &trigger{text: `"step":"relayed"`, then: cancel}, new(bytes.Buffer)
	err = runGuide(ctx, newStdio(strings.NewReader(""), out, told), guideConfig{
		pairs: []guide.Config{pairOf("a"), pairOf("b")}, dir: dir,
		output: outputConfig{kind: outJSON}, report: reportConfig{path: path},
	})
	if err != nil {
		t.Errorf("it came to %v: %s", err, told)
	}
	lines := strings.Split(strings.TrimSuffix(out.String(), "\n"), "\n")
	if len(lines) < 3 {
		t.Fatalf("it printed %s", out.String())
	}
	for i, text := range []string{
		`"pair":"../s ← a","verdict":"undecided","compatible":false`,
		`"pair":"../s ← b","verdict":"undecided","compatible":false,"text":"`,
		`"pairs":2,"compatible":0,"not_run":1,"report":"` + path + `","output":"` + dir + `"}`,
	} {
		if line := lines[len(lines)-3+i]; !strings.Contains(line, text) {
			t.Errorf("no %s in %s", text, line)
		}
	}
	if strings.Count(out.String(), `"event":"step"`) != 11 {
		t.Errorf("not the steps of one pair: %s", out.String())
	}
	kept := filesIn(t, dir)
	for _, name := range []string{"_s--a/direct-client.log", "_s--a/pair-server.log", "_s--a/pair.pcapng"} {
		if !slices.Contains(kept, name) {
			t.Errorf("no %s among %q", name, kept)
		}
	}
	for _, name := range kept {
		if !strings.HasPrefix(name, "_s--a") || filepath.Ext(name) == ".pem" || strings.Contains(name, ".run") {
			t.Errorf("%s is left", name)
		}
	}
	text, err := os.ReadFile(path)
	if err != nil || strings.Count(string(text), `"name": "b"`) == 0 || !strings.Contains(string(text), "the run was ended") {
		t.Errorf("the report lacks the pair that was left out: %v", err)
	}
}
