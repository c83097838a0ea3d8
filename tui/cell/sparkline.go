package cell

import (
	"strings"
	"time"

	"anytls-inspect/protocol/session"
)

const (
	barsUp   = " ▁▂▃▄▅▆▇█"
	barsLost = "×"
)

// Sparkline draws the newest round-trip times as bars in rows × cells, the oldest
// of them on the left. It returns its rows from the top down. The scale goes from
// 0 to top, the longest of those times. A lost heartbeat ([session.LostSample]) is
// a cross in the lowest row.
func Sparkline(p *Palette, series []time.Duration, rows, cells int) (lines []string, top time.Duration) {
	if rows <= 0 || cells <= 0 {
		return nil, 0
	}
	series = series[max(len(series)-cells, 0):]
	for _, d := range series {
		top = max(top, d)
	}
	bars := []rune(barsUp)
	for row := rows - 1; row >= 0; row-- {
		var b strings.Builder
		bar := newStroke(&b)
		for _, d := range series {
			if d == session.LostSample {
				sign := " "
				if row == 0 {
					sign = barsLost
				}
				bar.add(p.Bad, sign)
				continue
			}
			// Even the shortest gets an eighth of a row: there was an answer.
			eighths := 1
			if top > 0 {
				eighths = max(int(d*time.Duration(rows*8)/top), 1)
			}
			bar.add(p.Heart, string(bars[max(min(eighths-row*8, 8), 0)]))
		}
		bar.end()
		b.WriteString(p.Text.Render(Blank(cells - len(series))))
		lines = append(lines, b.String())
	}
	return lines, top
}

// Chart draws round-trip times as [Sparkline] does, with their scale on the left, in rows of so
// many cells. Without times the rows are blank.
func Chart(p *Palette, series []time.Duration, rows, cells int) []string {
	const scale = 10
	bars, top := Sparkline(p, series, rows, cells-scale)
	lines := make([]string, len(bars))
	for i, b := range bars {
		label, tick := "", "│"
		switch {
		case len(series) == 0:
			lines[i] = Blank(cells)
			continue
		case i == 0:
			label, tick = RTT(top), "┤"
		case i == len(bars)-1:
			label, tick = "0", "┤"
		}
		lines[i] = p.Dim.Render(FitRight(label, scale-2)+" "+tick) + b
	}
	return lines
}

// A stroke writes text whose style changes now and then. It writes the escape
// sequences of a style only where it changes.
type stroke struct {
	to    *strings.Builder
	paint Paint
	text  strings.Builder
}

func newStroke(to *strings.Builder) *stroke { return &stroke{to: to} }

func (s *stroke) add(p Paint, text string) {
	if p != s.paint {
		s.end()
		s.paint = p
	}
	s.text.WriteString(text)
}

func (s *stroke) end() {
	s.to.WriteString(s.paint.Render(s.text.String()))
	s.text.Reset()
}
