package steps

import (
	"math"
	"slices"

	"anytls-inspect/tui/cell"
)

// detail draws the whole text of a step, or of the pair, in h lines, as far as there is room.
func (m *Model) detail(h int, boxed bool) []string {
	if h <= 0 {
		return nil
	}
	p, at := &m.styles.Row, m.told()
	title, text := "Result", ""
	var note []cell.Span
	switch pair := m.current(); {
	case at != follows:
		r := &pair.Steps[at]
		_, word := r.mark(0)
		title, text, note = r.Title, m.says(r), []cell.Span{paint(p, r).Span(" " + word + " ")}
	case m.several():
		text, note = m.sums(pair), []cell.Span{paint(p, &pair.Row).Span(" " + pair.word() + " ")}
	}
	w := m.inner(boxed)
	c := cell.Content{Width: w}
	for _, line := range cell.Cut(cell.Wrap(text, w-2), rowsOf(title, h, boxed), w-2) {
		c.Lines = append(c.Lines, cell.Line(p, []cell.Span{p.Text.Span(" " + line)}, w))
	}
	return m.panel(title, note, c, h, boxed, m.opened)
}

// told returns the step whose text is shown: the chosen one, else the one that has ended last, else
// the one that runs; follows where there is none, and where the pair has a text of its own.
func (m *Model) told() int {
	pair := m.current()
	if m.chosen != follows || m.several() && pair.over() {
		return m.chosen
	}
	for i, r := range slices.Backward(pair.Steps) {
		if r.State == Ended {
			return i
		}
	}
	return pair.runs()
}

// sums returns what there is to say of a pair as a whole.
func (m *Model) sums(pair *Pair) string {
	row := pair.Row
	if row.Takes = 0; row.State == Waiting {
		row.Takes = pair.left(m.now)
	}
	return m.says(&row)
}

// says returns what there is to say of a step or a pair.
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
