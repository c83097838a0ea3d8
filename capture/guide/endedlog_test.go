package guide

import (
	"context"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"anytls-inspect/capture/report"
)

// complaint is what an end logs of what was cut off.
const complaint = "ERROR the connection was cut off"

// A cutting is a run that ends in a request of a step, or once a step is over, and when an end complains.
type cutting struct {
	logs    report.StepID // in the request of this step
	in      report.StepID // after that; empty: in none
	after   report.StepID
	request int  // which of the step's
	fails   bool // the first request of the step in which the end complains
}

// run runs a pair whose requests are for a URL, which knows of each of them. Log is that of the end.
func (c *cutting) run(t *testing.T, cfg Config, told *told, log string, by ending) []report.Scenario {
	t.Helper()
	cfg.Plan.Parts = []string{PairPart}
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	cfg.Tell = func(s Step) {
		told.step(s)
		if s.ID == c.after {
			cancel(by.why)
		}
	}
	var mu sync.Mutex // guards what follows
	var in report.StepID
	requests := 0 // of the step
	cfg.Plan.begins = func(id report.StepID) {
		mu.Lock()
		defer mu.Unlock()
		in, requests = id, 0
	}
	web := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {
		mu.Lock()
		defer mu.Unlock()
		requests++
		if c.fails && in == c.logs && requests == 1 {
			panic(http.ErrAbortHandler) // which closes the connection
		}
		if requests != c.request {
			return
		}
		if in == c.logs {
			complain(t, log)
		}
		if in == c.in {
			cancel(by.why)
		}
	}))
	defer web.Close()
	cfg.Target = web.URL
	g := New(cfg)
	scenarios := g.Run(ctx)
	logRun(t, g, scenarios)
	if g.Compatible() || g.wasCut() != by.bySomebody {
		t.Errorf("compatible: %v, cut by somebody: %v", g.Compatible(), g.wasCut())
	}
	return scenarios
}

// complain adds the complaint to a log.
func complain(t *testing.T, path string) {
	log, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Error(err)
		return
	}
	defer log.Close()
	if _, err := log.WriteString(complaint + "\n"); err != nil {
		t.Error(err)
	}
}

// TestEndedLog: an end may complain of what it was sent last, where the end of a run cuts that off. What
// it logs in such a step does not count, and is not quoted as why the step failed. What it logged in the
// steps before counts.
func TestEndedLog(t *testing.T) {
	const relayed, heartbeats = report.StepRelayed, report.StepHeartbeats
	for name, tt := range map[string]struct {
		cutting
		counts bool
	}{
		"in the step that is cut short":         {cutting{logs: heartbeats, in: heartbeats}, false},
		"in one that is cut short, and failed":  {cutting{logs: heartbeats, in: heartbeats, fails: true}, false},
		"in the first with the relay":           {cutting{logs: relayed, in: relayed}, false},
		"in the one without it, which failed":   {cutting{logs: report.StepDirect, in: report.StepDirect, fails: true}, false},
		"in the one before":                     {cutting{logs: relayed, in: heartbeats}, true},
		"in a whole one, after which all ended": {cutting{logs: heartbeats, after: heartbeats}, true},
	} {
		for _, by := range endings {
			t.Run(name+", "+by.lacks.english, func(t *testing.T) {
				t.Parallel()
				cfg, told := pair(t, server(t), client(t))
				log := "pair-server.log"
				if tt.logs == report.StepDirect {
					log = "direct-server.log"
				}
				c := tt.cutting // of this test alone
				c.request = 2
				scenarios := c.run(t, cfg, told, filepath.Join(cfg.Dir, log), by)
				logs := scenarios[0].Logs
				counts := slices.ContainsFunc(logs, func(l report.Log) bool { return l.Line == complaint })
				if counts != tt.counts {
					t.Errorf("it counts: %v", counts)
				}
				verdict := report.Combine(report.Meta{}, scenarios...).Verdict()
				if failed := tt.counts || tt.fails; failed != (verdict == report.Partly) {
					t.Errorf("the pair is %s", verdict)
				}
				for _, l := range logs {
					if tt.in == heartbeats && l.Due > 0 {
						t.Errorf("%s of the %s is due %d times, and was not before the step", l.Item, l.Peer, l.Due)
					}
				}
				if tt.fails {
					if got := told.of(t, tt.in); got.Status != report.Failed || strings.Contains(got.Text, complaint) {
						t.Errorf("%s: %s: %s", tt.in, got.Status, got.Text)
					}
				}
			})
		}
	}
}

// TestEndedWarmingUp: a run that ends while a client that runs already finds the relay has nothing to say
// of what it logs of that. Its log, of which nothing counts, is not said to be empty.
func TestEndedWarmingUp(t *testing.T) {
	for _, by := range endings {
		cfg, told := runBefore(t).config(t)
		cfg.Client.Log = filepath.Join(t.TempDir(), "client.log")
		if err := os.WriteFile(cfg.Client.Log, []byte("INFO of another day\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		c := cutting{logs: report.StepRelayed, in: report.StepRelayed, request: 1}
		scenarios := c.run(t, cfg, told, cfg.Client.Log, by)
		if got := told.of(t, report.StepLogs); got.State != Skipped || got.Text != by.lacks.english || scenarios[0].Logs != nil {
			t.Errorf("%s; there are %+v", got.Text, scenarios[0].Logs)
		}
	}
}
