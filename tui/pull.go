package tui

import (
	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/pane"
)

// tick looks whether there is something new.
func (m *Model) tick() {
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
		m.dirty = true // how far it is changes all the time
	}
	switch {
	case m.stale || m.journal.Version() != m.view.Version:
		m.pull()
	case now.Sub(m.drawn) >= aging:
		m.refreshQueues()
		m.rates.add(now, &m.view.Totals)
		m.dirty = true
	}
}

// pullIfDue asks at once for what a key made necessary, unless the screen was
// refreshed a moment ago: then the next tick does.
func (m *Model) pullIfDue() {
	if m.opts.Clock().Sub(m.pulled) >= refresh {
		m.pullIfStale()
	}
}

func (m *Model) pullIfStale() {
	if m.stale && m.width > 0 {
		m.pull()
	}
}

// pull asks the journal for what is on the screen.
func (m *Model) pull() {
	now := m.opts.Clock()
	m.pulled, m.stale, m.dirty = now, false, true
	q := m.query()
	v := m.journal.View(q)
	if m.frozen {
		v = hold(m.view, v, m.asked, q)
	} else {
		m.now = now
	}
	m.view, m.asked = v, q
	for _, s := range m.slots {
		m.pane(m.shown(s)).Answer(v)
	}
	m.followSession()
	m.chooseFrame()
	if !m.frozen {
		m.rates.add(now, &v.Totals)
		m.refreshQueues()
	}
}

// query says what is on the screen.
func (m *Model) query() journal.Query {
	q := journal.Query{Session: m.showing}
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

// turnTo makes the other panes show a session; all where id is 0.
func (m *Model) turnTo(id capture.SessionID) {
	m.showing = id
	m.streams.Show(id)
	m.frames.Show(id, 0)
	m.detail.Move(pane.ToTop)
	m.stale = true
}

// chooseFrame makes the detail pane show the chosen frame.
func (m *Model) chooseFrame() {
	if m.detail.ChooseFrame(m.frames.Chosen()) && m.onScreen(detailID) {
		m.stale = true
	}
}
