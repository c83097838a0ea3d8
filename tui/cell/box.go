package cell

import "strings"

// A Content is what a pane shows. The pane does not know where.
type Content struct {
	Lines []string // of width cells each
	Width int
	Note  []Span // for the frame's upper right corner
	Foot  []Span // for its lower right corner
	// Of a list that is longer than what is shown: rows from row first on, of
	// all.
	First, Shown, All int
}

// Box draws a content with a frame around it: w × h cells, exactly.
func (s *Styles) Box(title []Span, c Content, w, h int, focused bool) []string {
	edge := s.Border
	if focused {
		edge = s.Focus
	}
	inner := max(w-2, 0)
	lines := make([]string, 0, h)
	lines = append(lines, s.edge(edge, "╭", "╮", title, c.Note, w))
	rows := max(h-2, 0)
	from, to := thumb(c, rows)
	left := edge.Render("│")
	for i := range rows {
		text := Blank(inner)
		if i < len(c.Lines) {
			text = c.Lines[i] + Blank(inner-c.Width)
		}
		right := left
		if i >= from && i < to {
			right = edge.Render("┃")
		}
		lines = append(lines, left+text+right)
	}
	return append(lines, s.edge(edge, "╰", "╯", nil, c.Foot, w))
}

// edge draws the upper or lower edge of a frame, with text in it.
func (s *Styles) edge(edge Paint, first, last string, left, right []Span, w int) string {
	if w < 2 {
		return edge.Render(strings.Repeat("─", max(w, 0)))
	}
	room := w - 2
	var b strings.Builder
	b.WriteString(edge.Render(first))
	put := func(spans []Span) {
		for _, s := range spans {
			text, used := Shorten(s.Text, room)
			b.WriteString(s.Paint.Render(text))
			room -= used
		}
	}
	if len(left) > 0 {
		b.WriteString(edge.Render(strings.Repeat("─", min(1, room))))
		room -= min(1, room)
		put(left)
	}
	// As much of the right text as there is room for: the left one says what this
	// is.
	for len(right) > 0 && SpansWidth(right)+2 > room {
		right = right[:len(right)-1]
	}
	if n := SpansWidth(right); n > 0 {
		b.WriteString(edge.Render(strings.Repeat("─", room-n-1)))
		room = n + 1
		put(right)
	}
	b.WriteString(edge.Render(strings.Repeat("─", room) + last))
	return b.String()
}

// thumb returns which rows of the right edge are the scrollbar's thumb.
func thumb(c Content, rows int) (from, to int) {
	if c.Shown >= c.All || c.Shown <= 0 || rows <= 0 {
		return 0, 0
	}
	size := max(rows*c.Shown/c.All, 1)
	from = (rows - size) * c.First / max(c.All-c.Shown, 1)
	from = max(min(from, rows-size), 0)
	return from, from + size
}

// Centred returns lines of text in the middle of w × h cells.
func Centred(p *Palette, text []Span, w, h int) []string {
	lines := make([]string, 0, h)
	above := max((h-len(text))/2, 0)
	for i := range h {
		if i < above || i-above >= len(text) {
			lines = append(lines, p.Text.Render(Blank(w)))
			continue
		}
		t := text[i-above]
		s, used := Shorten(t.Text, w)
		left := (w - used) / 2
		lines = append(lines, Blank(left)+t.Paint.Render(s)+Blank(w-used-left))
	}
	return lines
}
