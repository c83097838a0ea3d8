package guide

import (
	"context"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture/guide/pairtest"
	"anytls-inspect/capture/guide/process"
	"anytls-inspect/capture/report"
)

// patience bounds each wait of a test.
const patience = 60 * time.Second

// quickly is a pace at which the whole plan takes a few seconds.
func quickly() *pace {
	return &pace{
		requests: 6, spacing: time.Millisecond, beat: 10 * time.Millisecond, tries: 2,
		datagrams: 4,
		parallel:  200, atOnce: 8, often: 5 * time.Millisecond, bulk: 1 << 20, answered: 5, rounds: 20,
		turns: 20, turn: 5 * time.Millisecond, turnBeat: 2 * time.Millisecond, turnBytes: 1 << 20,
		spans: 6, span: 20 * time.Millisecond, spanBeat: 5 * time.Millisecond,
		readLogs: 20 * time.Second, patience: 20 * time.Second,
	}
}

// program returns a command that runs this test's binary as an end of a pair.
func program(t *testing.T, role string, words ...string) *process.Command {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	return &process.Command{Words: append([]string{self}, words...), Env: []string{pairtest.Role + "=" + role}}
}

// server and client return the ends of a pair, which misbehave as more words say.
func server(t *testing.T, more ...string) End {
	words := []string{"-l", "{listen}", "-p", "{password}", "-cert", "{cert}", "-key", "{key}"}
	return End{
		Peer:    report.Peer{Name: "our-server", Language: "go"},
		Command: program(t, "server", append(words, more...)...),
	}
}

func client(t *testing.T, more ...string) End {
	words := []string{"-l", "{socks}", "-s", "{server}", "-p", "{password}"}
	return End{
		Peer:    report.Peer{Name: "our-client", Language: "go"},
		Command: program(t, "client", append(words, more...)...),
	}
}

// A told is the steps that a run told of.
type told struct {
	mu    sync.Mutex
	steps []Step
}

func (l *told) step(s Step) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.steps = append(l.steps, s)
}

// all returns the steps in the order in which they were told.
func (l *told) all() []Step {
	l.mu.Lock()
	defer l.mu.Unlock()
	return slices.Clone(l.steps)
}

// of returns a step that was told.
func (l *told) of(t *testing.T, id report.StepID) Step {
	t.Helper()
	l.mu.Lock()
	defer l.mu.Unlock()
	at := slices.IndexFunc(l.steps, func(s Step) bool { return s.ID == id })
	if at < 0 {
		t.Fatalf("nothing was told of the step %s", id)
	}
	return l.steps[at]
}

// pair returns what runs a pair at the pace of tests.
func pair(t *testing.T, server, client End) (Config, *told) {
	l := &told{}
	return Config{
		Server: server, Client: client, Dir: t.TempDir(), Lang: report.English, Tell: l.step,
		Plan: Plan{Duration: time.Second, Idle: 20 * time.Millisecond, pace: quickly()},
	}, l
}

// runPair runs a pair to its end, and logs what came of it.
func runPair(t *testing.T, cfg Config) (*Guide, []report.Scenario) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	g := New(cfg)
	scenarios := g.Run(ctx)
	if ctx.Err() != nil {
		t.Error("the run took too long")
	}
	logRun(t, g, scenarios)
	return g, scenarios
}

func logRun(t *testing.T, g *Guide, scenarios []report.Scenario) {
	t.Helper()
	for _, s := range g.Look().Steps {
		t.Logf("%-5s %-10s %-13s %6v %s", s.Part, s.ID, s.Status, s.Took.Round(time.Millisecond), s.Text)
	}
	for i := range scenarios {
		t.Logf("%s %s: %s %s %v", scenarios[i].Kind, scenarios[i].Title, scenarios[i].Result(), scenarios[i].Failure, scenarios[i].Notes)
	}
	r := report.Combine(report.Meta{}, scenarios...)
	t.Logf("%s: %s", r.Verdict(), r.Reason(report.English))
}
