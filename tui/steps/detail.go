package steps

import (
	"math"

	"anytls-inspect/tui/cell"
)

// detail draws the whole text of a step in h lines, as far as there is room.
func (m *Model) detail(h int, boxed bool) []string {
	if h <= 0 {
		return nil
	}
	at := m.told()
	if at == follows {
		return m.panel("Result", nil, cell.Content{Width: m.inner(boxed)}, h, boxed, false)
	}
	p, r := &m.styles.Row, &m.shown.Rows[at]
	w, rows := m.inner(boxed), h-1
	if boxed {
		rows = h - 2
	}
	_, word := r.mark(0)
	c := cell.Content{Width: w}
	for _, line := range cell.Cut(cell.Wrap(m.says(r), w-2), rows, w-2) {
		c.Lines = append(c.Lines, cell.Line(p, []cell.Span{p.Text.Span(" " + line)}, w))
	}
	return m.panel(r.Title, []cell.Span{paint(p, r).Span(" " + word + " ")}, c, h, boxed, m.opened)
}

// says returns what there is to say of a step.
func (m *Model) says(r *Row) string {
	switch {
	case r.State == Waiting && r.Text == "" && r.Takes > 0:
		return "It waits for those before it, and takes " + about(r.Takes, math.MaxInt) + "."
	case r.State == Waiting && r.Text == "":
		return "It waits for those before it."
	case r.State != Running:
		return r.Text
	}
	text := "It has run for " + cell.Age(m.now.Sub(r.Began))
	switch left, known := r.left(m.now); {
	case !known:
		return text + "."
	case left > 0:
		return text + "; " + about(left, math.MaxInt) + " left."
	default:
		return text + ", and takes longer than expected: " + about(r.Takes, math.MaxInt) + "."
	}
}
