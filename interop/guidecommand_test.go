package interop

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/report"
)

// A guideDone is what came of a run of the guide's command.
type guideDone struct {
	code          int
	lines, errors bytes.Buffer // its outputs
	report        *report.Report
	left          []string // programs that it started and that are still there

	pairs []guideTold                     // what the lines tell of each pair, in their order
	told  struct{ Pairs, Compatible int } // what they tell of all, where there are several
}

// A guideTold is what the command printed of a pair.
type guideTold struct {
	pair     string
	steps    []report.StepID // in their order
	verdicts map[report.StepID]string

	verdict       report.Verdict
	compatible    bool
	cause, advice string
}

// A guideLine has the fields of the command's JSON Lines that are looked at.
type guideLine struct {
	Event, Step, Pair, Text string
	Verdict, Cause, Advice  string
	Compatible              json.RawMessage // of a pair whether it is, of several how many are
	Pairs                   int
}

// read reads the lines of the command: a pair's steps, and then its verdict; and at the end, where
// there are several, what they come to.
func (d *guideDone) read() error {
	var now guideTold // the pair that runs
	for line := range bytes.Lines(d.lines.Bytes()) {
		var told guideLine
		if err := json.Unmarshal(line, &told); err != nil {
			return fmt.Errorf("%w: %s", err, line)
		}
		if told.Event == "matrix" {
			d.told.Pairs = told.Pairs
			if err := json.Unmarshal(told.Compatible, &d.told.Compatible); err != nil {
				return fmt.Errorf("%w: %s", err, line)
			}
			continue
		}
		if told.Pair == "" || told.Text == "" || now.pair != "" && told.Pair != now.pair {
			return fmt.Errorf("no pair, no text, or another pair than %q: %s", now.pair, line)
		}
		if now.pair == "" {
			now = guideTold{pair: told.Pair, verdicts: make(map[report.StepID]string)}
		}
		switch told.Event {
		case "step":
			now.steps = append(now.steps, report.StepID(told.Step))
			now.verdicts[report.StepID(told.Step)] = told.Verdict
		case "verdict":
			now.verdict, now.cause, now.advice = report.Verdict(told.Verdict), told.Cause, told.Advice
			if err := json.Unmarshal(told.Compatible, &now.compatible); err != nil {
				return fmt.Errorf("%w: %s", err, line)
			}
			d.pairs, now = append(d.pairs, now), guideTold{}
		}
	}
	if now.pair != "" {
		return fmt.Errorf("%s has no verdict", now.pair)
	}
	return nil
}

// ownPeers is the file for the command in which the programs stand that the tests bring along.
const ownPeers = "peers/peers.toml"

// guideLength are the flags that say for how long the guide is run: in this short a time each step
// shows what it has to say.
var guideLength = []string{"--quick", "--duration", "5s", "--idle", "1s"}

// runGuide has the command run the guide on pairs, with files in dir, and reads its report.
func runGuide(ctx context.Context, dir string, run guideRun) (*guideDone, error) {
	binary, err := fromRun(relayVar)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "report.json")
	args := slices.Concat([]string{"guide"}, guideLength, []string{"-o", "json", "--report", path, "--report-lang", string(cmp.Or(lang, report.English)), "--peers", ownPeers})
	for _, end := range []struct {
		flag  string
		peers []Peer
	}{{"--server", run.servers}, {"--client", run.clients}} {
		for _, peer := range end.peers {
			folder, err := peer.Folder()
			if err != nil {
				return nil, err
			}
			args = append(args, end.flag, peer.implementation()+"="+folder)
		}
	}
	cmd := exec.CommandContext(ctx, binary, args...)
	// What is started inherits the variable, by which it is found. The command itself has programs
	// in Rust log heartbeats.
	mark := "INTEROP_GUIDE=" + dir
	cmd.Env = append(cmd.Environ(), mark, "TMPDIR="+dir, "RUST_LOG=")
	done := new(guideDone)
	cmd.Stdout, cmd.Stderr = &done.lines, &done.errors
	cmd.WaitDelay = 5 * time.Second
	var exit *exec.ExitError
	if err := cmd.Run(); err != nil && !errors.As(err, &exit) {
		return nil, err
	}
	done.code = cmd.ProcessState.ExitCode()
	if done.left, err = marked(mark); err != nil {
		return nil, err
	}
	file, err := os.Open(path)
	if err != nil {
		return nil, fmt.Errorf("%w\n%s", err, done.errors.String())
	}
	defer file.Close()
	done.report, err = report.Read(file)
	return done, err
}

// marked returns the command lines of the processes that have a variable in their environment.
func marked(variable string) ([]string, error) {
	environs, err := filepath.Glob("/proc/[0-9]*/environ")
	if err != nil {
		return nil, err
	}
	var found []string
	for _, path := range environs {
		// A process may have ended meanwhile, or be somebody else's.
		environ, err := os.ReadFile(path)
		if err != nil || !slices.Contains(strings.Split(string(environ), "\x00"), variable) {
			continue
		}
		line, err := os.ReadFile(filepath.Join(filepath.Dir(path), "cmdline"))
		if err == nil && len(line) > 0 {
			found = append(found, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return found, nil
}
