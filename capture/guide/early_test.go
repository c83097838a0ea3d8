package guide

import (
	"context"
	"strings"
	"testing"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// TestEarly: an end that listens before it is ready, and closes what comes until then, is held to
// nothing of that: neither is it in what the relay saw, nor does an error count that an end logged of
// it.
func TestEarly(t *testing.T) {
	early := []string{"-fault", "early=2"}
	for name, tt := range map[string]struct{ server, client []string }{
		"a server":     {server: early},
		"a client":     {client: early},
		"both of them": {server: early, client: early},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			cfg, told := pair(t, server(t, tt.server...), client(t, tt.client...))
			cfg.Server.Command.Early, cfg.Client.Command.Early = tt.server != nil, tt.client != nil
			cfg.Plan.Parts = []string{PairPart}
			var outcomes journal.Outcomes
			cfg.Seen = func(_ string, j *journal.Journal) { outcomes = j.Totals().Outcomes }
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			cfg.Tell = func(s Step) {
				told.step(s)
				if s.ID == report.StepHeartbeats {
					cancel()
				}
			}
			g := New(cfg)
			scenarios := g.Run(ctx)
			logRun(t, g, scenarios)
			for _, id := range []report.StepID{report.StepDirect, report.StepRelayed, report.StepHeartbeats, report.StepLogs} {
				if got := told.of(t, id); got.Status != report.Passed {
					t.Errorf("%s: %s: %s", id, got.Status, got.Text)
				}
			}
			if want := (journal.Outcomes{Accepted: outcomes.Accepted}); outcomes != want || outcomes.Accepted == 0 {
				t.Errorf("the relay saw %+v", outcomes)
			}
			if found := scenarios[0].Incidents; len(found) > 0 {
				t.Errorf("incidents: %+v", found)
			}
		})
	}
}

// TestNeverReady: an end that closes all that comes is waited for no longer than it takes one to be
// ready, and held to it then, with all that it logged.
func TestNeverReady(t *testing.T) {
	t.Parallel()
	cfg, told := pair(t, server(t, "-fault", "early=1000000"), client(t))
	cfg.Server.Command.Early = true
	cfg.Plan.Parts = []string{PairPart}
	g, scenarios := runPair(t, cfg)
	for _, id := range []report.StepID{report.StepDirect, report.StepRelayed} {
		if got := told.of(t, id); got.Status != report.Failed || !strings.HasPrefix(got.Text, "2 of 2 requests failed") {
			t.Errorf("%s: %s: %s", id, got.Status, got.Text)
		}
	}
	if got := told.of(t, report.StepLogs); !strings.Contains(got.Text, "server: its log does not mention heartbeats, errors and warnings: none in 1 line") {
		t.Errorf("the logs: %s", got.Text)
	}
	if seen := scenarios[0].Outcomes; g.Compatible() || seen.TLSFailed != 2 {
		t.Errorf("compatible: %v; the relay saw %+v", g.Compatible(), seen)
	}
}
