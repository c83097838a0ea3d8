package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol/session"
)

// A plot is a chart with all its places worked out, for the SVG in the template.
// Units are those of its view box.
type plot struct {
	Width, Height            int
	Left, Right, Top, Bottom int // of the plot's inside, from the left and the top
	Middle                   int // of the inside, from the left
	Y, X                     []mark
	Ranges, Means, Lost      string // paths
	Limit                    string // where 100 ms stand, from the top; empty where that is not on the chart
	YTitle, XTitle           string
	Range, Mean, Missing     string // what the marks mean
}

// A mark is a tick of an axis.
type mark struct{ At, Label string }

// Plot works out where all is.
func (c chart) Plot() plot {
	p := plot{
		Width: 720, Height: 220, Left: 76, Right: 704, Top: 12, Bottom: 172, Middle: 390,
		YTitle: say(kRoundTripAxis).in(c.lang), XTitle: say(kTimeAxis).in(c.lang),
		Range: say(kLegendRange).in(c.lang), Mean: say(kLegendMean).in(c.lang), Missing: say(kLegendLost).in(c.lang),
	}
	sc := c.series.scale()
	y := func(share float64) string {
		return place(float64(p.Bottom) - share*float64(p.Bottom-p.Top))
	}
	for _, tick := range sc.ticks {
		v := session.Millis(tick * float64(time.Millisecond))
		p.Y = append(p.Y, mark{y(sc.at(v)), short(v)})
	}
	if limit := soon.Float(); limit >= sc.low && limit <= sc.high {
		p.Limit = y(sc.at(soon))
	}
	span := c.series.span()
	x := func(at session.Millis) string {
		share := 0.5 // where there is but one moment
		if span > 0 {
			share = min(max(float64(at)/float64(span), 0), 1)
		}
		return place(float64(p.Left) + share*float64(p.Right-p.Left))
	}
	for _, at := range timeTicks(span) {
		p.X = append(p.X, mark{x(at), short(at)})
	}
	const columns = 200
	var ranges, means, lost strings.Builder
	for _, point := range c.series.columns(columns) {
		if point.Answered+point.Lost == 0 {
			continue
		}
		at := x(point.At - c.series.Points[0].At)
		if point.Answered > 0 {
			fmt.Fprintf(&ranges, "M%s %sV%s", at, y(sc.at(point.Min)), y(sc.at(point.Max)))
			fmt.Fprintf(&means, "M%s %sh0", at, y(sc.at(point.Avg)))
		}
		if point.Lost > 0 {
			fmt.Fprintf(&lost, "M%s %dm-4-4l8 8m-8 0l8-8", at, p.Top+6)
		}
	}
	p.Ranges, p.Means, p.Lost = ranges.String(), means.String(), lost.String()
	return p
}

// place is a place within the view box, to a tenth.
func place(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
