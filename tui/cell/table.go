package cell

import "strings"

// A Span is text in one style. The text need not be harmless: what draws a span
// makes it so.
type Span struct {
	Paint Paint
	Text  string
}

// SpansWidth returns how many cells spans take, one after the other.
func SpansWidth(spans []Span) int {
	n := 0
	for _, s := range spans {
		n += Width(Harmless(s.Text))
	}
	return n
}

// A Column is one column of a table.
type Column struct {
	Title string
	// Least and Most are how many cells the column may take. With Most 0 it takes
	// what the others leave; with Least 0 it is left out.
	Least, Most int
	Right       bool // aligned to the right, as numbers are
	// Rank says which columns are left out where there is no room for all: those
	// with the highest rank first, all of them together. Those with rank 0 stay.
	Rank int
}

// A Table lays out rows. A row has a span for each column, those that are left out
// included.
type Table struct {
	columns []Column
	widths  []int // in cells; 0: left out
}

const gap = 1 // cells between columns

// NewTable divides so many cells among columns. Where all have room, the columns
// below their Most grow together, and the first without a Most takes the rest.
func NewTable(columns []Column, room int) Table {
	t := Table{columns: columns, widths: make([]int, len(columns))}
	used := -gap
	for i, c := range columns {
		if t.widths[i] = c.Least; c.Least > 0 {
			used += c.Least + gap
		}
	}
	for used > room {
		last := 0
		for i, c := range columns {
			if t.widths[i] > 0 {
				last = max(last, c.Rank)
			}
		}
		if last == 0 {
			break
		}
		for i, c := range columns {
			if c.Rank == last && t.widths[i] > 0 {
				used -= t.widths[i] + gap
				t.widths[i] = 0
			}
		}
	}
	spare := room - used
	// A cell to each in turn: columns alike stay alike.
	for given := true; given && spare > 0; {
		given = false
		for i, c := range columns {
			if t.widths[i] > 0 && t.widths[i] < c.Most && spare > 0 {
				t.widths[i]++
				spare--
				given = true
			}
		}
	}
	for i, c := range columns {
		if t.widths[i] > 0 && c.Most == 0 {
			t.widths[i] += max(spare, 0)
			spare = 0
		}
	}
	return t
}

// Shows tells whether there is room for the column with this number.
func (t Table) Shows(i int) bool { return t.widths[i] > 0 }

// Width returns how many cells the column with this number has: 0 where it is left out.
func (t Table) Width(i int) int { return t.widths[i] }

// Header returns the columns' titles in exactly so many cells.
func (t Table) Header(p *Palette, room int) string {
	cells := make([]Span, len(t.columns))
	for i, c := range t.columns {
		cells[i] = p.Dim.Span(c.Title)
	}
	return t.Line(p, cells, room)
}

// Line returns a row in exactly so many cells.
func (t Table) Line(p *Palette, cells []Span, room int) string {
	var b strings.Builder
	used := 0
	for i, c := range t.columns {
		w := t.widths[i]
		if w == 0 {
			continue
		}
		before := min(used, gap)
		if w = min(w, room-used-before); w <= 0 {
			break
		}
		b.WriteString(p.Text.Render(Blank(before)))
		used += before
		fit := Fit
		if c.Right {
			fit = FitRight
		}
		b.WriteString(cells[i].Paint.Render(fit(cells[i].Text, w)))
		used += w
	}
	b.WriteString(p.Text.Render(Blank(room - used)))
	return b.String()
}

// Line returns spans, one after the other, in exactly so many cells.
func Line(p *Palette, spans []Span, room int) string {
	var b strings.Builder
	used := 0
	for _, s := range spans {
		text, w := shorten(s.Text, room-used)
		b.WriteString(s.Paint.Render(text))
		used += w
	}
	b.WriteString(p.Text.Render(Blank(room - used)))
	return b.String()
}
