package report

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"anytls-inspect/protocol/session"
)

// A plot is a chart with all coordinates, for the SVG of the template. Their unit is
// that of its view box, and they count from the left and from the top.
type plot struct {
	Width, Height            int
	Left, Right, Top, Bottom int // of the area inside the axes
	Middle                   int // of that area
	Y, X                     []mark
	Ranges, Means, Lost      string // paths
	Limit, LimitIs           string // the height of 100 ms, and its name; empty where the chart does not reach it
	YTitle, XTitle           string
	Range, Mean, Missing     string // the legend
}

// A mark is a tick of an axis, with its coordinate. A label of the time axis stands at LabelAt:
// below its tick, but where that would cut it off at the right edge, it ends there.
type mark struct{ At, Label, LabelAt, Anchor string }

// labelWidth is how wide a character of a label is at most, in units of the view box: the
// digits of common fonts, at the size that page.css gives labels on the narrowest screens.
const labelWidth = 0.65 * 19

// Plot returns the chart with its coordinates.
func (c chart) Plot() plot {
	p := plot{
		Width: 720, Height: 252, Left: 92, Right: 676, Top: 40, Bottom: 190, Middle: 384,
		YTitle: say(kRoundTripAxis).in(c.lang), XTitle: say(kTimeAxis).in(c.lang),
		Range: say(kLegendRange).in(c.lang), Mean: say(kLegendMean).in(c.lang), Missing: say(kLegendLost).in(c.lang),
	}
	sc := c.series.scale()
	y := func(share float64) string {
		return place(float64(p.Bottom) - share*float64(p.Bottom-p.Top))
	}
	for _, tick := range sc.ticks {
		v := session.Millis(tick * float64(time.Millisecond))
		p.Y = append(p.Y, mark{At: y(sc.at(v)), Label: short(v)})
	}
	if limit := soon.Float(); limit >= sc.low && limit <= sc.high {
		p.Limit, p.LimitIs = y(sc.at(soon)), short(soon)
	}
	span := c.series.span()
	x := func(at session.Millis) float64 {
		share := 0.5 // of a single moment
		if span > 0 {
			share = min(max(float64(at)/float64(span), 0), 1)
		}
		return float64(p.Left) + share*float64(p.Right-p.Left)
	}
	for _, at := range timeTicks(span) {
		m := mark{At: place(x(at)), Label: short(at), LabelAt: place(x(at)), Anchor: "middle"}
		if x(at)+float64(len(m.Label))*labelWidth/2 > float64(p.Width) {
			m.LabelAt, m.Anchor = place(float64(p.Width)), "end"
		}
		p.X = append(p.X, m)
	}
	const columns = 200
	var ranges, means, lost strings.Builder
	for _, point := range c.series.columns(columns) {
		if point.Answered+point.Lost == 0 {
			continue
		}
		at := place(x(point.At - c.series.Points[0].At))
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

// place returns a coordinate to a tenth.
func place(v float64) string { return strconv.FormatFloat(v, 'f', 1, 64) }
