package tui

// freeze freezes the screen, or lets it go on.
func (m *Model) freeze() {
	if m.frozen = !m.frozen; m.frozen {
		m.frames.UpTo(max(m.view.Frames.Newest, 1))
		return
	}
	m.frames.UpTo(0)
	m.stale = true
	m.askSoon() // the tick's command does not look at a frozen screen's journal
}
