package report

import (
	"math"
	"slices"
	"time"

	"anytls-inspect/protocol/session"
)

// What counts as no loss of performance. The guide names the limit of CPU time; the
// others are this package's.
const (
	leastRatio = 0.95 // of throughput: equal runs on one machine differ by some percent
	leastRuns  = 3    // of each kind
	ratioDoubt = 0.05 // with which a loss may be none
	mostCPU    = 0.1  // percent of one CPU, at a heartbeat a second
	// leastWall is the least time over which CPU time is measured: a clock tick of
	// 10 ms is then a third of what is allowed.
	leastWall   = session.Millis(30 * time.Second)
	everySecond = session.Millis(time.Second)
)

// Ratio returns the throughput with heartbeats as a share of that without: the median,
// the least and the greatest over the pairs of runs. They are zero where nothing was
// measured.
func (t *Throughput) Ratio() (median, least, greatest float64) {
	ratios := t.ratios()
	if len(ratios) == 0 {
		return 0, 0, 0
	}
	return middle(ratios), ratios[0], ratios[len(ratios)-1]
}

// ratios returns those of the pairs of runs, the least first.
func (t *Throughput) ratios() (list []float64) {
	for i := range min(len(t.With), len(t.Without)) {
		if t.With[i] > 0 && t.Without[i] > 0 {
			list = append(list, t.With[i]/t.Without[i])
		}
	}
	slices.Sort(list)
	return list
}

// mayBe returns the greatest that the median of what a list is a sample of may well be: with less
// than doubt it is more. Nothing is assumed of how the values are spread: as many of the sample
// are above their median as a coin shows heads. The list is sorted, and not empty.
func mayBe(list []float64, doubt float64) float64 {
	n := len(list)
	above := 0
	for sum := coins(n, 0); sum <= doubt && above < n-1; sum += coins(n, above) {
		above++
	}
	return list[n-max(above, 1)]
}

// coins returns the chance that of n coins just so many show heads: by logarithms, since of many
// coins one such chance is too small for a number.
func coins(n, heads int) float64 {
	log := func(k int) float64 { // of k!
		l, _ := math.Lgamma(float64(k) + 1)
		return l
	}
	return math.Exp(log(n) - log(heads) - log(n-heads) - float64(n)*math.Ln2)
}

// middle returns the median, or 0 of an empty list.
func middle(list []float64) float64 {
	return quartile(slices.Sorted(slices.Values(list)), 2)
}

func throughput(s *Scenario) (Status, text) {
	if s.Throughput == nil {
		return NotMeasured, say(kNoBulk)
	}
	t := s.Throughput
	runs := min(len(t.With), len(t.Without))
	median, least, greatest := t.Ratio()
	evidence := say(kRatio, median, runs, least, greatest)
	switch {
	case runs < leastRuns || median == 0:
		return NotMeasured, say(kTooFewRuns, runs, leastRuns)
	case median < leastRatio && mayBe(t.ratios(), ratioDoubt) >= leastRatio:
		return NotMeasured, join(kSemicolon, evidence, say(kRatioUneven))
	case median < leastRatio:
		return Failed, join(kSemicolon, evidence, say(kRatioAllowed, leastRatio))
	default:
		return Passed, evidence
	}
}

// percent returns CPU time in percent of one CPU.
func (t CPUTime) percent() float64 {
	if t.Wall <= 0 {
		return 0
	}
	return 100 * float64(t.CPU) / float64(t.Wall)
}

// Overhead returns how much more CPU time the peer took with heartbeats, in percent of
// one CPU: where it was measured in spans, the median of the pairs of them. It can be negative,
// since a peer does not always take the same.
func (c *CPU) Overhead() float64 {
	if len(c.Spans) > 0 {
		return middle(c.differences())
	}
	return c.With.percent() - c.Without.percent()
}

// otherInterval tells whether heartbeats were too seldom or too often to judge by. The limit is for
// a heartbeat a second: a peer may exceed it with more heartbeats, and proves nothing by keeping to
// it with fewer.
func (c *CPU) otherInterval(over bool) bool {
	return c.Interval <= 0 || over && c.Interval < everySecond || !over && c.Interval > everySecond
}

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
	if len(c.Spans) > 0 {
		return c.bySpans()
	}
	evidence := say(kCPUFigures, clean(c.Peer), c.Overhead(), c.With.percent(), c.Without.percent(), every(c.Interval))
	wall := min(c.With.Wall, c.Without.Wall)
	switch over := c.Overhead() >= mostCPU; {
	case wall < leastWall:
		return NotMeasured, join(kSemicolon, evidence, say(kCPUTooShort, short(wall), short(leastWall)))
	case c.otherInterval(over):
		return NotMeasured, join(kSemicolon, evidence, say(kCPUInterval, short(everySecond)))
	case over:
		return Failed, evidence
	default:
		return Passed, evidence
	}
}
