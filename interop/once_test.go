package interop

import (
	"sync"
	"testing"

	"anytls-inspect/capture/report"
)

// quiet has runs of the guide go beside each other, or one of them alone.
var quiet sync.RWMutex

// tried returns the problems of a run of the guide. Where there are any, and the machine was late itself
// meanwhile, nothing is known of the pair: it is run once more, when no other one is, and that counts.
func tried(t *testing.T, run func() (problems []string, scenarios []report.Scenario)) []string {
	t.Helper()
	problems, scenarios := func() ([]string, []report.Scenario) {
		quiet.RLock()
		defer quiet.RUnlock()
		return run()
	}()
	if len(problems) == 0 || !wasLate(scenarios) {
		return problems
	}
	t.Logf("the machine was late itself, and the pair is run once more, alone: %q", problems)
	quiet.Lock()
	defer quiet.Unlock()
	problems, _ = run()
	return problems
}

// wasLate tells whether the machine was late while scenarios ran.
func wasLate(scenarios []report.Scenario) bool {
	for i := range scenarios {
		if scenarios[i].Machine != nil {
			return true
		}
	}
	return false
}
