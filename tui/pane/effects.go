package pane

import (
	"fmt"
	"math"
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// effects lists the diagnostics of one incident, oldest first: the first is what it began
// with. Below the list it says what to do about the chosen one.
type effects struct {
	list
	incident uint64 // its number
	entries  []journal.Entry
}

// ask asks for the diagnostics. They are few among many others, so all are looked through.
func (p *effects) ask(at journal.Moment, lines int) {
	held := journal.Look(at, journal.AskDiagnostics{Window: journal.Window{Limit: math.MaxInt}})
	all := slices.DeleteFunc(held.Rows, func(e journal.Entry) bool {
		d, _ := e.Notice.(session.Diagnostic)
		return d.Incident != p.incident
	})
	keys := keysOf(all, func(e *journal.Entry) uint64 { return e.Index })
	from, to := p.part(keys, lines)
	p.entries = all[from:to]
	p.take(from, len(all), keys[from:to])
}

// open finds the frame that gave rise to the chosen diagnostic, which is the nearest before
// it in its session.
func (p *effects) open() Intent {
	i := p.at()
	if i < 0 {
		return nil
	}
	e := &p.entries[i]
	return FindFrame{Session: e.Session, Index: e.Index}
}

// diagnosticColumns returns the columns; time and number are the widths of times
// and of session numbers.
func diagnosticColumns(time, number int) []cell.Column {
	return []cell.Column{
		{Title: "", Least: 1, Most: 1},
		{Title: "", Least: 7, Most: 7},
		{Title: "time", Least: time, Most: time, Right: true, Rank: 2},
		{Title: "#", Least: number, Most: number, Right: true},
		{Title: "stream", Least: 6, Most: 6, Right: true, Rank: 1},
		{Title: "code", Least: 24, Most: 28},
		{Title: "what was seen", Least: 12, Rank: 3},
	}
}

// draw draws the list and the advice in w × h cells.
func (p *effects) draw(s *Scene, w, h int, focused bool) cell.Content {
	pal := &s.Styles.Row
	back := []cell.Span{pal.Accent.Span(" " + s.Back), pal.Dim.Span(": all incidents ")}
	c := cell.Content{Width: w, Foot: back, Note: []cell.Span{pal.Accent.Span(fmt.Sprintf(" incident %d ", p.incident))}}
	if p.all == 0 {
		c.Lines = cell.Centred(pal, []cell.Span{pal.Dim.Span("its diagnostics are no longer held")}, w, h)
		return c
	}
	c.Foot = append(back, s.following(&p.list, "diagnostic", focused)...)
	p.position(&c)
	table := cell.NewTable(diagnosticColumns(s.stampCells(), cellsFor(int(s.Summary.Sessions))), w)
	if h > 1 {
		c.Lines = append(c.Lines, table.Header(pal, w))
	}
	var below []string
	if i := p.at(); i >= 0 {
		d, _ := p.entries[i].Notice.(session.Diagnostic)
		below = advice(s, d.Text, (&session.Incident{Rule: d.Rule}).AdviceUnder(journal.Spec(d.Code).Advice), w, h)
	}
	rows := fitting(p.entries, p.at(), h-len(c.Lines)-max(len(below), leastAdvice(h)))
	for i := range rows {
		e := &rows[i]
		pal, mark := s.marker(e.Index == p.key, focused)
		c.Lines = append(c.Lines, table.Line(pal, diagnosticRow(s, pal, e, mark), w))
	}
	c.Lines = above(c.Lines, below, w, h)
	return c
}

// diagnosticRow returns the cells of a diagnostic.
func diagnosticRow(s *Scene, p *cell.Palette, e *journal.Entry, mark cell.Span) []cell.Span {
	d, _ := e.Notice.(session.Diagnostic)
	sign, word, paint := severity(p, d.Severity)
	body := p.Text
	if s.Session != nil && s.Session.ID != e.Session {
		body = p.Dim // the other panes do not show its session
	}
	stream := "–"
	if d.Stream != 0 {
		stream = fmt.Sprint(d.Stream)
	}
	return []cell.Span{
		mark,
		paint.Span(sign + " " + word),
		p.Dim.Span(s.stamp(e.At, s.Summary.Started)),
		body.Span(fmt.Sprint(e.Session)),
		body.Span(stream),
		body.Span(string(d.Code)),
		body.Span(d.Text),
	}
}
