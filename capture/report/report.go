package report

import "time"

// A Report is what was measured, by whom and when. All else follows from that: see
// [Report.Checklist], [Report.Problems] and [Report.Verdict].
type Report struct {
	Meta
	Scenarios []Scenario `json:"scenarios"`

	numbers []int // of the scenarios of a part in the whole; nil: they count from 1
}

// Meta is what does not follow from the scenarios.
type Meta struct {
	Title     string    `json:"title,omitempty"` // the report's heading; empty: the guide's
	Generated time.Time `json:"generated"`
	Tool      string    `json:"tool"`   // name and version of the program
	Tester    string    `json:"tester"` // who ran it; empty: left to them to fill in
	// FingerprintsOfRun says that the fingerprints of credentials, which the run's events
	// and screen show, can't be compared with those of other runs: their key was not kept.
	FingerprintsOfRun bool `json:"fingerprints_of_run,omitempty"`
}

// Combine makes a report of scenarios, in the order given.
func Combine(meta Meta, scenarios ...Scenario) *Report {
	return &Report{Meta: meta, Scenarios: scenarios}
}
