package guide

import (
	"context"

	"anytls-inspect/capture/report"
)

// A Matrix is a run of the guide on several pairs, one after another.
type Matrix struct {
	pairs []*Guide
}

// NewMatrix returns a run that has not begun. There is at least one pair.
func NewMatrix(pairs []Config) *Matrix { panic("to be built") }

// Run runs the guide on each pair, until the end of the last or until ctx ends: then the pairs that
// are left are left out. It returns the scenarios of all pairs, in their order. It is called once.
func (m *Matrix) Run(ctx context.Context) []report.Scenario { panic("to be built") }

// Look returns how far the run is. It may be called at any time.
func (m *Matrix) Look() MatrixView { panic("to be built") }

// Kill ends at once what the run has started.
func (m *Matrix) Kill() { panic("to be built") }

// A MatrixView is how far a run on several pairs is.
type MatrixView struct {
	Pairs []PairView
	// View is that of the pair that runs, or of the last one that did.
	View
	Done bool // all pairs have ended
}

// A PairView is how far one of the pairs is.
type PairView struct {
	Name  string // the names of both ends
	State State
	// Verdict, Compatible and Text are what it came to, once it has ended: the text is the verdict's
	// reason in one sentence, in the language of the run.
	Verdict    report.Verdict
	Compatible bool
	Text       string
}
