package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"anytls-inspect/capture/guide/pairtest"
)

// TestMain lets the scripts run this program as a command, and a pair for the guide.
func TestMain(m *testing.M) {
	pairtest.Main() // where a test starts itself as one of the pair
	testscript.Main(tests{m}, map[string]func(){
		"anytls-inspect": main,
		"pair-server":    pairtest.ServerMain, "pair-client": pairtest.ClientMain,
	})
}

// TestScripts runs the commands as a user would: see testdata/script.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir: "testdata/script",
		Setup: func(e *testscript.Env) error {
			// Each script has a configuration directory, and so a CA, of its own.
			e.Setenv("XDG_CONFIG_HOME", e.WorkDir+"/config")
			e.Setenv("ANYTLS_PASSWORD", "")
			e.Setenv("SSLKEYLOGFILE", "")
			for name, folder := range map[string]string{
				"CAPTURES": "../../capture/replay/testdata",
				"OUTPUT":   "testdata/output",
				"UNTIL":    "testdata/until.sh",
			} {
				path, err := filepath.Abs(folder)
				if err != nil {
					return err
				}
				e.Setenv(name, path)
			}
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits":  exits,
			"mode":   mode,
			"events": events,
		},
	})
}

// commandNames returns the names of all subcommands but help, which is cobra's.
func commandNames() (names []string) {
	for _, c := range newRoot(&stdio{}).Commands() {
		if c.Name() != "help" {
			names = append(names, c.Name())
		}
	}
	return names
}

// TestEveryCommandIsTested: each has its help in a script, a line of mistakes, a
// script of its own or a test of its process, and a place in the README.
func TestEveryCommandIsTested(t *testing.T) {
	read := func(path string) string {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	help, usage, readme := read("testdata/script/help.txtar"), read("testdata/script/usage.txtar"), read("../../README.md")
	names := commandNames()
	if len(names) < 7 {
		t.Errorf("the commands are %q, want more", names)
	}
	for _, name := range names {
		call := "anytls-inspect " + name
		if !strings.Contains(help, "exec "+call+" --help\n") {
			t.Errorf("help.txtar does not run %s --help", call)
		}
		if !strings.Contains(usage, "exits 2 "+call) {
			t.Errorf("usage.txtar has no wrong usage of %s", call)
		}
		if !strings.Contains(readme, call) {
			t.Errorf("the README does not name %s", call)
		}
	}
}

// exits runs a command and checks its exit code: exits 2 anytls-inspect relay.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND [ARG…]")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		got = exit.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("exit code %d, want %d", got, want)
	}
}

// mode checks a file's permissions: mode 600 FILE.
func mode(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: mode OCTAL FILE")
	}
	want, err := strconv.ParseUint(args[0], 8, 32)
	ts.Check(err)
	info, err := os.Stat(ts.MkAbs(args[1]))
	ts.Check(err)
	if got := uint64(info.Mode().Perm()); got != want {
		ts.Fatalf("%s has mode %o, want %o", args[1], got, want)
	}
}
