package tui

import "strings"

// A span is text in one style.
type span struct {
	paint paint
	text  string
}

func spansWidth(spans []span) int {
	n := 0
	for _, s := range spans {
		n += width(harmless(s.text))
	}
	return n
}

// A column is one column of a table.
type column struct {
	title string
	// least and most are how many cells it may take; with most 0 it takes what
	// the others leave, with least 0 none.
	least, most int
	right       bool // aligned, as numbers are
	// rank says which columns are left out first where there is no room for all:
	// those with the highest, together. 0 always stays.
	rank int
}

// A table lays out rows. Each row is a cell a column, those left out included.
type table struct {
	columns []column
	widths  []int // in cells; 0: left out
}

const gap = 1 // cells between columns

// newTable fits columns into so many cells.
func newTable(columns []column, room int) table {
	t := table{columns: columns, widths: make([]int, len(columns))}
	used := -gap
	for i, c := range columns {
		if t.widths[i] = c.least; c.least > 0 {
			used += c.least + gap
		}
	}
	for used > room {
		last := 0
		for i, c := range columns {
			if t.widths[i] > 0 {
				last = max(last, c.rank)
			}
		}
		if last == 0 {
			break
		}
		for i, c := range columns {
			if c.rank == last {
				used -= t.widths[i] + gap
				t.widths[i] = 0
			}
		}
	}
	spare := room - used
	// A cell to each in turn, so that like columns stay alike.
	for given := true; given && spare > 0; {
		given = false
		for i, c := range columns {
			if t.widths[i] > 0 && t.widths[i] < c.most && spare > 0 {
				t.widths[i]++
				spare--
				given = true
			}
		}
	}
	for i, c := range columns {
		if t.widths[i] > 0 && c.most == 0 {
			t.widths[i] += max(spare, 0)
			spare = 0
		}
	}
	return t
}

// header returns the titles in exactly so many cells.
func (t table) header(p *palette, room int) string {
	cells := make([]span, len(t.columns))
	for i, c := range t.columns {
		cells[i] = p.dim.span(c.title)
	}
	return t.line(p, cells, room)
}

// line returns a row in exactly so many cells.
func (t table) line(p *palette, cells []span, room int) string {
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
		b.WriteString(p.text.text(blank(before)))
		used += before
		cell := fit
		if c.right {
			cell = fitRight
		}
		b.WriteString(cells[i].paint.text(cell(cells[i].text, w)))
		used += w
	}
	b.WriteString(p.text.text(blank(room - used)))
	return b.String()
}

// line returns spans, one after the other, in exactly so many cells.
func line(p *palette, spans []span, room int) string {
	var b strings.Builder
	used := 0
	for _, s := range spans {
		text, w := shorten(s.text, room-used)
		b.WriteString(s.paint.text(text))
		used += w
	}
	b.WriteString(p.text.text(blank(room - used)))
	return b.String()
}
