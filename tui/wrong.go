package tui

import (
	"fmt"
	"time"

	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/pane"
)

// What is wrong now stands right below the header, an incident a line, where the eye goes
// first: the header counts diagnostics, and these lines say what they come to. The panes make
// room for the lines while there are any.
//
// Errors and warnings have a line until they are closed, and afterglow longer, so that who
// looks away for a moment reads that it is over. Notes have none: nothing is wrong.

// afterglow is how long after an incident was over it keeps its line.
const afterglow = 10 * time.Second

// isWrong tells whether an incident has a line at a time, if there is room.
func isWrong(i *session.Incident, now time.Time) bool {
	return i.Severity >= session.Warning && (i.IsOpen() || now.Sub(i.Until) < afterglow)
}

// countWrong returns how many incidents have a line now, if there is room.
func (m *Model) countWrong() (n int) {
	now := m.present()
	for i := range m.wrong {
		if isWrong(&m.wrong[i], now) {
			n++
		}
	}
	return n
}

// wrongLines returns how many lines they get. While there is no session, the screen says in
// the panes' place what is wrong.
func (m *Model) wrongLines() int {
	if m.summary.Sessions == 0 || m.height < leastHeight {
		return 0
	}
	most := 3
	switch {
	case m.height < deskHeight:
		most = 1
	case m.height < tallHeight+5:
		most = 2
	}
	return min(m.countWrong(), most)
}

// makeRoom lays the panes out anew where there are more lines beside them, or fewer: for what is
// wrong, and for what has failed. What is chosen in the panes stays chosen.
func (m *Model) makeRoom() {
	if m.wrongLines() != m.above || len(m.failing()) != m.below {
		m.arrange()
	}
}

// wrongNow draws the lines of what is wrong, the worst first. The first one says how many
// there are, if more than have a line, and where the rest of it can be read.
func (m *Model) wrongNow(s *pane.Scene) []string {
	if m.above == 0 {
		return nil
	}
	p, now := &m.styles.Row, m.present()
	lines := make([]string, 0, m.above)
	for i := range m.wrong {
		if len(lines) == m.above {
			break
		}
		if !isWrong(&m.wrong[i], now) {
			continue
		}
		var right []cell.Span
		if len(lines) == 0 {
			if n := m.countWrong(); n > m.above {
				right = append(right, p.Strong.Span(fmt.Sprintf(" %d of %d ", m.above, n)))
			}
			right = append(right, p.Accent.Span(" "+m.commands.Key(command.Focus{Pane: pane.IncidentsID})), p.Dim.Span(" advice "))
		}
		lines = append(lines, pane.IncidentLine(s, &m.wrong[i], right, m.width))
	}
	for len(lines) < m.above { // one has gone since the panes were laid out
		lines = append(lines, cell.Line(p, nil, m.width))
	}
	return lines
}
