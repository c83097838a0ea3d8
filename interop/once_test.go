package interop

import (
	"slices"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol/session"
)

// quiet has runs of the guide go beside each other, or one of them alone.
var quiet sync.RWMutex

// tried returns what is wrong by a run of the guide. Where that is only what a machine can bring about,
// and the machine was late itself, nothing is known of the pair: it is run once more, when no other one is,
// and that counts.
func tried(t *testing.T, run func() (findings, []report.Scenario)) []string {
	t.Helper()
	found, scenarios := func() (findings, []report.Scenario) {
		quiet.RLock()
		defer quiet.RUnlock()
		return run()
	}()
	if !found.excusable() || !wasLate(scenarios) {
		return found.all()
	}
	t.Logf("the machine was late itself, and the pair is run once more, alone: %q", found.all())
	quiet.Lock()
	defer quiet.Unlock()
	found, _ = run()
	return found.all()
}

// muchLate is how late the machine must have been: what is waited for has seconds, and goes through
// several programs on its way.
const muchLate = session.Millis(300 * time.Millisecond)

// wasLate tells whether the machine was late while scenarios ran.
func wasLate(scenarios []report.Scenario) bool {
	return slices.ContainsFunc(scenarios, func(s report.Scenario) bool {
		return s.Machine != nil && max(s.Machine.Timers.Longest, s.Machine.Waited) >= muchLate
	})
}

// TestTried: a pair is run once more where the machine was late, and for nothing else.
func TestTried(t *testing.T) {
	late := &report.Machine{Waited: muchLate}
	changed, slow := findings{sure: []string{"changed"}}, findings{late: []string{"slow"}}
	both := findings{sure: changed.sure, late: slow.late}
	for _, test := range []struct {
		name    string
		first   findings
		machine *report.Machine
		second  findings
		want    []string
		runs    int
	}{
		{"fine", findings{}, late, changed, nil, 1},
		{"slow", slow, late, findings{}, nil, 2},
		{"slow again", slow, late, both, []string{"changed", "slow"}, 2},
		{"the machine was not late", slow, nil, findings{}, []string{"slow"}, 1},
		{"nor much", slow, &report.Machine{Waited: muchLate - 1, Pressure: 1}, findings{}, []string{"slow"}, 1},
		{"by a timer", slow, &report.Machine{Timers: report.Standstill{Longest: muchLate}}, findings{}, nil, 2},
		{"no machine does that", both, late, findings{}, []string{"changed", "slow"}, 1},
	} {
		runs := 0
		got := tried(t, func() (findings, []report.Scenario) {
			if runs++; runs == 1 {
				return test.first, []report.Scenario{{}, {Machine: test.machine}}
			}
			return test.second, nil
		})
		if !slices.Equal(got, test.want) || runs != test.runs {
			t.Errorf("%s: %q after %d runs, want %q after %d", test.name, got, runs, test.want, test.runs)
		}
	}
}
