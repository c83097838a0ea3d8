package tui

import (
	"slices"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/pane"
)

// maxTrouble is how many of the newest diagnostics are looked at while no frame has come.
const maxTrouble = 20

// latest returns the diagnostics of a list that differ in their text, each where it came
// last: who tries again and again fails in the same way.
func latest(list journal.Diagnostics) []session.Diagnostic {
	var differ []session.Diagnostic
	for i := range list.Rows {
		d, ok := list.Rows[i].Notice.(session.Diagnostic)
		if !ok {
			continue
		}
		differ = slices.DeleteFunc(differ, func(have session.Diagnostic) bool { return have.Text == d.Text })
		differ = append(differ, d)
	}
	return differ
}

// A failedMsg says why what the screen shows has failed; empty: it has not, after all.
type failedMsg string

// awaitFailure returns the Cmd that waits for [Options].Failure; nil where there is none to
// wait for. Its goroutine ends when that is closed.
func (m *Model) awaitFailure() tea.Cmd {
	failure := m.opts.Failure
	if failure == nil {
		return nil
	}
	return func() tea.Msg {
		text, failed := <-failure
		if !failed {
			return nil
		}
		return failedMsg(text)
	}
}

// leastPanes is how many lines of the screen are left to the header, the panes and the footer.
const leastPanes = 9

// failing returns the lines that say why what the screen shows has failed. There are none where
// the panes, or what stands in their place, tell it already: where no frame has come.
func (m *Model) failing() []string {
	switch {
	case m.failure == "", m.height < leastHeight, m.summary.Sessions == 0:
		return nil
	case m.summary.Frames == 0 && m.onScreen(pane.FramesID):
		return nil
	default:
		return cell.Cut(cell.Wrap(m.failure, m.width-4), min(m.height/4, m.height-leastPanes-m.above), m.width-4)
	}
}

// failed draws why what the screen shows has failed, in lines between the panes and the footer,
// each as wide as the screen.
func (m *Model) failed() []string {
	p := &m.styles.Row
	text := m.failing()
	lines := make([]string, m.below)
	for i := range lines {
		sign, line := "   ", ""
		if i == 0 {
			sign = " ✗ "
		}
		if i < len(text) {
			line = text[i]
		}
		lines[i] = cell.Line(p, []cell.Span{p.Bad.Span(sign), p.Text.Span(line)}, m.width)
	}
	return lines
}
