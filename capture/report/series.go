package report

import (
	"time"

	"anytls-inspect/protocol/session"
)

// A Series is round-trips over time, in equal steps. The longer the time, the longer the
// steps, so that the number of points is bounded.
type Series struct {
	Start time.Time      `json:"start"`
	Step  session.Millis `json:"step_ms"`
	// Points are in order. A step without a result has no point.
	Points []Point `json:"points"`
}

// A Point is the results within one step.
type Point struct {
	At       session.Millis `json:"at_ms"` // where the step begins, from Start
	Answered uint64         `json:"answered"`
	Lost     uint64         `json:"lost"`
	// Min, Avg and Max are zero where nothing was answered.
	Min session.Millis `json:"min_ms"`
	Avg session.Millis `json:"avg_ms"`
	Max session.Millis `json:"max_ms"`
}
