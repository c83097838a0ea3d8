package tui

import (
	"anytls-inspect/capture"
	"anytls-inspect/tui/pane"
)

// pane returns a pane.
func (m *Model) pane(id pane.ID) pane.Pane {
	return [...]pane.Pane{
		pane.SessionsID: &m.sessions, pane.StreamsID: &m.streams, pane.FramesID: &m.frames,
		pane.HeartbeatsID: &m.heartbeats, pane.IncidentsID: &m.incidents, pane.DetailID: &m.detail,
	}[id]
}

// give gives the focus to a pane, and shows the pane.
func (m *Model) give(id pane.ID) {
	m.focus = id
	m.uses++
	m.used[id] = m.uses
	switch id {
	case pane.SessionsID:
		if !m.opened {
			m.detail.DescribeSession()
		}
	case pane.StreamsID, pane.FramesID:
		m.detail.DescribeFrame()
	case pane.DetailID:
		m.opened = true
	}
	m.arrange()
}

// cycle gives the focus to the next pane, or with by -1 to the previous one. It
// passes over a detail that is not shown.
func (m *Model) cycle(by int) {
	id := m.focus
	for range int(pane.Count) {
		id = (id + pane.ID(by) + pane.Count) % pane.Count
		if id != pane.DetailID || m.opened || m.onScreen(pane.DetailID) {
			break
		}
	}
	m.give(id)
}

// back undoes what opening did.
func (m *Model) back() {
	intent := m.pane(m.focus).Back()
	switch {
	case m.opened && m.focus == pane.FramesID:
		m.shut(pane.FramesID)
	case intent != nil:
		m.heed(intent)
	default:
		m.give(pane.SessionsID)
	}
}

// shut closes the detail and gives the focus to another pane.
func (m *Model) shut(to pane.ID) {
	m.opened = false
	m.used[pane.DetailID] = -1
	m.give(to)
}

// turnTo turns the other panes to a session, or to all where id is 0.
func (m *Model) turnTo(id capture.SessionID) {
	m.showing = id
	m.streams.Show(id)
	m.frames.Show(id, 0)
	m.heartbeats.Show(id)
	m.detail.Choose(nil)
	m.detail.Move(pane.ToTop)
	m.stale = true
}

// shown returns which pane of a slot is shown: the last that had the focus.
func (m *Model) shown(s slot) pane.ID {
	id := s.tabs[0]
	for _, other := range s.tabs {
		if m.used[other] > m.used[id] {
			id = other
		}
	}
	return id
}

// onScreen tells whether a pane is shown.
func (m *Model) onScreen(id pane.ID) bool { return m.slotOf(id) != nil }

// slotOf returns the slot that shows a pane; nil where it is not on the screen.
func (m *Model) slotOf(id pane.ID) *slot {
	for i := range m.slots {
		if m.shown(m.slots[i]) == id {
			return &m.slots[i]
		}
	}
	return nil
}
