package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// refresh is how often the screen looks whether the journal moved.
	refresh = 50 * time.Millisecond
	// aging is how often ages on a screen that else stands still are redrawn.
	aging = time.Second
)

// A tickMsg is the time to look whether there is something new.
type tickMsg struct{}

// tick asks for the next tickMsg. It is asked for only once the last was dealt
// with, so that a slow screen ticks slower.
func tick() tea.Cmd {
	return tea.Tick(refresh, func(time.Time) tea.Msg { return tickMsg{} })
}

// wallClock is the clock where [Options] has none.
func wallClock() time.Time { return time.Now() }
