package interop

import (
	"cmp"
	"context"
	"fmt"
	"maps"
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

// A guideRun is a run of the guide's command on each server with each client, by their names.
type guideRun struct {
	servers, clients []string
	pairs            []guidePair // what it has to say of each, servers outermost
}

// A guidePair is what the command has to say of a pair.
type guidePair struct {
	verdict report.Verdict
	cause   string // the code of the problem that says why it fails; empty: none may
	habit   bool   // it is known to fail so, and the report says it
	// steps are the verdicts of steps; rest that of all others.
	steps map[report.StepID]string
	rest  string
}

// authSplit is a pair whose client cuts the preamble: it fails without the relay too.
var authSplit = guidePair{
	verdict: report.Not, cause: "auth-split", habit: true, rest: unmeasured,
	steps: map[report.StepID]string{
		report.StepDirect: failed, report.StepRelayed: failed,
		report.StepLogs: failed, // the client logs each request that fails as an error
	},
}

// guideRuns are a pair that can do all that the guide asks for beside one that fails, a pair that can't
// do UDP, the guide's first scenario, and its second. A run that is shorter than the guide's ten minutes
// leaves the verdict of a pair that works open.
var guideRuns = []guideRun{
	{
		servers: []string{"sing-box"}, clients: []string{"sing-box", "anytls-rs"},
		pairs: []guidePair{
			{
				verdict: report.Undecided, rest: passed,
				steps: map[report.StepID]string{report.StepLogs: unmeasured}, // it logs nothing of heartbeats
			},
			authSplit,
		},
	},
	{
		servers: []string{"anytls"}, clients: []string{"sing-box"},
		pairs: []guidePair{{
			// The server reads the addresses of datagrams by the wrong table.
			verdict: report.Partly, cause: "datagrams-failed", habit: true, rest: passed,
			steps: map[report.StepID]string{report.StepUDP: failed},
		}},
	},
	{
		servers: []string{"anytls-rs"}, clients: []string{"sing-anytls"},
		pairs: []guidePair{{
			// The client, which is the smallest around its library, takes no UDP.
			verdict: report.Undecided, rest: passed,
			steps: map[report.StepID]string{report.StepUDP: unmeasured},
		}},
	},
	{
		servers: []string{"sing-anytls"}, clients: []string{"anytls-rs"},
		pairs: []guidePair{authSplit},
	},
}

// guideSteps are all steps, in the order in which the command tells of them.
var guideSteps = []report.StepID{
	report.StepDirect, report.StepRelayed, report.StepHeartbeats, report.StepUDP, report.StepTargets,
	report.StepIdle, report.StepLogs, report.StepLoad, report.StepThroughput, report.StepBoth, report.StepCPU,
}

// guidePatience is the timeout of the command for one pair, which it is through with within a
// minute.
const guidePatience = 3 * time.Minute

// TestGuide has the command run the guide on pairs of real programs, which it knows by name. Each
// step has the verdict that is known of the pair, the report says of each pair why it fails, and no
// program is left.
func TestGuide(t *testing.T) {
	t.Parallel() // it mostly waits
	for _, run := range guideRuns {
		t.Run(run.name(), func(t *testing.T) {
			t.Parallel()
			for _, pair := range run.all() {
				if err := pair.Had(); err != nil {
					t.Fatal(err)
				}
			}
			ctx, cancel := context.WithTimeout(t.Context(), guidePatience*time.Duration(len(run.pairs)))
			defer cancel()
			done, err := runGuide(ctx, t.TempDir(), run)
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

// name returns the names of the servers and clients.
func (g guideRun) name() string {
	return strings.Join(g.servers, ", ") + " server, " + strings.Join(g.clients, ", ") + " client"
}

// all returns the pairs, in the order of the run.
func (g guideRun) all() (pairs []Pair) {
	for _, server := range g.servers {
		for _, client := range g.clients {
			pairs = append(pairs, Pair{FindPeer(server), FindPeer(client)})
		}
	}
	return pairs
}

// problems says what is not as it has to be.
func (g guideRun) problems(done *guideDone) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	code, compatible := 0, 0
	for _, pair := range g.pairs {
		if pair.cause == "" {
			compatible++
		} else {
			code = 1
		}
	}
	if done.code != code {
		say("exit code %d, want %d", done.code, code)
	}
	for _, left := range done.left {
		say("the program is left: %s", left)
	}
	if err := done.read(); err != nil {
		say("%v", err)
	}
	if len(g.pairs) > 1 && (done.told.Pairs != len(g.pairs) || done.told.Compatible != compatible) {
		say("at the end %d of %d pairs are compatible, want %d of %d", done.told.Compatible, done.told.Pairs, compatible, len(g.pairs))
	}
	results := done.report.Pairs()
	if len(results) != len(g.pairs) || len(done.pairs) != len(g.pairs) {
		say("the report has %d pairs, the output %d, want %d", len(results), len(done.pairs), len(g.pairs))
		return problems
	}
	for i, pair := range g.all() {
		for _, problem := range g.pairs[i].problems(pair, &done.pairs[i], &results[i]) {
			say("%v: %s", pair, problem)
		}
		for _, problem := range g.pairs[i].reported(done.report, results[i].Scenarios, done.pairs[i].advice) {
			say("%v: the report: %s", pair, problem)
		}
	}
	return problems
}

// problems says what is not as it has to be in what was printed of a pair, and in its verdicts.
func (g guidePair) problems(pair Pair, told *guideTold, result *report.PairResult) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if server, client := calledByGuide(pair.Server), calledByGuide(pair.Client); result.Server != server || result.Client != client {
		say("the report has %+v and %+v, want %+v and %+v", result.Server, result.Client, server, client)
	}
	if name := result.Server.String() + " ← " + result.Client.String(); told.pair != name {
		say("it is called %q, want %q", told.pair, name)
	}
	if told.verdict != g.verdict || result.Verdict != g.verdict || told.compatible != (g.cause == "") {
		say("it is %s, compatible %v, and %s by the report, want %s", told.verdict, told.compatible, result.Verdict, g.verdict)
	}
	if (told.cause != "") != (g.cause != "") || (told.advice != "") != (g.cause != "") {
		say("the cause is %q, the advice %q", told.cause, told.advice)
	}
	if !slices.Equal(told.steps, guideSteps) {
		say("the steps are %v, want %v", told.steps, guideSteps)
	}
	for _, step := range guideSteps {
		got, want := told.verdicts[step], cmp.Or(g.steps[step], g.rest)
		// A machine that does other things besides can't tell these two.
		busy := got == unmeasured && (step == report.StepThroughput || step == report.StepCPU)
		if got != want && !busy {
			say("step %s: %s, want %s", step, got, want)
		}
	}
	return problems
}

// reported says what is not as it has to be in a report of the scenarios of a pair, and in the advice
// that was printed.
func (g guidePair) reported(whole *report.Report, scenarios []int, advice string) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	r := &report.Report{Meta: whole.Meta}
	for _, n := range scenarios {
		r.Scenarios = append(r.Scenarios, whole.Scenarios[n-1])
	}
	if why := r.Reason(report.English); g.steps[report.StepDirect] == failed && !strings.Contains(why, "fails by itself") {
		say("it does not say that the pair fails by itself: %s", why)
	}
	causes := make(map[string]report.Problem)
	for _, p := range r.Problems() {
		if p.Severity == "error" {
			causes[p.Code] = p
		}
	}
	switch {
	case g.cause == "" && len(causes) > 0:
		say("there are problems: %v", slices.Sorted(maps.Keys(causes)))
	case g.cause != "" && causes[g.cause].Count == 0:
		say("there is no %s, but %v", g.cause, slices.Sorted(maps.Keys(causes)))
	case g.cause != "" && len(r.Advice(report.English)) == 0:
		say("there is no advice on %s", g.cause)
	}
	explains := func(h report.Habit) bool {
		return slices.Contains(h.Codes, g.cause) && strings.Contains(advice, h.English)
	}
	if explained := slices.ContainsFunc(r.Scenarios[0].Habits, explains); explained != g.habit {
		say("the advice has a habit that explains %q: %v, want %v: %s", g.cause, explained, g.habit, advice)
	}
	return problems
}

// calledByGuide returns what a report calls a peer that the command has found. Programs that the tests
// bring along tell no version, and the command holds that nobody tries them.
func calledByGuide(p Peer) report.Peer {
	named := report.Peer{Name: p.Name, Version: strings.TrimPrefix(p.Version, "v"), Language: p.Language}
	if p.Builder == "here" {
		named.Version, named.Untried = "", true
	}
	return named
}
