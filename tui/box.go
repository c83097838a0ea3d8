package tui

import "strings"

// A content is what a pane shows. The pane does not know where.
type content struct {
	lines []string // of width cells each
	width int
	note  []span // for the frame's upper right corner
	foot  []span // for its lower right corner
	// Of a list that is longer than what is shown: rows from row first on, of
	// all.
	first, shown, all int
}

// box draws a content with a frame around it: w × h cells, exactly.
func (s *styles) box(title []span, c content, w, h int, focused bool) []string {
	edge := s.border
	if focused {
		edge = s.focus
	}
	inner := max(w-2, 0)
	lines := make([]string, 0, h)
	lines = append(lines, s.edge(edge, "╭", "╮", title, c.note, w))
	rows := max(h-2, 0)
	from, to := thumb(c, rows)
	left := edge.text("│")
	for i := range rows {
		text := blank(inner)
		if i < len(c.lines) {
			text = c.lines[i] + blank(inner-c.width)
		}
		right := left
		if i >= from && i < to {
			right = edge.text("┃")
		}
		lines = append(lines, left+text+right)
	}
	return append(lines, s.edge(edge, "╰", "╯", nil, c.foot, w))
}

// edge draws the upper or lower edge of a frame, with text in it.
func (s *styles) edge(edge paint, first, last string, left, right []span, w int) string {
	if w < 2 {
		return edge.text(strings.Repeat("─", max(w, 0)))
	}
	room := w - 2
	var b strings.Builder
	b.WriteString(edge.text(first))
	put := func(spans []span) {
		for _, s := range spans {
			text, used := shorten(s.text, room)
			b.WriteString(s.paint.text(text))
			room -= used
		}
	}
	if len(left) > 0 {
		b.WriteString(edge.text(strings.Repeat("─", min(1, room))))
		room -= min(1, room)
		put(left)
	}
	// As much of the right text as there is room for: the left one says what this
	// is.
	for len(right) > 0 && spansWidth(right)+2 > room {
		right = right[:len(right)-1]
	}
	if n := spansWidth(right); n > 0 {
		b.WriteString(edge.text(strings.Repeat("─", room-n-1)))
		room = n + 1
		put(right)
	}
	b.WriteString(edge.text(strings.Repeat("─", room) + last))
	return b.String()
}

// thumb returns which rows of the right edge are the scrollbar's thumb.
func thumb(c content, rows int) (from, to int) {
	if c.shown >= c.all || c.shown <= 0 || rows <= 0 {
		return 0, 0
	}
	size := max(rows*c.shown/c.all, 1)
	from = (rows - size) * c.first / max(c.all-c.shown, 1)
	from = max(min(from, rows-size), 0)
	return from, from + size
}

// centred returns lines of text in the middle of w × h cells.
func centred(p *palette, text []span, w, h int) []string {
	lines := make([]string, 0, h)
	above := max((h-len(text))/2, 0)
	for i := range h {
		if i < above || i-above >= len(text) {
			lines = append(lines, p.text.text(blank(w)))
			continue
		}
		t := text[i-above]
		s, used := shorten(t.text, w)
		left := (w - used) / 2
		lines = append(lines, blank(left)+t.paint.text(s)+blank(w-used-left))
	}
	return lines
}
