package pane

import (
	"fmt"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Diagnostics lists the diagnostics of all sessions, newest last. Below the list
// it says what to do about the chosen one.
type Diagnostics struct {
	list
	answer journal.Diagnostics
}

// Ask implements Pane.
func (p *Diagnostics) Ask(at journal.Moment, lines int) Intent {
	// Where the advice takes more than that, some rows of the window are left out.
	p.answer = journal.Look(at, journal.AskDiagnostics{Window: p.window(max(lines-1-leastAdvice(lines), 1))})
	p.take(p.answer.From, p.answer.All, keysOf(p.answer.Rows, func(e *journal.Entry) uint64 { return e.Index }))
	return nil
}

// Move implements Pane.
func (p *Diagnostics) Move(m Motion) Intent {
	p.list.Move(m)
	return nil
}

// Open implements Pane: it finds the frame that gave rise to the chosen diagnostic,
// which is the nearest before it in its session.
func (p *Diagnostics) Open() Intent {
	i := p.at()
	if i < 0 {
		return nil
	}
	e := &p.answer.Rows[i]
	return FindFrame{Session: e.Session, Index: e.Index}
}

// OpenHint implements Pane.
func (p *Diagnostics) OpenHint() string { return "its frame" }

// Back implements Pane.
func (p *Diagnostics) Back() Intent { return nil }

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

// Draw implements Pane.
func (p *Diagnostics) Draw(s *Scene, w, h int, focused bool) cell.Content {
	pal := &s.Styles.Row
	t := &s.Summary
	c := cell.Content{Width: w, Note: []cell.Span{pal.Dim.Span(fmt.Sprintf(" %s · %s · %s ",
		cell.Plural(t.Errors, "error"), cell.Plural(t.Warnings, "warning"), cell.Plural(t.Notes, "note")))}}
	if len(p.answer.Rows) == 0 {
		c.Lines = cell.Centred(pal, []cell.Span{pal.Good.Span("nothing odd so far")}, w, h)
		return c
	}
	c.Foot = s.following(p.follow, focused)
	p.position(&c)
	table := cell.NewTable(diagnosticColumns(s.stampCells(), cellsFor(int(s.Summary.Sessions))), w)
	if h > 1 {
		c.Lines = append(c.Lines, table.Header(pal, w))
	}
	var below []string
	if i := p.at(); i >= 0 {
		below = advice(s, &p.answer.Rows[i], w, mostAdvice(h))
	}
	for len(below) < leastAdvice(h) {
		below = append(below, cell.Blank(w))
	}
	rows := fitting(p.answer.Rows, p.at(), h-len(c.Lines)-len(below))
	for i := range rows {
		e := &rows[i]
		pal, mark := s.marker(e.Index == p.key, focused)
		c.Lines = append(c.Lines, table.Line(pal, diagnosticRow(s, pal, e, mark), w))
	}
	for len(c.Lines) < h-len(below) {
		c.Lines = append(c.Lines, cell.Blank(w))
	}
	c.Lines = append(c.Lines, below...)
	return c
}

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

// advice returns the text of a diagnostic and what to do about it, in at most so
// many lines. The last one shows where there would be more.
func advice(s *Scene, e *journal.Entry, w, lines int) []string {
	d, _ := e.Notice.(session.Diagnostic)
	spec := journal.Spec(d.Code)
	pal := &s.Styles.Row
	var parts []cell.Span
	add := func(paint cell.Paint, text string) {
		for _, part := range cell.Wrap(text, w-2) {
			parts = append(parts, paint.Span(part))
		}
	}
	add(pal.Strong, d.Text)
	add(pal.Text, "advice: "+spec.Advice)
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
