package tui

import (
	"math"

	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/pane"
)

// moment returns the moment that the screen shows: now, or when it froze.
func (m *Model) moment() journal.Moment {
	if m.snapshot != nil {
		return m.snapshot
	}
	return m.journal
}

// toggleFreeze freezes the screen, or lets it go on.
func (m *Model) toggleFreeze() {
	if m.snapshot != nil {
		m.snapshot, m.stale = nil, true
		m.rates = rates{} // what came meanwhile is no rate of now
		m.askSoon()       // the tick's Cmd does not look at a frozen screen's journal
		return
	}
	m.now = m.opts.Clock()
	m.snapshot, m.stale = journal.Take(m.journal), true
	m.pullIfStale()
	m.refreshQueues()
}

// lookForNews looks whether there is something new, and asks for it.
func (m *Model) lookForNews() {
	now := m.opts.Clock()
	if m.status.expire(now) {
		m.dirty = true
	}
	if m.snapshot != nil {
		m.pullIfStale()
		return
	}
	m.now = now
	if m.opts.Playback != nil && !m.opts.Playback.State().Done {
		m.dirty = true // the header says how far it is
	}
	switch {
	case m.stale || m.journal.Version() != m.summary.Version || m.above != m.wrongLines():
		m.pull()
	case now.Sub(m.drawn) >= aging:
		m.refreshQueues()
		m.rates.add(now, &m.summary)
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

// pull lets the panes on the screen ask for what they have room to show, one after the
// other: what one chooses, the later ones ask about.
func (m *Model) pull() {
	now, at := m.opts.Clock(), m.moment()
	m.pulled, m.dirty = now, true
	m.looked++
	if m.snapshot == nil {
		m.now = now
	}
	m.summary = journal.Look(at, journal.AskSummary{}) // first, so that its version is not too new
	m.wrong = journal.Look(at, journal.AskIncidents{Closed: true})
	m.makeRoom()
	for id := range pane.Count {
		if s := m.slotOf(id); s != nil {
			m.heed(m.pane(id).Ask(at, max(s.h-2, 0)))
		}
	}
	m.session = journal.Look(at, journal.AskSession{ID: m.showing})
	m.trouble, m.barren = nil, journal.Barren{}
	if m.summary.Frames == 0 && m.opts.Playback != nil {
		m.barren = journal.Look(at, journal.AskBarren{})
	}
	if m.summary.Frames == 0 { // there is room to tell of it whole
		m.trouble = latest(journal.Look(at, journal.AskDiagnostics{Window: journal.Window{From: math.MaxInt, Limit: maxTrouble}}))
	}
	m.stale = m.onScreen(pane.FramesID) && m.frames.Searching()
	if m.snapshot == nil {
		m.rates.add(now, &m.summary)
		m.refreshQueues()
	}
}
