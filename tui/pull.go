package tui

import (
	"anytls-inspect/capture"
	"anytls-inspect/tui/pane"
)

// lookForNews looks whether there is something new, and asks for it.
func (m *Model) lookForNews() {
	now := m.opts.Clock()
	if m.status.expire(now) {
		m.dirty = true
	}
	if m.frozen {
		m.pullIfStale()
		return
	}
	m.now = now
	if m.opts.Playback != nil && !m.opts.Playback.State().Done {
		m.dirty = true // the header says how far it is
	}
	switch {
	case m.stale || m.journal.Version() != m.view.Summary.Version:
		m.pull()
	case now.Sub(m.drawn) >= aging:
		m.refreshQueues()
		m.rates.add(now, &m.view.Summary)
		m.dirty = true
	}
}

// pullIfDue asks at once for what a key made necessary. Where the journal was asked
// a moment ago, it leaves that to the next tick.
func (m *Model) pullIfDue() {
	if m.opts.Clock().Sub(m.pulled) >= refresh {
		m.pullIfStale()
	}
	if m.stale {
		m.askSoon()
	}
}

// pullIfStale asks the journal where a key made that necessary.
func (m *Model) pullIfStale() {
	if m.stale && m.width > 0 {
		m.pull()
	}
}

// pull asks the journal for what is on the screen, and gives the panes the answer.
func (m *Model) pull() {
	now := m.opts.Clock()
	m.pulled, m.stale, m.dirty = now, false, true
	q := m.query()
	m.looked++
	var v *pane.View
	if m.frozen {
		v = q.LookAgain(m.journal, m.view, &m.asked)
	} else {
		v = q.Look(m.journal)
		m.now = now
	}
	m.view, m.asked = v, q
	for _, s := range m.slots {
		m.pane(m.shown(s)).Answer(v)
	}
	m.followSession()
	m.chooseFrame()
	if m.onScreen(framesID) && m.frames.Searching() {
		m.stale = true
	}
	if !m.frozen {
		m.rates.add(now, &v.Summary)
		m.refreshQueues()
	}
}

// query returns what the panes on the screen ask for.
func (m *Model) query() pane.Query {
	q := pane.Query{Session: m.showing}
	for _, s := range m.slots {
		m.pane(m.shown(s)).Ask(&q, max(s.h-2, 0))
	}
	return q
}

// followSession turns the other panes to the session that is chosen.
func (m *Model) followSession() {
	id, known := m.sessions.Chosen()
	if known && id != m.showing {
		m.turnTo(id)
	}
}

// turnTo turns the other panes to a session, or to all where id is 0.
func (m *Model) turnTo(id capture.SessionID) {
	m.showing = id
	m.streams.Show(id)
	m.frames.Show(id, 0)
	m.detail.Move(pane.ToTop)
	m.stale = true
}

// chooseFrame turns the detail to the chosen frame.
func (m *Model) chooseFrame() {
	if m.detail.ChooseFrame(m.frames.Chosen()) && m.onScreen(detailID) {
		m.stale = true
	}
}
