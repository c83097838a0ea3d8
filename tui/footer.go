package tui

import "anytls-inspect/tui/cell"

// footer draws the last line: a status while there is one, else what the keys do
// here.
func (m *Model) footer() string {
	p := &m.styles.Row
	if s := m.status; s.text != "" {
		sign := [...]cell.Span{done: p.Good.Span(" ✓ "), waits: p.Own.Span(" … "), refused: p.Warn.Span(" ✗ ")}[s.how]
		return cell.Line(p, []cell.Span{sign, p.Text.Span(s.text)}, m.width)
	}
	const gap = 2 // behind each hint but the last
	hints := m.commands.Hints(m.state())
	used, reserve := 1, -gap // cells: up to here, and for the hints that always have room
	for _, h := range hints {
		if h.Always {
			reserve += cell.Width(h.Key+" "+h.Word) + gap
		}
	}
	spans := []cell.Span{p.Text.Span(" ")}
	for i, h := range hints {
		w := cell.Width(h.Key+" "+h.Word) + gap
		if !h.Always && used+w+reserve > m.width {
			continue
		}
		spans = append(spans, p.Accent.Span(h.Key), p.Dim.Span(" "+h.Word))
		if i < len(hints)-1 {
			spans = append(spans, p.Dim.Span("  "))
		}
		used += w
	}
	return cell.Line(p, spans, m.width)
}
