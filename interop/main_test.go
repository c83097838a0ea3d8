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
	longVar    = "INTEROP_LONG"        // not empty: a long run
	reportsVar = "INTEROP_REPORTS"     // the files to write the report to, absolute paths, one a line
	langVar    = "INTEROP_REPORT_LANG" // en or zh
)

// gathered are what the tests gather for the report.
var gathered results

// lang is the language of the report.
var lang report.Lang

func TestMain(m *testing.M) {
	os.Exit(run(m))
}

func run(m *testing.M) int {
	fail := func(err error) int {
		fmt.Fprintln(os.Stderr, "interop:", err)
		return 1
	}
	paths := strings.FieldsFunc(os.Getenv(reportsVar), func(r rune) bool { return r == '\n' })
	for _, path := range paths {
		var err error
		if lang, err = report.Check(path, os.Getenv(langVar)); err != nil {
			return fail(err)
		}
	}
	code := m.Run()
	if len(paths) == 0 {
		return code
	}
	meta, order := report.Meta{Tool: toolVersion(), Tester: "interop/run"}, Pairs()
	if isLong() {
		meta.Title, meta.Tester, order = longTitle.in(lang), "interop/run -long", long
	}
	whole := gathered.report(meta, order)
	for _, path := range paths {
		if err := whole.WriteFile(path, lang); err != nil {
			return fail(err)
		}
		fmt.Println("report:", path)
	}
	return code
}

// isLong tells whether the run is the long one.
func isLong() bool { return os.Getenv(longVar) != "" }

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

// complain fails the test with each of the problems.
func complain(t *testing.T, problems []string) {
	t.Helper()
	for _, problem := range problems {
		t.Error(problem)
	}
}
