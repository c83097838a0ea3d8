package pane

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// mostTarget is how many cells of an incident's target a line shows.
const mostTarget = 30

// IncidentLine draws an incident in exactly so many cells: what it is, for how long, in which
// sessions, what followed, and, where there is room, what to do. right stands at the end.
func IncidentLine(s *Scene, i *session.Incident, right []cell.Span, w int) string {
	p := &s.Styles.Row
	sign, _, paint := severity(p, i.Severity)
	room := w - cell.SpansWidth(right)
	spans := []cell.Span{paint.Span(" " + sign + " " + incidentName(i)), p.Strong.Span(" " + incidentTime(i, s.Now))}
	left := room - cell.SpansWidth(spans)
	add := func(paint cell.Paint, text string) {
		if text != "" {
			spans = append(spans, paint.Span("  "+text))
			left -= cell.Width(cell.Harmless(text)) + 2
		}
	}
	if i.Target != "" {
		add(p.Text, cell.Fit(i.Target, min(mostTarget, max(left-2, 0), cell.Width(cell.Harmless(i.Target)))))
	}
	add(p.Accent, incidentSessions(i, left-2))
	add(p.Text, incidentEffects(i, left-2))
	const least = 30 // cells below which advice says too little
	if left-2 >= least {
		add(p.Dim, cell.Fit(journal.Spec(i.Cause).Advice, left-2))
	}
	line := cell.Line(p, spans, room)
	for _, r := range right {
		line += r.Paint.Render(cell.Harmless(r.Text))
	}
	return line
}
