package interop

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/report"
)

// The environment variables in which interop/run says what is wanted.
const (
	durationVar = "INTEROP_DURATION"    // of the guide's third scenario
	reportVar   = "INTEROP_REPORT"      // the file to write the report to, as an absolute path
	langVar     = "INTEROP_REPORT_LANG" // en or zh
)

// results are what the tests gather for the report.
var results Results

// lang is the language of the report.
var lang report.Lang

// A run of the guide's ten minutes or more has requests and heartbeats a second apart, as
// the guide asks for. A shorter run has as many of them, ten times as fast.
var (
	duration = time.Minute
	pace     = 100 * time.Millisecond // between two requests, and between two heartbeats
)

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "interop:", err)
		return 1
	}
	if wanted := os.Getenv(durationVar); wanted != "" {
		d, err := time.ParseDuration(wanted)
		if err != nil {
			return fail(fmt.Errorf("%s: %w", durationVar, err))
		}
		duration = d
	}
	if duration >= 10*time.Minute {
		pace = time.Second
	}
	path := os.Getenv(reportVar)
	if path != "" {
		var err error
		if lang, err = report.Check(path, os.Getenv(langVar)); err != nil {
			return fail(err)
		}
	}
	code := m.Run()
	fmt.Print(results.Matrix())
	if path == "" {
		return code
	}
	if err := results.Report(toolVersion()).WriteFile(path, lang); err != nil {
		return fail(err)
	}
	fmt.Println("report:", path)
	return code
}

// toolVersion returns the relay's name and version, in its own words.
func toolVersion() string {
	ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
	defer cancel()
	out, err := exec.CommandContext(ctx, os.Getenv(relayVar), "version").Output()
	if err != nil {
		return "anytls-inspect"
	}
	return strings.TrimSpace(string(out))
}

// start starts a pair for a test, and logs what the programs wrote if the test fails.
func start(ctx context.Context, t *testing.T, pair Pair, mode *RelayMode) (*Rig, error) {
	rig, err := StartRig(ctx, t.TempDir, pair, mode)
	if err != nil {
		return nil, err
	}
	t.Cleanup(func() {
		rig.Close()
		if t.Failed() {
			how := "past the relay"
			if mode != nil {
				how = "through the relay"
			}
			t.Logf("%v, %s:\n%s", pair, how, rig.Logs())
		}
	})
	return rig, nil
}

// complain fails the test with each of the problems.
func complain(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}
