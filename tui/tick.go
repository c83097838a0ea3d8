package tui

import (
	"time"

	tea "charm.land/bubbletea/v2"
)

const (
	// refresh is how often the screen looks whether the journal has something new.
	refresh = 50 * time.Millisecond
	// aging is how often a screen that stands still is drawn anew, for its ages.
	aging = time.Second
)

// A tickMsg tells the model to look whether there is something new.
type tickMsg struct{}

// tick returns the command that sends the next tickMsg. The model asks for it when
// it has dealt with the last one, so that a slow screen ticks slower. The
// command's goroutine ends with its timer.
func tick() tea.Cmd {
	return tea.Tick(refresh, func(time.Time) tea.Msg { return tickMsg{} })
}

// wallClock is the clock where [Options] has none.
func wallClock() time.Time { return time.Now() }
