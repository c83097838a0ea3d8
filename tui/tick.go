package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// refresh is how long the screen rests before it looks at what is new.
	refresh = 50 * time.Millisecond
	// aging is how often a screen that stands still is drawn anew, for its ages.
	aging = time.Second
)

// A tickMsg tells the model to look at what is new.
type tickMsg struct{}

// tick returns the Cmd that sends the next tickMsg: once the journal has something
// new, or a question is left open, but not before refresh has passed, and not later than
// what is drawn has aged. The model asks for it when it has dealt with the last one, so
// that a slow screen ticks slower. The Cmd's goroutine ends with its timer.
func (m *Model) tick() tea.Cmd {
	if m.stale && m.width > 0 {
		m.askSoon()
	}
	changed, patience := m.journal.Changed(m.summary.Version), m.patience()
	if m.snapshot != nil {
		changed = nil
	}
	return func() tea.Msg {
		rested, aged := time.After(refresh), time.After(patience)
		select {
		case <-changed:
		case <-m.due:
		case <-aged:
		}
		<-rested
		return tickMsg{}
	}
}

// patience returns how long what is on the screen may stand as it is.
func (m *Model) patience() time.Duration {
	now := m.opts.Clock()
	until := m.drawn.Add(aging)
	if m.snapshot != nil { // nothing ages
		until = now.Add(aging)
	}
	if m.status.text != "" && m.status.until.Before(until) {
		until = m.status.until
	}
	if p := m.opts.Playback; p != nil && m.snapshot == nil && !p.State().Done {
		until = now // the header says how far it is
	}
	return min(max(until.Sub(now), refresh), aging)
}

// askSoon wakes the Cmd of the tick, for a question that was left open.
func (m *Model) askSoon() {
	select {
	case m.due <- struct{}{}:
	default: // it is woken already
	}
}

// wallClock is the clock where [Options] has none.
func wallClock() time.Time { return time.Now() }
