package pane

import (
	"anytls-inspect/tui/cell"
)

// A Pane is one of the screen's lists or descriptions. Only while it is on the
// screen does the model call Ask, Answer and Draw.
type Pane interface {
	// Ask enters into the query what the pane has room to show in so many lines.
	Ask(q *Query, lines int)
	// Answer takes the pane's part of what the journal answered. The pane may keep
	// it, and must not change it.
	Answer(v *View)
	// Move moves the cursor, or scrolls.
	Move(m Motion)
	// Draw draws the pane in w × h cells; focused says that keys go to it.
	Draw(s *Scene, w, h int, focused bool) cell.Content
}

// A Motion says how a cursor moves.
type Motion int

// The motions, each for a key. ToTop and ToEnd go to the list's ends; ToEnd begins
// to follow.
const (
	LineUp Motion = iota
	LineDown
	PageUp
	PageDown
	ToTop
	ToEnd
)

// rows returns how many rows a line's or a page's motion goes down in a window of
// so many rows. A page leaves one row in sight, to read on from.
func (m Motion) rows(window int) int {
	page := max(window-1, 1)
	return [...]int{LineUp: -1, LineDown: 1, PageUp: -page, PageDown: page}[m]
}
