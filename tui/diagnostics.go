package tui

import (
	"fmt"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// diagnosticsPane lists what was odd, of all sessions, newest last, and says of
// the chosen one what to do about it.
type diagnosticsPane struct {
	list
	advice int // lines that the advice takes
	held   []journal.Entry
}

// ask implements pane.
func (p *diagnosticsPane) ask(q *journal.Query, lines int) {
	p.advice = 0
	if lines >= 7 {
		p.advice = min(lines/3, 4)
	}
	q.Diagnostics = p.window(max(lines-1-p.advice, 1))
}

// answer implements pane.
func (p *diagnosticsPane) answer(v *journal.View) {
	p.held = v.Diagnostics
	keys := make([]uint64, len(v.Diagnostics))
	for i := range v.Diagnostics {
		keys[i] = v.Diagnostics[i].Index
	}
	// Those at the window's beginning may be evicted, and are left out then.
	want := min(p.rows, v.DiagnosticsAll-v.DiagnosticsFrom)
	p.list.answer(v.DiagnosticsFrom+want-len(keys), v.DiagnosticsAll, keys)
}

// chosen returns the chosen diagnostic: the session it is about, and its index,
// before which its frame stands.
func (p *diagnosticsPane) chosen() (id capture.SessionID, index uint64, ok bool) {
	i := p.at()
	if i < 0 || i >= len(p.held) {
		return 0, 0, false
	}
	return p.held[i].Session, p.held[i].Index, true
}

func diagnosticColumns(time, number int) []column {
	return []column{
		{title: "", least: 1, most: 1},
		{title: "", least: 7, most: 7},
		{title: "time", least: time, most: time, right: true, rank: 2},
		{title: "#", least: number, most: number, right: true},
		{title: "stream", least: 6, most: 6, right: true, rank: 1},
		{title: "code", least: 24, most: 24},
		{title: "what was seen", least: 12, rank: 3},
	}
}

// draw implements pane.
func (p *diagnosticsPane) draw(s *scene, w, h int, focused bool) content {
	pal := &s.styles.row
	t := &s.Totals
	c := content{width: w, note: []span{{pal.dim, fmt.Sprintf(" %s · %s · %s ",
		plural(t.Errors, "error"), plural(t.Warnings, "warning"), plural(t.Notes, "note"))}}}
	if len(s.Diagnostics) == 0 {
		c.lines = centred(pal, []span{{pal.good, "nothing odd so far"}}, w, h)
		return c
	}
	c.foot = s.following(p.follow, focused)
	p.position(&c)
	table := newTable(diagnosticColumns(s.stampCells(), cellsFor(int(s.Totals.Sessions))), w)
	if h > 1 {
		c.lines = append(c.lines, table.header(pal, w))
	}
	rows := s.Diagnostics
	if room := h - len(c.lines) - p.advice; len(rows) > room && room > 0 {
		first := max(min(p.at(), len(rows)-room), 0)
		rows = rows[first : first+room]
	}
	for i := range rows {
		e := &rows[i]
		pal, mark := s.marker(e.Index == p.key, focused)
		c.lines = append(c.lines, table.line(pal, diagnosticRow(s, pal, e, mark), w))
	}
	for len(c.lines) < h-p.advice {
		c.lines = append(c.lines, blank(w))
	}
	if i := p.at(); p.advice > 0 && i >= 0 && i < len(s.Diagnostics) {
		c.lines = append(c.lines, advice(s, &s.Diagnostics[i], w, p.advice)...)
	}
	c.lines = c.lines[:min(len(c.lines), h)]
	return c
}

func diagnosticRow(s *scene, p *palette, e *journal.Entry, mark span) []span {
	d, _ := e.Notice.(session.Diagnostic)
	sign, word, paint := severity(p, journal.Spec(d.Code).Severity)
	body := p.text
	if s.Session != nil && s.Session.ID != e.Session {
		body = p.dim // of a session that the other panes do not show
	}
	stream := "–"
	if d.Stream != 0 {
		stream = fmt.Sprint(d.Stream)
	}
	return []span{
		mark,
		{paint, sign + " " + word},
		{p.dim, s.stamp(e.At, s.Started)},
		{body, fmt.Sprint(e.Session)},
		{body, stream},
		{body, string(d.Code)},
		{body, d.Text},
	}
}

// advice says what is known of a diagnostic, in at most so many lines.
func advice(s *scene, e *journal.Entry, w, lines int) []string {
	d, _ := e.Notice.(session.Diagnostic)
	spec := journal.Spec(d.Code)
	pal := &s.styles.row
	var out []string
	add := func(paint paint, text string) {
		for _, part := range wrap(text, w-2) {
			out = append(out, line(pal, []span{{pal.dim, "  "}, {paint, part}}, w))
		}
	}
	add(pal.strong, d.Text)
	add(pal.text, spec.Section+": "+spec.Advice)
	return out[:min(len(out), lines)]
}
