package pane

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/cell"
)

// A Pane is one of the screen's lists or descriptions. It asks the journal itself, and
// keeps the answer until it asks again.
type Pane interface {
	// Ask asks for what the pane has room to show in so many lines, as of a moment. Only
	// while the pane is on the screen does the model call it.
	Ask(at journal.Moment, lines int) Intent
	// Move moves the cursor, or scrolls. The pane then wants to ask again.
	Move(m Motion) Intent
	// Open opens what is chosen.
	Open() Intent
	// OpenHint says what Open opens, in a word for the footer; empty where it opens nothing.
	OpenHint() string
	// Back undoes what led here; nil where nothing in the pane did.
	Back() Intent
	// Draw draws the pane in w × h cells from its last answer; focused says that keys go
	// to it.
	Draw(s *Scene, w, h int, focused bool) cell.Content
}

// An ID names a pane of the screen. The panes ask in this order: what a pane chooses
// decides what the later ones ask for.
type ID int

// The panes. The number key of each is one higher.
const (
	SessionsID ID = iota
	StreamsID
	FramesID
	HeartbeatsID
	IncidentsID
	DetailID
	Count // how many there are
)

// String returns the pane's title.
func (id ID) String() string {
	return [...]string{"Sessions", "Streams", "Frames", "Heartbeats", "Incidents", "Detail"}[id]
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

// Scroll returns the first line that is shown after the motion, of a text that has no
// cursor: top was the first, end is the last that may be, and rows lines have room.
func (m Motion) Scroll(top, end, rows int) int {
	switch m {
	case ToTop:
		return 0
	case ToEnd:
		return end
	default:
		return max(min(top+m.rows(rows), end), 0)
	}
}

// A leaf is a pane from which nothing opens.
type leaf struct{}

// Open implements Pane.
func (leaf) Open() Intent { return nil }

// OpenHint implements Pane.
func (leaf) OpenHint() string { return "" }

// frozen tells whether a moment stays as it is.
func frozen(at journal.Moment) bool {
	_, is := at.(*journal.Snapshot)
	return is
}
