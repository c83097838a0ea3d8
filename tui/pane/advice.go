package pane

import (
	"anytls-inspect/tui/cell"
)

// leastAdvice returns how many of so many lines the advice below the list takes at least:
// with one that is short, the list stays where it is.
func leastAdvice(lines int) int {
	if lines < 7 {
		return 0
	}
	return min(lines/3, 4)
}

// mostAdvice returns how many of so many lines the advice may take. The list keeps the
// chosen row, one beside it, and the titles.
func mostAdvice(lines int) int {
	if lines < 7 {
		return 0
	}
	return max(lines-3, leastAdvice(lines))
}

// advice returns what was seen and what to do about it, in lines of w cells below a list: as many of the pane's h lines as they need and may take. The last one
// shows where there would be more.
func advice(s *Scene, text, remedy string, w, h int) []string {
	pal, lines := &s.Styles.Row, mostAdvice(h)
	var parts []cell.Span
	add := func(paint cell.Paint, text string) {
		for _, part := range cell.Wrap(text, w-2) {
			parts = append(parts, paint.Span(part))
		}
	}
	add(pal.Strong, text)
	add(pal.Text, "advice: "+remedy)
	if len(parts) > lines {
		if parts = parts[:lines]; lines > 0 {
			parts[lines-1].Text += " …"
		}
	}
	out := make([]string, 0, len(parts))
	for _, part := range parts {
		out = append(out, cell.Line(pal, []cell.Span{pal.Dim.Span("  "), part}, w))
	}
	return out
}

// above puts a list above the advice, at the end of h lines of w cells.
func above(list, advice []string, w, h int) []string {
	end := h - max(len(advice), leastAdvice(h))
	for len(list) < end {
		list = append(list, cell.Blank(w))
	}
	return append(list, advice...)
}
