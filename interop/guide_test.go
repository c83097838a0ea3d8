package interop

import (
	"bytes"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture/report"
)

// The verdicts of a step, in the command's words.
const (
	passed     = "passed"
	failed     = "failed"
	unmeasured = "not measured"
)

// A guideRun is a pair that the guide's command is run on, and what it has to say of it.
type guideRun struct {
	server, client string // names of peers
	code           int    // the command's exit code
	cause          string // the code of the problem that says why it fails; empty: none may
	// steps are the verdicts of steps; rest that of all others.
	steps map[report.StepID]string
	rest  string
}

// guideRuns are a pair that can do all that the guide asks for, one that can't do UDP, the guide's
// first scenario, and its second, which fails without the relay too.
var guideRuns = []guideRun{
	{
		server: "sing-box", client: "sing-box", rest: passed,
		steps: map[report.StepID]string{report.StepLogs: unmeasured}, // it logs nothing of heartbeats
	},
	{
		// The server reads the addresses of datagrams by the wrong table.
		server: "anytls", client: "sing-box", code: 1, cause: "datagrams-failed", rest: passed,
		steps: map[report.StepID]string{report.StepUDP: failed},
	},
	{
		// The client, which is the smallest around its library, takes no UDP.
		server: "anytls-rs", client: "sing-anytls", rest: passed,
		steps: map[report.StepID]string{report.StepUDP: unmeasured},
	},
	{
		server: "sing-anytls", client: "anytls-rs", code: 1, cause: "auth-split", rest: unmeasured,
		steps: map[report.StepID]string{
			report.StepDirect: failed, report.StepRelayed: failed,
			report.StepLogs: failed, // the client logs each request that fails as an error
		},
	},
}

// guideSteps are all steps, in the order in which the command tells of them.
var guideSteps = []report.StepID{
	report.StepDirect, report.StepRelayed, report.StepHeartbeats, report.StepUDP, report.StepTargets,
	report.StepIdle, report.StepLogs, report.StepLoad, report.StepThroughput, report.StepBoth, report.StepCPU,
}

// guidePatience is the timeout of one run of the command, which ends within a minute.
const guidePatience = 3 * time.Minute

// TestGuide has the command run the guide on pairs of real programs, which it starts by templates.
// Each step has the verdict that is known of the pair, the report says why a pair fails, and no
// program is left.
func TestGuide(t *testing.T) {
	for _, run := range guideRuns {
		pair := Pair{FindPeer(run.server), FindPeer(run.client)}
		t.Run(pair.String(), func(t *testing.T) {
			t.Parallel()
			if err := pair.Had(); err != nil {
				t.Fatal(err)
			}
			cores <- struct{}{}
			defer func() { <-cores }()
			ctx, cancel := context.WithTimeout(t.Context(), guidePatience)
			defer cancel()
			done, err := runGuide(ctx, t.TempDir(), pair)
			if err != nil {
				t.Fatal(err)
			}
			complain(t, run.problems(done))
			if t.Failed() {
				t.Logf("%s\n%s", done.lines.String(), done.errors.String())
			}
		})
	}
}

// A guideDone is what came of a run of the command.
type guideDone struct {
	code          int
	lines, errors bytes.Buffer // its outputs
	report        *report.Report
	left          []string // programs that it started and that are still there
}

// problems says what is not as it has to be.
func (g guideRun) problems(done *guideDone) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if done.code != g.code {
		say("exit code %d, want %d", done.code, g.code)
	}
	for _, left := range done.left {
		say("the program is left: %s", left)
	}
	steps, verdicts, err := done.steps()
	if err != nil {
		say("%v", err)
	}
	if !slices.Equal(steps, guideSteps) {
		say("the steps are %v, want %v", steps, guideSteps)
	}
	for _, step := range guideSteps {
		got, want := verdicts[step], cmp.Or(g.steps[step], g.rest)
		// A machine that does other things besides can't tell these two.
		busy := got == unmeasured && (step == report.StepThroughput || step == report.StepCPU)
		if got != want && !busy {
			say("step %s: %s, want %s", step, got, want)
		}
	}
	if why := done.report.Reason(report.English); g.steps[report.StepDirect] == failed && !strings.Contains(why, "fails by itself") {
		say("the report does not say that the pair fails by itself: %s", why)
	}
	causes := make(map[string]report.Problem)
	for _, p := range done.report.Problems() {
		if p.Severity == "error" {
			causes[p.Code] = p
		}
	}
	switch {
	case g.cause == "" && len(causes) > 0:
		say("the report has problems: %v", slices.Sorted(maps.Keys(causes)))
	case g.cause != "" && causes[g.cause].Count == 0:
		say("the report has no %s, but %v", g.cause, slices.Sorted(maps.Keys(causes)))
	case g.cause != "" && len(done.report.Advice(report.English)) == 0:
		say("the report gives no advice on %s", g.cause)
	}
	return problems
}

// steps returns the steps that the command told of, in their order, with their verdicts.
func (d *guideDone) steps() (steps []report.StepID, verdicts map[report.StepID]string, err error) {
	verdicts = make(map[report.StepID]string)
	for line := range bytes.Lines(d.lines.Bytes()) {
		var told struct{ Event, Step, Pair, Verdict, Text string }
		if err := json.Unmarshal(line, &told); err != nil {
			return steps, verdicts, fmt.Errorf("%w: %s", err, line)
		}
		if told.Event != "step" {
			continue
		}
		if told.Pair == "" || told.Text == "" {
			return steps, verdicts, fmt.Errorf("a step without its pair or a text: %s", line)
		}
		steps = append(steps, report.StepID(told.Step))
		verdicts[report.StepID(told.Step)] = told.Verdict
	}
	return steps, verdicts, nil
}

// runGuide runs the command on a pair, with files in dir, and reads its report.
func runGuide(ctx context.Context, dir string, pair Pair) (*guideDone, error) {
	binary, err := fromRun(relayVar)
	if err != nil {
		return nil, err
	}
	path := filepath.Join(dir, "report.json")
	args := []string{"guide", "--quick", "-o", "json", "--report", path}
	server, err := pair.Server.template(dir, "server")
	if err != nil {
		return nil, err
	}
	client, err := pair.Client.template(dir, "client")
	if err != nil {
		return nil, err
	}
	cmd := exec.CommandContext(ctx, binary, slices.Concat(args, server, client)...)
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

// singBoxTemplates are the configurations of a sing-box as either end.
var singBoxTemplates = map[string]object{
	"server": {
		"log": object{"level": "info"},
		"inbounds": []object{{
			"type": "anytls", "listen": "{listen_host}", "listen_port": "{listen_port}",
			"users": []object{{"name": "interop", "password": "{password}"}},
			"tls":   object{"enabled": true, "certificate_path": "{cert}", "key_path": "{key}"},
		}},
		"outbounds": []object{{"type": "direct"}},
	},
	"client": {
		"log":      object{"level": "info"},
		"inbounds": []object{{"type": "socks", "listen": "{socks_host}", "listen_port": "{socks_port}"}},
		"outbounds": []object{{
			"type": "anytls", "server": "{server_host}", "server_port": "{server_port}", "password": "{password}",
			"tls": object{"enabled": true, "insecure": true},
		}},
	},
}

// template returns the flags of the guide's command that start the peer as one end, "server" or
// "client". A template of a configuration is written into dir.
func (p Peer) template(dir, end string) ([]string, error) {
	folder, err := p.Folder()
	if err != nil {
		return nil, err
	}
	if config, is := singBoxTemplates[end]; is && p.Name == "sing-box" {
		text, err := json.Marshal(config)
		if err != nil {
			return nil, err
		}
		// A port is a number: the quotes around its placeholder go.
		for _, port := range []string{"{listen_port}", "{socks_port}", "{server_port}"} {
			text = bytes.ReplaceAll(text, []byte(`"`+port+`"`), []byte(port))
		}
		path := filepath.Join(dir, end+".json")
		if err := os.WriteFile(path, text, 0o600); err != nil {
			return nil, err
		}
		line := filepath.Join(folder, "sing-box") + " run --disable-color -c {config}"
		return []string{"--" + end + "-cmd", line, "--" + end + "-config", path}, nil
	}
	start, at := commands[p.Name].server, "{listen}"
	if end == "client" {
		start, at = commands[p.Name].client, "{socks}"
	}
	words, err := start(End{Listen: at, Server: "{server}", Password: "{password}"})
	if err != nil {
		return nil, err
	}
	words[0] = filepath.Join(folder, words[0])
	return []string{"--" + end + "-cmd", strings.Join(words, " ")}, nil
}
