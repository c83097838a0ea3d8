package guide

import (
	"context"

	"anytls-inspect/capture/report"
)

// A Guide is a run of the guide on one pair.
type Guide struct {
	cfg Config
}

// New returns a run that has not begun.
func New(cfg Config) *Guide { return &Guide{cfg: cfg} }

// Run runs the guide until its end, or until ctx ends, and ends all that it started. It returns
// the scenarios of what was measured, and never none.
func (g *Guide) Run(ctx context.Context) []report.Scenario { panic("to be built") }

// Look returns how far the run is. It may be called at any time, also while Run runs.
func (g *Guide) Look() View { panic("to be built") }

// Compatible tells whether the run found nothing against the pair, and measured all that it set
// out to: what it can't measure of such a pair, such as the log of an end that runs elsewhere, is not asked for.
func (g *Guide) Compatible() bool { panic("to be built") }
