package tui

import (
	"slices"
	"strings"

	"charm.land/lipgloss/v2"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/pane"
)

// compose draws the whole screen: as many lines as the terminal has, each as
// wide as it is.
func (m *Model) compose() string {
	if m.width <= 0 || m.height <= 0 {
		return ""
	}
	if m.width < leastWidth || m.height < leastHeight {
		return m.tooSmall()
	}
	s := m.scene()
	lines := make([]string, 0, m.height)
	lines = append(lines, m.header())
	lines = append(lines, m.wrongNow(s)...)
	body := m.height - 2 - m.above - m.below
	if m.summary.Sessions == 0 {
		lines = append(lines, m.empty(body)...)
	} else {
		drawn := make([][]string, len(m.slots))
		for i, slot := range m.slots {
			drawn[i] = m.drawSlot(s, slot)
		}
		lines = append(lines, join(m.slots, drawn, body)...)
	}
	lines = append(lines, m.failed()...)
	screen := strings.Join(append(lines, m.footer()), "\n")
	if m.dialog != nil {
		screen = m.over(screen, m.dialog.Draw(&m.styles, m.width-2, m.height-2))
	}
	return screen
}

// scene returns what the panes draw from.
func (m *Model) scene() *pane.Scene {
	return &pane.Scene{
		Summary: m.summary, Session: m.session, Showing: m.showing, Styles: &m.styles, Now: m.present(), Absolute: m.absolute,
		Follows: m.commands.Key(command.Move{Motion: pane.ToEnd}), Back: m.commands.Key(command.Back{}),
		Leads: m.commands.Key(command.Move{Motion: pane.ToTop}), Detail: m.commands.Key(command.DescribeSession{}),
		Secrets: m.opts.ShowSecrets, Filter: m.filter(), Waiting: m.heart.waiting,
		Trouble: m.trouble, Replayed: m.opts.Playback != nil, Barren: m.barren,
	}
}

// drawSlot draws the pane that a slot shows, in its box.
func (m *Model) drawSlot(s *pane.Scene, slot slot) []string {
	id := m.shown(slot)
	focused := id == m.focus
	// A cell stays free at the right. At the left, each pane has a margin of its
	// own.
	c := m.pane(id).Draw(s, max(slot.w-3, 0), max(slot.h-2, 0), focused)
	return m.styles.Box(m.tabs(slot, id, focused), c, slot.w, slot.h, focused)
}

// tabs returns the title of a slot: the names of its panes. The one that is shown
// stands between posts.
func (m *Model) tabs(s slot, shown pane.ID, focused bool) []cell.Span {
	var spans []cell.Span
	edge := m.styles.Border
	if focused {
		edge = m.styles.Focus
	}
	for i, id := range s.tabs {
		before := "─"
		switch {
		case len(s.tabs) == 1:
			before = ""
		case id == shown:
			before = "┤"
		case i > 0 && s.tabs[i-1] == shown:
			before = "├"
		}
		spans = append(spans, edge.Span(before))
		paint := m.styles.Title
		switch {
		case id == shown && focused:
			paint = m.styles.FocusTitle
		case id == shown:
			paint = m.styles.Row.Strong
		}
		spans = append(spans, paint.Span(" "+m.commands.Key(command.Focus{Pane: id})+" "+id.String()+" "))
		if len(s.tabs) > 1 && id == shown && i == len(s.tabs)-1 {
			spans = append(spans, edge.Span("├"))
		}
	}
	return spans
}

// empty draws the panes' place in h lines while there is no session. It says how to begin,
// or what keeps a session from coming about. That is told whole, as far as there is room.
func (m *Model) empty(h int) []string {
	p := &m.styles.Row
	head := []cell.Span{p.Strong.Span("no AnyTLS sessions so far")}
	hint := []cell.Span{{}, p.Dim.Span("They need to be in the capture from their TLS handshakes on, with their keys.")}
	trouble := m.trouble
	switch {
	case m.opts.Playback != nil && m.opts.Playback.State().Done:
		head[0].Text = "nothing of the capture is AnyTLS: it has no session of TLS"
		hint = []cell.Span{{}, p.Dim.Span("Sessions need to be in it from their TLS handshakes on.")}
		trouble = slices.Concat(trouble, m.warnings())
	case m.summary.Listen != "":
		head[0].Text = "waiting for a client on " + m.summary.Listen + " …"
		hint = []cell.Span{
			{},
			p.Dim.Span("Point an AnyTLS client here instead of at its server: same password,"),
			p.Dim.Span("and certificate verification off or our CA trusted (anytls-inspect ca)."),
		}
	case m.failure != "":
		head[0].Text, hint = "no session came about", nil
	case m.opts.Opening != "":
		head[0].Text, hint = m.opts.Opening+" …", nil
	case m.opts.Control != nil, len(m.trouble) > 0:
		head, hint = []cell.Span{p.Dim.Span("no sessions yet")}, nil
	}
	wrong := pane.Told(p, trouble, min(m.width-4, 100), h-len(head))
	if len(head)+len(hint)+len(wrong) > h {
		hint = nil // what is wrong matters more
	}
	return cell.Centred(p, slices.Concat(head, hint, wrong), m.width, h)
}

// warnings returns what was found wrong with the capture.
func (m *Model) warnings() (list []session.Diagnostic) {
	if m.opts.Warnings == nil {
		return nil
	}
	for _, text := range m.opts.Warnings() {
		list = append(list, session.Diagnostic{Severity: session.Warning, Text: protocol.Printable(text)})
	}
	return list
}

// tooSmall draws a screen that is too small for panes.
func (m *Model) tooSmall() string {
	p := &m.styles.Row
	if m.dialog != nil {
		return strings.Join(cell.Centred(p, []cell.Span{p.Strong.Span(m.dialog.Brief())}, m.width, m.height), "\n")
	}
	text := []cell.Span{
		p.Strong.Span("too small"),
		p.Dim.Span("at least " + cell.Count(leastWidth) + "×" + cell.Count(leastHeight)),
	}
	return strings.Join(cell.Centred(p, text, m.width, m.height), "\n")
}

// over lays the lines of a box over the middle of the screen.
func (m *Model) over(screen string, box []string) string {
	w := 0
	for _, text := range box {
		w = max(w, lipgloss.Width(text))
	}
	return lipgloss.NewCompositor(
		lipgloss.NewLayer(screen),
		lipgloss.NewLayer(strings.Join(box, "\n")).X((m.width-w)/2).Y((m.height-len(box))/2).Z(1),
	).Render()
}
