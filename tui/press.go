package tui

import (
	"charm.land/bubbles/v2/key"
	tea "charm.land/bubbletea/v2"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/pane"
)

// press does what a key is for. It returns what Bubble Tea is to run, nil where
// there is nothing.
func (m *Model) press(msg tea.KeyPressMsg) tea.Cmd {
	k := &m.keys
	if key.Matches(msg, k.Kill) {
		return tea.Quit
	}
	m.dirty = true
	if m.dialog != nil {
		switch m.dialog.press(msg.String(), k) {
		case leave:
			return tea.Quit
		case dismiss:
			m.dialog = nil
		}
		return nil
	}
	if m.pressPlayback(msg) {
		return nil
	}
	switch {
	case key.Matches(msg, k.Quit):
		return m.quit()
	case key.Matches(msg, k.Help):
		m.dialog = &helpDialog{keys: k, playback: m.opts.Playback != nil}
	case key.Matches(msg, k.ToServer):
		return m.inject(protocol.Server)
	case key.Matches(msg, k.ToClient):
		return m.inject(protocol.Client)
	case key.Matches(msg, k.Periodic):
		return m.togglePeriodic()
	case key.Matches(msg, k.Freeze):
		m.freeze()
	case key.Matches(msg, k.Time):
		m.absolute = !m.absolute
	case key.Matches(msg, k.Waste):
		m.toggleWaste()
	default:
		m.navigate(msg)
	}
	return nil
}

// navigate moves the focus or the cursor of the pane that has it.
func (m *Model) navigate(msg tea.KeyPressMsg) {
	k := &m.keys
	motions := [...]struct {
		key.Binding
		pane.Motion
	}{
		{k.Up, pane.LineUp}, {k.Down, pane.LineDown}, {k.PageUp, pane.PageUp}, {k.PageDown, pane.PageDown}, {k.Top, pane.ToTop}, {k.End, pane.ToEnd},
	}
	for _, b := range motions {
		if key.Matches(msg, b.Binding) {
			m.move(b.Motion)
			return
		}
	}
	switch {
	case key.Matches(msg, k.Next):
		m.cycle(1)
	case key.Matches(msg, k.Previous):
		m.cycle(-1)
	case key.Matches(msg, k.Pane):
		m.give(paneID(msg.String()[0] - '1'))
	case key.Matches(msg, k.Open):
		m.open()
	case key.Matches(msg, k.Back):
		m.back()
	case key.Matches(msg, k.Info):
		m.detail.DescribeSession()
		m.give(detailID)
	}
}

// move moves the cursor of the pane that has the focus.
func (m *Model) move(motion pane.Motion) {
	m.pane(m.focus).Move(motion)
	m.stale = true
	m.followSession()
	m.chooseFrame()
}

// open opens what is chosen in the pane that has the focus.
func (m *Model) open() {
	switch m.focus {
	case sessionsID:
		m.give(framesID)
	case streamsID:
		if id := m.streams.Chosen(); id != 0 {
			m.frames.Show(m.showing, id)
			m.give(framesID)
		}
	case framesID:
		if m.frames.Chosen() != 0 {
			// The frame that is read should stay the chosen one.
			m.frames.Stay()
			m.detail.DescribeFrame()
			m.give(detailID)
		}
	case diagnosticsID:
		m.openDiagnostic()
	}
}

// openDiagnostic chooses the frame that gave rise to the chosen diagnostic: the
// nearest before it, in its session.
func (m *Model) openDiagnostic() {
	id, index, ok := m.diagnostics.Chosen()
	if !ok {
		return
	}
	m.sessions.Choose(id)
	m.turnTo(id)
	m.frames.Seek(index)
	m.give(framesID)
}

// back undoes what open did.
func (m *Model) back() {
	switch {
	case m.focus == detailID && m.detail.OfSession():
		m.shut(sessionsID)
	case m.focus == detailID, m.opened && m.focus == framesID:
		m.shut(framesID)
	case m.focus == framesID && m.frames.Stream() != 0:
		m.frames.Show(m.showing, 0)
		m.stale = true
	default:
		m.give(sessionsID)
	}
}

// shut closes the detail and gives the focus to another pane.
func (m *Model) shut(to paneID) {
	m.opened = false
	m.used[detailID] = -1
	m.give(to)
}

// give gives the focus to a pane, and shows the pane.
func (m *Model) give(id paneID) {
	m.focus = id
	m.uses++
	m.used[id] = m.uses
	switch id {
	case sessionsID:
		if !m.opened {
			m.detail.DescribeSession()
		}
	case streamsID, framesID:
		m.detail.DescribeFrame()
	case detailID:
		m.opened = true
	}
	m.arrange()
}

// cycle gives the focus to the next pane, or with by -1 to the previous one. It
// passes over a detail that is not shown.
func (m *Model) cycle(by int) {
	id := m.focus
	for range int(panes) {
		id = (id + paneID(by) + panes) % panes
		if id != detailID || m.opened || m.onScreen(detailID) {
			break
		}
	}
	m.give(id)
}

// toggleWaste hides or shows Waste frames. The auth preamble has the command Waste
// in the journal, and stays.
func (m *Model) toggleWaste() {
	m.noWaste = !m.noWaste
	match := m.opts.Match
	if m.noWaste {
		match = func(e *journal.Entry) bool {
			return (e.Header.Command != protocol.Waste || e.Preamble) && (m.opts.Match == nil || m.opts.Match(e))
		}
	}
	m.frames.Filter(match)
	m.stale = true
}

// quit ends the program. Where that closes sessions, it asks first.
func (m *Model) quit() tea.Cmd {
	if m.opts.Control != nil {
		// The view may be frozen.
		if live := journal.Look(m.journal, journal.AskSummary{}).Live; live > 0 {
			m.dialog = quitDialog{live: live}
			return nil
		}
	}
	return tea.Quit
}

// pane returns a pane.
func (m *Model) pane(id paneID) pane.Pane {
	return [...]pane.Pane{
		sessionsID: &m.sessions, streamsID: &m.streams, framesID: &m.frames,
		heartbeatsID: m.heartbeats, diagnosticsID: &m.diagnostics, detailID: &m.detail,
	}[id]
}

// shown returns which pane of a slot is shown: the last that had the focus.
func (m *Model) shown(s slot) paneID {
	id := s.tabs[0]
	for _, other := range s.tabs {
		if m.used[other] > m.used[id] {
			id = other
		}
	}
	return id
}

// onScreen tells whether a pane is shown.
func (m *Model) onScreen(id paneID) bool {
	for _, s := range m.slots {
		if m.shown(s) == id {
			return true
		}
	}
	return false
}
