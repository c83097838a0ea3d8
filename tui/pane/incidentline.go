package pane

import (
	"fmt"
	"strings"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Of an incident a line shows at most so many cells of what is about no cause, and no remedy.
const (
	mostTarget    = 30
	mostSessions  = 16
	leastSessions = 8 // where there is little room
)

// leastRemedy is how many cells of what to do a line shows at least: fewer say too little.
const leastRemedy = 24

// IncidentLine draws an incident in exactly so many cells: what it is, for how long, in which
// sessions, what followed, and, where there is room, what to do. Of what is no state of a
// peer the name says least, and what to do comes before what followed. right stands at the
// end.
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
	add(p.Accent, incidentSessions(i, min(left-2, max(left-4-leastRemedy, leastSessions), mostSessions)))
	effects := incidentEffects(i, left-2)
	if !i.Cause.IsState() && left-2-leastRemedy < cell.Width(effects)+2 {
		effects = incidentEffects(i, left-4-leastRemedy)
	}
	add(p.Text, effects)
	if left-2 >= leastRemedy {
		add(p.Dim, remedy(i, left-2))
	}
	line := cell.Line(p, spans, room)
	for _, r := range right {
		line += r.Paint.Render(cell.Harmless(r.Text))
	}
	return line
}

// remedy says in at most so many cells what to do about an incident, or what it comes from
// where the text knows that best. Where the advice only points at the text, it is the end of
// that, in which the reason stands behind where it came from, and what to do behind the reason.
func remedy(i *session.Incident, cells int) string {
	if i.Rule != 0 {
		return cell.Fit(fmt.Sprintf("rule %d of this run did it", i.Rule), cells)
	}
	text, _, _ := strings.Cut(i.Text, session.WithEffects)
	if _, causes, found := strings.Cut(text, session.Likely); found {
		return cell.Fit("likely "+causes, cells)
	}
	switch i.Cause {
	case session.CodeTLSFailed, journal.CodePreflight, session.CodeSYNACKError:
	default:
		return cell.Fit(journal.Spec(i.Cause).Advice, cells)
	}
	if n := strings.LastIndex(text, " ("); n > 0 && strings.HasSuffix(text, " times)") {
		text = text[:n] // the name counts them
	}
	text = strings.TrimPrefix(text, i.Target+": ")
	for end := text; ; {
		if cell.Width(cell.Harmless(end)) <= cells {
			return end
		}
		_, behind, found := strings.Cut(end, ": ")
		if !found {
			return cell.Fit(end, cells)
		}
		end = "…" + strings.TrimPrefix(behind, "…")
	}
}
