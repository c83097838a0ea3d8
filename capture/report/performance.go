package report

import (
	"slices"
	"time"

	"anytls-inspect/protocol/session"
)

// What counts as no loss of performance. Between interleaved runs of the same
// thing on one machine, throughput differs by some percent.
const (
	leastRatio = 0.95
	leastRuns  = 3   // of each kind
	mostCPU    = 0.1 // percent of one CPU, at a heartbeat a second
	// leastWall is how long CPU time must be watched: a clock tick of 10 ms is
	// then a third of what is allowed.
	leastWall   = session.Millis(30 * time.Second)
	everySecond = session.Millis(time.Second)
)

// Ratio returns how fast it is with heartbeats, as a share of how fast without:
// the median of the pairs of runs, the least and the greatest. It is zero where
// nothing was measured.
func (t *Throughput) Ratio() (median, least, greatest float64) {
	var ratios []float64
	for i := range min(len(t.With), len(t.Without)) {
		if t.With[i] > 0 && t.Without[i] > 0 {
			ratios = append(ratios, t.With[i]/t.Without[i])
		}
	}
	if len(ratios) == 0 {
		return 0, 0, 0
	}
	return middle(ratios), slices.Min(ratios), slices.Max(ratios)
}

// middle returns the median, 0 of nothing.
func middle(list []float64) float64 {
	n := len(list)
	if n == 0 {
		return 0
	}
	list = slices.Sorted(slices.Values(list))
	return (list[(n-1)/2] + list[n/2]) / 2
}

func throughput(s *Scenario) (Status, text) {
	if s.Throughput == nil {
		return NotMeasured, say(kNoBulk)
	}
	runs := min(len(s.Throughput.With), len(s.Throughput.Without))
	median, least, greatest := s.Throughput.Ratio()
	evidence := say(kRatio, median, runs, least, greatest)
	switch {
	case runs < leastRuns || median == 0:
		return NotMeasured, say(kTooFewRuns, runs, leastRuns)
	case median < leastRatio:
		return Failed, join(kSemicolon, evidence, say(kRatioAllowed, leastRatio))
	default:
		return Passed, evidence
	}
}

// percent is CPU time as a share of one CPU.
func (t CPUTime) percent() float64 {
	if t.Wall <= 0 {
		return 0
	}
	return 100 * float64(t.CPU) / float64(t.Wall)
}

// Overhead returns how much more CPU the peer took with heartbeats, in percent
// of one CPU. It can be negative: peers do not always take the same.
func (c *CPU) Overhead() float64 { return c.With.percent() - c.Without.percent() }

func cpu(s *Scenario) (Status, text) {
	if len(s.CPU) == 0 {
		return NotMeasured, say(kNoCPU)
	}
	status := Passed
	list := make([]text, len(s.CPU))
	for i := range s.CPU {
		one, evidence := s.CPU[i].status()
		list[i] = evidence
		if one != Passed && status != Failed {
			status = one
		}
	}
	return status, join(kSemicolon, list...)
}

func (c *CPU) status() (Status, text) {
	evidence := say(kCPUFigures, clean(c.Peer), c.Overhead(), c.With.percent(), c.Without.percent(), every(c.Interval))
	wall := min(c.With.Wall, c.Without.Wall)
	over := c.Overhead() >= mostCPU
	switch {
	case wall < leastWall:
		return NotMeasured, join(kSemicolon, evidence, say(kCPUTooShort, short(wall), short(leastWall)))
	case c.Interval <= 0, over && c.Interval < everySecond, !over && c.Interval > everySecond:
		// More often than what the limit is for, it may be over; less often, it
		// has to be under.
		return NotMeasured, join(kSemicolon, evidence, say(kCPUInterval, short(everySecond)))
	case over:
		return Failed, evidence
	default:
		return Passed, evidence
	}
}
