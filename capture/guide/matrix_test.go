package guide

import (
	"context"
	"errors"
	"reflect"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
)

// A heardOf is what a run on several pairs told.
type heardOf struct {
	begun []string
	over  []Result
}

// matrix returns a run on pairs whose results are kept.
func matrix(pairs ...Config) (*Matrix, *heardOf) {
	m, h := NewMatrix(pairs), &heardOf{}
	m.Begins = func(v View) { h.begun = append(h.begun, v.Pair) }
	m.Over = func(r Result) { h.over = append(h.over, r) }
	return m, h
}

// called returns a pair whose client has another name.
func called(t *testing.T, name string, words ...string) (Config, *told) {
	t.Helper()
	cfg, told := pair(t, server(t), client(t, words...))
	cfg.Client.Peer.Name = name
	return cfg, told
}

// TestMatrix: pairs are run one after another, each to its own verdict; one that fails and one whose
// program is missing keep no other from being run.
func TestMatrix(t *testing.T) {
	t.Parallel()
	bad, _ := called(t, "bad", "-p", "another")
	missing, toldMissing := called(t, "missing")
	missing.Client.Command, missing.Client.Missing = nil, errors.New("no missing was found")
	good, _ := called(t, "good")
	m, heard := matrix(bad, missing, good)
	before := m.Look()
	if before.Done || before.Pairs[0].Pair != "our-server ← bad" || before.Pairs[2].State != Waiting || before.Pairs[2].Steps[0].Takes == 0 {
		t.Errorf("before the run: %+v", before)
	}
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()
	scenarios := m.Run(ctx)
	var names []string
	for i := range scenarios {
		names = append(names, scenarios[i].Client.Name)
	}
	if want := []string{"bad", "missing", "good", "good", "good"}; !slices.Equal(names, want) {
		t.Fatalf("scenarios of %q, want %q", names, want)
	}
	if s := &scenarios[1]; s.Failure != "no missing was found" || s.Kind != report.Pair || s.Server.Name != "our-server" || !s.Started.IsZero() {
		t.Errorf("what is missing: %+v", s)
	}
	if told := toldMissing.all(); len(told) > 0 || before.Pairs[1].Steps[0].Takes > 0 {
		t.Errorf("what is missing tells %+v", told)
	}
	whole := report.Combine(report.Meta{}, scenarios...)
	for i, numbers := range [][]int{{1}, {2}, {3, 4, 5}} {
		if !reflect.DeepEqual(heard.over[i].Report, whole.Part(numbers)) {
			t.Errorf("the report of pair %d is not that of the scenarios %d", i+1, numbers)
		}
	}
	after := m.Look()
	if first := after.Pairs[1].Steps[0]; first.Status != report.Failed || !strings.Contains(first.Text, "no missing was found") {
		t.Errorf("what is missing: %s: %s", first.Status, first.Text)
	}
	if last := &after.Pairs[2]; !after.Done || !last.Done || last.Took <= 0 || last.Heartbeats[protocol.Server].Answered == 0 {
		t.Errorf("after the run: %+v", after)
	}
	works := m.pairs[2].Compatible() // a machine with other runs on it has its say: see TestGuide
	for i, want := range []struct {
		name       string
		compatible bool
		text       string
		state      State
	}{
		{"bad", false, "password", Ended},
		{"missing", false, "no missing was found", Skipped},
		{"good", works, "", Ended},
	} {
		name := "our-server ← " + want.name
		v, r := after.Pairs[i], heard.over[i]
		if v.Pair != name || v.State != want.state || r.Missing != (want.state == Skipped) || v.Compatible != want.compatible || v.Verdict == "" || !strings.Contains(v.Text, want.text) {
			t.Errorf("%s is seen as %+v", name, v)
		}
		if r.Pair != name || heard.begun[i] != name || r.Compatible != want.compatible || r.Cut || r.LeftOut || len(r.Report.Scenarios) == 0 {
			t.Errorf("told of %s: %+v", name, r)
		}
		if len(v.Steps) != len(before.Pairs[i].Steps) || !v.Steps[0].over() {
			t.Errorf("the steps of %s: %+v", name, v.Steps)
		}
	}
	if len(heard.over) != 3 || len(heard.begun) != 3 {
		t.Errorf("told of %d and %d pairs", len(heard.begun), len(heard.over))
	}
}

// TestMatrixEnded: where a run is ended in its first pair, nothing of the others is started, and
// nothing is held against them. What is missing is so all the same.
func TestMatrixEnded(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	first, _ := called(t, "first")
	first.Plan.begins = func(id report.StepID) {
		if id == report.StepHeartbeats {
			cancel()
		}
	}
	second, toldSecond := called(t, "second")
	second.Plan.begins = func(id report.StepID) { t.Errorf("%s of the second pair has begun", id) }
	missing, _ := called(t, "missing")
	missing.Client.Missing = errors.New("no missing was found")
	m, heard := matrix(first, second, missing)
	scenarios := m.Run(ctx)
	if len(scenarios) != 3 || scenarios[0].Direct == nil {
		t.Fatalf("%+v", scenarios)
	}
	left := &scenarios[1]
	if left.Client.Name != "second" || left.Failure != "" || left.Result() != report.NotMeasured || !left.Started.IsZero() || len(left.Steps) != len(m.pairs[1].steps) {
		t.Errorf("the pair that was left out: %+v", left)
	}
	for _, s := range left.Steps {
		if s.Skipped != runEnded.english {
			t.Errorf("%s is skipped: %s", s.ID, s.Skipped)
		}
	}
	if len(toldSecond.all()) != 0 || !slices.Equal(heard.begun, []string{"our-server ← first", "our-server ← missing"}) {
		t.Errorf("told %d steps, and of %q", len(toldSecond.all()), heard.begun)
	}
	if r := heard.over[0]; !r.Cut || r.LeftOut || r.Compatible {
		t.Errorf("the pair that was ended: %+v", r)
	}
	if r := heard.over[1]; !r.Cut || !r.LeftOut || r.Compatible {
		t.Errorf("the pair that was left out: %+v", r)
	}
	if r := heard.over[2]; r.Cut || r.LeftOut || r.Text != "no missing was found" {
		t.Errorf("the pair that is missing, whatever ended the run: %+v", r)
	}
	v := m.Look()
	if !v.Done || v.Pairs[2].State != Skipped || v.Pairs[0].State != Ended || v.Pairs[1].State != Skipped || v.Pairs[1].Steps[0].State != Skipped || v.Pairs[1].Verdict != report.Undecided || v.Pairs[0].Text != runEnded.english || v.Pairs[1].Text != runEnded.english {
		t.Errorf("after the run: %+v", v)
	}
	if v := report.Combine(report.Meta{}, scenarios...).Verdict(); v != report.Undecided {
		t.Errorf("the verdict is %s", v)
	}
}

// TestMatrixKilled: what is started after that is ended at once, whichever pair it is of.
func TestMatrixKilled(t *testing.T) {
	t.Parallel()
	first, _ := called(t, "first")
	second, _ := called(t, "second")
	m, heard := matrix(first, second)
	m.Begins = func(View) { m.Kill() }
	m.Run(t.Context())
	for _, r := range heard.over {
		if s := r.Report.Scenarios; len(s) != 1 || s[0].Failure == "" || s[0].Relayed != nil {
			t.Errorf("%s: %+v", r.Pair, s)
		}
	}
}

// TestHabits: a scenario has what is known of each end as what it is.
func TestHabits(t *testing.T) {
	habits := []report.Habit{{English: "either"}, {English: "serves", Peer: "server"}, {English: "asks", Peer: "client"}}
	cfg := Config{
		Server: End{Habits: habits, Missing: errors.New("no server")},
		Client: End{Habits: habits[:1], Peer: report.Peer{Name: "c", Untried: true}, Missing: errors.New("no client")},
	}
	scenarios := New(cfg).Run(t.Context())
	want := []report.Habit{{English: "either", Peer: "server"}, {English: "serves", Peer: "server"}, {English: "either", Peer: "client"}}
	same := func(a, b report.Habit) bool { return a.English == b.English && a.Peer == b.Peer }
	if s := &scenarios[0]; !slices.EqualFunc(s.Habits, want, same) || !s.Client.Untried || s.Failure != "no server; no client" {
		t.Errorf("%+v", s)
	}
	if habits[0].Peer != "" {
		t.Error("the table was changed")
	}
}
