package cell

import "strings"

// A Content is what stands in a box, and what the box says of it.
type Content struct {
	Lines []string // of width cells each
	Width int
	Note  []Span // for the box's upper right corner
	Foot  []Span // for its lower right corner
	// First, Shown and All place the scrollbar: Lines shows Shown of All rows,
	// from row First on. Where it shows all there is no scrollbar.
	First, Shown, All int
}

// Box draws a box around a content, with a title in its upper left corner. It
// returns h lines of w cells; h is at least 2. Lines that have no room are left
// out. The box that has the focus has a style of its own.
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

// edge draws the upper or lower edge of a box, with text at its left and right
// ends. first and last are its corners.
func (s *Styles) edge(edge Paint, first, last string, left, right []Span, w int) string {
	if w < 2 {
		return edge.Render(strings.Repeat("─", max(w, 0)))
	}
	room := w - 2
	var b strings.Builder
	b.WriteString(edge.Render(first))
	put := func(spans []Span) {
		for _, s := range spans {
			text, used := shorten(s.Text, room)
			b.WriteString(s.Paint.Render(text))
			room -= used
		}
	}
	if len(left) > 0 {
		b.WriteString(edge.Render(strings.Repeat("─", min(1, room))))
		room -= min(1, room)
		put(left)
	}
	// The left text says what this is: spans of the right one give way to it.
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

// thumb returns the bounds of the scrollbar's thumb within the rows of the right
// edge. They are equal where there is no scrollbar.
func thumb(c Content, rows int) (from, to int) {
	if c.Shown >= c.All || c.Shown <= 0 || rows <= 0 {
		return 0, 0
	}
	size := max(rows*c.Shown/c.All, 1)
	from = (rows - size) * c.First / max(c.All-c.Shown, 1)
	from = max(min(from, rows-size), 0)
	return from, from + size
}

// Centred returns h lines of w cells with text in their middle, a line for each
// span.
func Centred(p *Palette, text []Span, w, h int) []string {
	lines := make([]string, 0, h)
	above := max((h-len(text))/2, 0)
	for i := range h {
		if i < above || i-above >= len(text) {
			lines = append(lines, p.Text.Render(Blank(w)))
			continue
		}
		t := text[i-above]
		s, used := shorten(t.Text, w)
		left := (w - used) / 2
		lines = append(lines, Blank(left)+t.Paint.Render(s)+Blank(w-used-left))
	}
	return lines
}
