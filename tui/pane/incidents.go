package pane

import (
	"fmt"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Incidents lists the incidents of all sessions, the worst first, those that are over
// included. Below the list it says what the chosen one is and what to do about it. One can be
// opened: then its diagnostics are listed.
type Incidents struct {
	list
	answer []session.Incident // the window of them
	opened *effects           // nil while none is opened
}

// Follow chooses the worst incident, until the cursor is moved.
func (p *Incidents) Follow() { p.leads, p.follow = true, true }

// Ask implements Pane.
func (p *Incidents) Ask(at journal.Moment, lines int) Intent {
	// Where the advice takes more than that, some rows of the window are left out.
	room := max(lines-1-leastAdvice(lines), 1)
	if p.opened != nil {
		p.opened.ask(at, room)
		return nil
	}
	all := journal.Look(at, journal.AskIncidents{Closed: true})
	keys := keysOf(all, func(i *session.Incident) uint64 { return i.Number })
	from, to := p.part(keys, room)
	p.answer = all[from:to]
	p.take(from, len(all), keys[from:to])
	return nil
}

// Move implements Pane.
func (p *Incidents) Move(m Motion) Intent {
	if p.opened != nil {
		p.opened.Move(m)
		return nil
	}
	p.list.Move(m)
	return nil
}

// Open implements Pane: it lists the diagnostics of the chosen incident, and from there it
// finds the frame of the chosen one.
func (p *Incidents) Open() Intent {
	if p.opened != nil {
		return p.opened.open()
	}
	i := p.at()
	if i < 0 {
		return nil
	}
	p.follow = false // the one that is read stays the chosen one
	p.opened = &effects{incident: p.answer[i].Number}
	return ShowPane{IncidentsID}
}

// OpenHint implements Pane.
func (p *Incidents) OpenHint() string {
	if p.opened != nil {
		return "its frame"
	}
	return "effects"
}

// Back implements Pane: from the diagnostics of an incident, it goes back to the incidents.
func (p *Incidents) Back() Intent {
	if p.opened == nil {
		return nil
	}
	p.opened = nil
	return ShowPane{IncidentsID}
}

// The number of the column that names an incident's sessions, and of that of its effects,
// which is the last.
const incidentSessionsColumn, incidentEffectsColumn = 4, 5

// incidentColumns returns the columns; time is the width of times, and name that of the
// longest name.
func incidentColumns(time, name int) []cell.Column {
	return []cell.Column{
		{Title: "", Least: 1, Most: 1},
		{Title: "", Least: 7, Most: 7},
		{Title: "since", Least: time, Most: time, Right: true, Rank: 3},
		{Title: "incident", Least: name, Most: name},
		{Title: "sessions", Least: 8, Most: 16, Rank: 1},
		{Title: "effects", Least: 12, Rank: 2},
	}
}

// Draw implements Pane.
func (p *Incidents) Draw(s *Scene, w, h int, focused bool) cell.Content {
	if p.opened != nil {
		return p.opened.draw(s, w, h, focused)
	}
	pal := &s.Styles.Row
	t := &s.Summary
	c := cell.Content{Width: w, Note: []cell.Span{pal.Dim.Span(fmt.Sprintf(" %s · %s · %s ",
		cell.Plural(t.Errors, "error"), cell.Plural(t.Warnings, "warning"), cell.Plural(t.Notes, "note")))}}
	if p.all == 0 {
		c.Lines = cell.Centred(pal, nothingOdd(s, w, h), w, h)
		return c
	}
	c.Foot = s.following(&p.list, "incident", focused)
	p.position(&c)
	table := cell.NewTable(incidentColumns(s.stampCells(), p.nameCells(s, w)), w)
	if h > 1 {
		c.Lines = append(c.Lines, table.Header(pal, w))
	}
	var below []string
	if i := p.at(); i >= 0 {
		below = advice(s, p.answer[i].Text, p.answer[i].AdviceUnder(journal.Spec(p.answer[i].Cause).Advice), w, h)
	}
	rows := fitting(p.answer, p.at(), h-len(c.Lines)-max(len(below), leastAdvice(h)))
	for i := range rows {
		pal, mark := s.marker(rows[i].Number == p.key, focused)
		c.Lines = append(c.Lines, table.Line(pal, incidentRow(s, pal, &rows[i], mark, &table), w))
	}
	c.Lines = above(c.Lines, below, w, h)
	return c
}

// nameCells returns the width of the longest name of those that are listed, as far as it has
// room in w cells.
func (p *Incidents) nameCells(s *Scene, w int) int {
	widest := 12
	for i := range p.answer {
		widest = max(widest, cell.Width(cell.Harmless(nameAndTime(s, &p.answer[i]))))
	}
	return max(min(widest, w-10), 1)
}

// nameAndTime says what an incident is, and for how long.
func nameAndTime(s *Scene, i *session.Incident) string {
	return incidentName(i) + " " + incidentTime(i, s.Now)
}

// incidentRow returns the cells of an incident in a table.
func incidentRow(s *Scene, p *cell.Palette, i *session.Incident, mark cell.Span, t *cell.Table) []cell.Span {
	sign, word, paint := severity(p, i.Severity)
	body := p.Text
	if !i.IsOpen() {
		body = p.Dim
	}
	effects := incidentEffects(i, t.Width(incidentEffectsColumn))
	if i.Target != "" {
		effects = i.Target
	}
	return []cell.Span{
		mark,
		paint.Span(sign + " " + word),
		p.Dim.Span(s.stamp(i.Since, s.Summary.Started)),
		body.Span(nameAndTime(s, i)),
		body.Span(incidentSessions(i, t.Width(incidentSessionsColumn))),
		body.Span(effects),
	}
}
