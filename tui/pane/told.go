package pane

import (
	"fmt"

	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// Told returns what is wrong in lines of at most w cells, at most so many: of each diagnostic
// the text, whole, below an empty line and behind the sign of its severity. Where there is no
// room for all, the newest are told, and how many others there are.
func Told(p *cell.Palette, wrong []session.Diagnostic, w, lines int) []cell.Span {
	var told []cell.Span
	for left := len(wrong); left > 0; left-- {
		d := &wrong[left-1]
		sign, _, paint := severity(p, d.Severity)
		text := cell.Wrap(sign+" "+d.Text, w)
		room := lines - len(told) - 1
		switch {
		case len(told) == 0:
			text = cell.Cut(text, room, w)
		case len(text) > room, left > 1 && len(text) > room-linesOfOthers:
			return withOthers(p, told, left, lines)
		}
		block := make([]cell.Span, 1, len(text)+1) // the empty line
		for _, line := range text {
			block = append(block, paint.Span(line))
		}
		told = append(block, told...)
	}
	return told
}

// linesOfOthers is how many lines tell that there is more than has room.
const linesOfOthers = 2

// withOthers adds to what is told that there are n others: above it, or where that has no room
// within so many lines, at its end.
func withOthers(p *cell.Palette, told []cell.Span, n, lines int) []cell.Span {
	if len(told)+linesOfOthers > lines {
		told[len(told)-1].Text += fmt.Sprintf(" (%d more)", n)
		return told
	}
	return append([]cell.Span{{}, p.Dim.Span(fmt.Sprintf("%d more, older than this", n))}, told...)
}

// why returns in so many lines why the pane has no frames, where that is known: no frame comes
// of a session whose TLS failed.
func (p *Frames) why(s *Scene, w, lines int) []cell.Span {
	switch {
	case s.barrenAlike():
		return s.barren(w, lines)
	case s.Session == nil && p.session == 0 && len(s.Trouble) == 0:
		return s.barren(w, lines)
	case s.Session == nil && p.session == 0:
		return Told(&s.Styles.Row, s.Trouble, w, lines)
	case s.Session == nil, !s.Session.Closed, s.Session.Reason == "", p.were(s):
		return nil
	}
	d := session.Diagnostic{Severity: session.Note, Text: s.Session.Reason}
	for _, worst := range s.Session.Worst {
		d.Severity = max(d.Severity, worst)
	}
	return Told(&s.Styles.Row, []session.Diagnostic{d}, w, lines)
}
