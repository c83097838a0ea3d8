package steps

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/tui/cell"
)

// heading stands for the row of a line that is the heading of a part.
const heading = -1

// An entry is a line of the list: a row, or the heading of the part that the row begins.
type entry struct {
	row     int // or heading
	heading string
}

// entries returns the lines of the list. A run whose rows have no parts has no headings.
func (m *Model) entries() []entry {
	var entries []entry
	part := ""
	steps := m.current().Steps
	for i := range steps {
		if p := steps[i].Part; p != part {
			part = p
			entries = append(entries, entry{heading, p})
		}
		entries = append(entries, entry{row: i})
	}
	return entries
}

// list draws the list of the steps of the pair that is shown. Where there are several pairs, its
// title says which one that is.
func (m *Model) list(entries []entry, l layout) []string {
	if l.list <= 0 {
		return nil
	}
	title := ""
	var note []cell.Span
	switch {
	case l.titled:
		pair, p := m.current(), &m.styles.Row
		over, _ := tally(pair.Steps)
		title = pair.Title
		note = []cell.Span{p.Strong.Span(fmt.Sprintf(" %d/%d", over, len(pair.Steps))), p.Dim.Span(" steps ")}
	case l.boxed:
		title = "Steps"
	}
	w, rows := m.inner(l.boxed), rowsOf(title, l.list, l.boxed)
	first := m.first(entries, rows)
	c := cell.Content{Width: w, First: first, Shown: rows, All: len(entries)}
	t := m.table(w)
	for i := first; i < len(entries) && i < first+rows; i++ {
		c.Lines = append(c.Lines, m.entry(t, entries[i], w))
	}
	if len(entries) == 0 {
		p := &m.styles.Row
		c.Lines = append(c.Lines, cell.Line(p, []cell.Span{p.Dim.Span(" the run begins")}, w))
	}
	return m.panel(title, note, c, l.list, l.boxed, m.chosen != follows)
}

// result returns all lines of the lists as the run is now, without styles; none where there was no
// room for any. Steps of several pairs stand below their pair.
func (m *Model) result() (lines []string) {
	if m.width <= 0 {
		return nil
	}
	plain := &Model{opts: m.opts, width: m.width, pair: follows, chosen: follows}
	plain.pull()
	put := func(line string) { lines = append(lines, strings.TrimRight(line, " ")) }
	pairs := plain.pairTable(plain.width)
	for i := range plain.shown.Pairs {
		if plain.several() {
			put(strings.TrimLeft(plain.pairLine(pairs, i, plain.width), " "))
			if !plain.shown.Pairs[i].ran() {
				continue // its steps say no more
			}
		}
		plain.pair = i
		t := plain.table(plain.width)
		for _, e := range plain.entries() {
			put(plain.entry(t, e, plain.width))
		}
	}
	return lines
}

// first returns the first line of the list that is shown, so that the row that counts is in sight,
// and what comes next.
func (m *Model) first(entries []entry, rows int) int {
	counts := m.chosen
	if counts == follows {
		counts = m.current().runs()
	}
	if counts == follows {
		counts = m.told()
	}
	line := 0
	for i, e := range entries {
		if e.row != heading && e.row == counts {
			line = i
		}
	}
	return scrolled(line, rows, len(entries))
}

// scrolled returns the first of so many rows that are shown of all, so that a line is in sight, and
// what comes next.
func scrolled(line, rows, all int) int { return max(min(line-rows*2/3, all-rows), 0) }

// The columns of the list.
const (
	columnMark = iota
	columnTitle
	columnState
	columnTime
	columnText
	columns
)

// table returns the columns of the list for w cells.
func (m *Model) table(w int) cell.Table {
	longest, steps := 0, m.current().Steps
	for i := range steps {
		longest = max(longest, cell.Width(cell.Harmless(steps[i].Title)))
	}
	// The sign says what the word says: titles are more.
	least, most := max(min(longest, w/2, 24), 1), w*2/5
	if w < 42+least { // there is no room for texts
		most = w
	}
	return cell.NewTable([]cell.Column{
		columnMark:  {Least: 3, Most: 3},
		columnTitle: {Least: least, Most: max(min(longest, most), least)},
		columnState: {Least: 12, Most: 12, Rank: 2},
		columnTime:  {Least: 6, Most: 6, Right: true, Rank: 1},
		columnText:  {Least: 14, Rank: 3},
	}, w)
}

// entry draws a line of the list.
func (m *Model) entry(t cell.Table, e entry, w int) string {
	if e.row == heading {
		p := &m.styles.Row
		return cell.Line(p, []cell.Span{p.Strong.Span(" " + e.heading)}, w)
	}
	r := &m.current().Steps[e.row]
	p, sign := m.lead(e.row == m.chosen)
	mark, word := r.mark(m.turn())
	ink := paint(p, r)
	cells := [columns]cell.Span{
		columnMark:  ink.Span(sign + mark),
		columnTitle: p.Text.Span(r.Title),
		columnState: ink.Span(word),
		columnText:  p.Text.Span(r.Text),
	}
	switch r.State {
	case Waiting:
		cells[columnTitle].Paint, cells[columnText].Paint = p.Dim, p.Dim
		if cells[columnText].Text == "" && r.Takes > 0 {
			cells[columnText].Text = "takes " + about(r.Takes, t.Width(columnText)-len("takes "))
		}
	case Running:
		m.running(t, p, r, &cells)
	case Ended:
		cells[columnTime] = p.Dim.Span(took(r.Took))
	}
	return t.Line(p, cells[:], w)
}

// lead returns the styles of a line of a list, and the sign that it begins with.
func (m *Model) lead(chosen bool) (p *cell.Palette, sign string) {
	if chosen {
		return &m.styles.Chosen, "▸ "
	}
	return &m.styles.Row, "  "
}

// paint returns the style of what became of a step or a pair.
func paint(p *cell.Palette, r *Row) cell.Paint {
	switch {
	case r.State == Waiting, r.State == Skipped:
		return p.Dim
	case r.State == Running:
		return p.Accent
	case r.Status == Passed:
		return p.Good
	case r.Status == Failed:
		return p.Bad
	case r.Status == Observed:
		return p.Up
	default:
		return p.Warn
	}
}

// turn returns how far the marks of steps that run have turned.
func (m *Model) turn() int { return int(max(m.now.UnixMilli(), 0) / refresh.Milliseconds()) }

// running says how long a step has run, and about how long it takes from now on, in the columns
// that there is room for.
func (m *Model) running(t cell.Table, p *cell.Palette, r *Row, cells *[columns]cell.Span) {
	cells[columnTime] = p.Text.Span(cell.Age(m.now.Sub(r.Began)))
	left, known := r.left(m.now)
	switch {
	case !known:
	case left <= 0:
		cells[columnText] = p.Warn.Span("takes longer")
	case t.Shows(columnText):
		cells[columnText] = p.Text.Span(about(left, t.Width(columnText)-len(" left")) + " left")
	case t.Shows(columnState):
		cells[columnState].Text = about(left, 0) + " left"
	default:
		cells[columnTime].Text = about(left, 0)
	}
}

// took returns the time that a step took, in at most six cells.
func took(d time.Duration) string {
	if d <= 0 {
		return "0s"
	}
	return cell.RTT(d)
}
