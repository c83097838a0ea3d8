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

// Sparkline draws the newest round-trips as bars, in rows × cells, oldest on the
// left, the highest of the rows first. The scale begins at 0 and ends at the
// longest of them, which is returned. A lost one is a cross on the ground.
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
			// Even the shortest shows: there was an answer.
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

// A stroke writes text that changes its style now and then.
type stroke struct {
	to    *strings.Builder
	paint Paint
	text  strings.Builder
}

func newStroke(to *strings.Builder) *stroke { return &stroke{to: to} }

func (r *stroke) add(p Paint, text string) {
	if p != r.paint {
		r.end()
		r.paint = p
	}
	r.text.WriteString(text)
}

func (r *stroke) end() {
	r.to.WriteString(r.paint.Render(r.text.String()))
	r.text.Reset()
}
