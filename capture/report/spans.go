package report

import "slices"

// CPU time in spans: a peer takes more or less of it for reasons of its own, and so does whatever
// else the machine does. Spans with heartbeats and without go by turns, so that what changes slowly
// falls on both; what a pair of them differs by is one sample. The middle half of the samples says
// how much they are worth.

const (
	leastSpans = 6   // pairs
	mostSpread = 0.1 // percent of one CPU, of the middle half: as much as is to be found
)

// differences returns how much more CPU time the peer took with heartbeats, in percent of one CPU,
// of each pair of spans, in rising order. Spans of no length are left out.
func (c *CPU) differences() []float64 {
	list := make([]float64, 0, len(c.Spans))
	for i := range c.Spans {
		if s := &c.Spans[i]; s.With.Wall > 0 && s.Without.Wall > 0 {
			list = append(list, s.With.percent()-s.Without.percent())
		}
	}
	slices.Sort(list)
	return list
}

// quartile returns where the first quarters of a sorted list end, between its neighbours. It is 0 of
// an empty list.
func quartile(sorted []float64, quarters int) float64 {
	if len(sorted) == 0 {
		return 0
	}
	at := float64((len(sorted)-1)*quarters) / 4
	below := int(at)
	above, part := min(below+1, len(sorted)-1), at-float64(below)
	return (1-part)*sorted[below] + part*sorted[above]
}

// bySpans judges CPU time that was measured in spans.
func (c *CPU) bySpans() (Status, text) {
	list := c.differences()
	from, median, to := quartile(list, 1), quartile(list, 2), quartile(list, 3)
	evidence := say(kCPUSpans, clean(c.Peer), median, len(list), from, to, every(c.Interval))
	switch over := median >= mostCPU; {
	case len(list) < leastSpans:
		return NotMeasured, join(kSemicolon, evidence, say(kTooFewSpans, leastSpans))
	case to-from > mostSpread:
		return NotMeasured, join(kSemicolon, evidence, say(kSpreadTooWide, to-from, mostSpread))
	case c.otherInterval(over):
		return NotMeasured, join(kSemicolon, evidence, say(kCPUInterval, short(everySecond)))
	case over:
		return Failed, evidence
	default:
		return Passed, evidence
	}
}
