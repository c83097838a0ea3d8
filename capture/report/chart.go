package report

import (
	"math"
	"strings"
	"time"

	"anytls-inspect/protocol/session"
)

// A chart shows the round-trips toward one peer over time.
type chart struct {
	Title  string
	lang   Lang
	series *Series
}

// span is the time from the first point to the last one.
func (s *Series) span() session.Millis {
	if len(s.Points) == 0 {
		return 0
	}
	return s.Points[len(s.Points)-1].At - s.Points[0].At
}

// columns puts the points into n columns of equal time. Some may stay empty.
func (s *Series) columns(n int) []Point {
	list := make([]Point, n)
	for _, p := range s.Points {
		at := 0
		if span := s.span(); span > 0 {
			at = int(float64(p.At-s.Points[0].At) / float64(span) * float64(n))
		}
		to := &list[min(max(at, 0), n-1)]
		*to = both(*to, p)
	}
	return list
}

// both returns the point that two points make together.
func both(a, b Point) Point {
	lost := a.Lost + b.Lost
	switch {
	case a.Answered == 0:
		a = b
	case b.Answered == 0:
	default:
		n := a.Answered + b.Answered
		share := float64(b.Answered) / float64(n)
		a = Point{
			At: a.At, Answered: n, Min: min(a.Min, b.Min), Max: max(a.Max, b.Max),
			Avg: session.Millis(float64(a.Avg)*(1-share) + float64(b.Avg)*share),
		}
	}
	a.Lost = lost
	return a
}

// bounds returns the shortest and the longest round-trip, or zeros where nothing was
// answered.
func (s *Series) bounds() (least, most session.Millis) {
	for _, p := range s.Points {
		if p.Answered == 0 {
			continue
		}
		if most == 0 || p.Min < least {
			least = p.Min
		}
		most = max(most, p.Max, 1)
	}
	return least, most
}

// A scale maps round-trips to heights. It begins at zero. Where the longest round-trip is
// many times the shortest, it is logarithmic, or a single slow one would flatten all
// others.
type scale struct {
	low, high float64 // in milliseconds
	log       bool
	ticks     []float64
}

// wide is the ratio above which a scale is logarithmic.
const wide = 50

func (s *Series) scale() scale {
	least, most := s.bounds()
	if most == 0 { // nothing was answered: any scale will do that reads well
		return scale{high: 1, ticks: []float64{0, 0.5, 1}}
	}
	low, high := max(least.Float(), 0.001), max(most.Float(), 0.001)
	if high/low > wide {
		from, to := math.Floor(math.Log10(low)), math.Ceil(math.Log10(high))
		sc := scale{low: math.Pow(10, from), high: math.Pow(10, to), log: true}
		for exponent := from; exponent <= to; exponent++ {
			sc.ticks = append(sc.ticks, math.Pow(10, exponent))
		}
		return sc
	}
	const about = 4 // ticks
	step := nice(high / about)
	sc := scale{high: math.Ceil(high/step) * step}
	for i := 0.0; i*step <= sc.high*1.001; i++ {
		sc.ticks = append(sc.ticks, i*step)
	}
	return sc
}

// nice returns the least number 1, 2 or 5 × 10ⁿ that is not less than v.
func nice(v float64) float64 {
	unit := math.Pow(10, math.Floor(math.Log10(v)))
	for _, m := range [...]float64{1, 2, 5} {
		if m*unit >= v*0.999 {
			return m * unit
		}
	}
	return 10 * unit
}

// at returns the height of v, from 0 to 1.
func (sc scale) at(v session.Millis) float64 {
	ms := v.Float()
	share := ms / sc.high
	if sc.log {
		share = (math.Log10(max(ms, sc.low)) - math.Log10(sc.low)) / (math.Log10(sc.high) - math.Log10(sc.low))
	}
	return min(max(share, 0), 1)
}

// blocks returns the chart as one line of text. A column is a block as high as its
// longest round-trip, × where a heartbeat was lost, or a space where none was sent.
func (c chart) blocks() string {
	const widest = 60
	const bars = "▁▂▃▄▅▆▇█"
	levels := []rune(bars)
	sc := c.series.scale()
	var b strings.Builder
	for _, p := range c.series.columns(min(widest, len(c.series.Points))) {
		switch {
		case p.Lost > 0:
			b.WriteRune('×')
		case p.Answered == 0:
			b.WriteByte(' ')
		default:
			level := int(math.Ceil(sc.at(p.Max) * float64(len(levels))))
			b.WriteRune(levels[max(level, 1)-1])
		}
	}
	return b.String()
}

// Legend says in the chart's language how high and how wide the chart is.
func (c chart) Legend() string {
	least, most := c.series.bounds()
	list := []text{say(kChartLegend, most, least, short(c.series.span()))}
	if c.series.scale().log {
		list = append(list, say(kChartLog))
	}
	return join(kSemicolon, list...).in(c.lang)
}

// timeTicks returns the marks of a time axis over a span: a few round times, from zero.
func timeTicks(span session.Millis) []session.Millis {
	steps := [...]time.Duration{
		time.Millisecond, 2 * time.Millisecond, 5 * time.Millisecond, 10 * time.Millisecond, 20 * time.Millisecond,
		50 * time.Millisecond, 100 * time.Millisecond, 200 * time.Millisecond, 500 * time.Millisecond,
		time.Second, 2 * time.Second, 5 * time.Second, 10 * time.Second, 15 * time.Second, 30 * time.Second,
		time.Minute, 2 * time.Minute, 5 * time.Minute, 10 * time.Minute, 15 * time.Minute, 30 * time.Minute,
		time.Hour, 2 * time.Hour, 6 * time.Hour, 12 * time.Hour, 24 * time.Hour,
	}
	const most = 6
	step := session.Millis(steps[len(steps)-1])
	for span/step > most {
		step *= 2
	}
	for _, s := range steps {
		if span/session.Millis(s) <= most {
			step = session.Millis(s)
			break
		}
	}
	// By their number: the time after the last one of the longest spans is not a time.
	list := make([]session.Millis, max(span/step, 0)+1)
	for i := range list {
		list[i] = session.Millis(i) * step
	}
	return list
}
