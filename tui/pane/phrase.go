package pane

import (
	"strings"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/tui/cell"
)

// A phrase says one thing in fewer and fewer words, the longest first. A column takes the
// first that it has room for: what a state is must not be cut in its middle.
type phrase []string

// in returns the phrase for a column of so many cells.
func (p phrase) in(cells int) string { return cell.Fitting(p, cells) }

// longest returns how many cells the phrase takes at most.
func (p phrase) longest() int {
	if len(p) == 0 {
		return 0
	}
	return cell.Width(cell.Harmless(p[0]))
}

// shortest returns how many cells the phrase takes at least.
func (p phrase) shortest() int {
	if len(p) == 0 {
		return 0
	}
	return cell.Width(cell.Harmless(p[len(p)-1]))
}

// brief returns the abbreviation of a peer: "cli", "srv".
func brief(p protocol.Peer) string {
	return [...]string{protocol.Client: "cli", protocol.Server: "srv"}[p]
}

// roughly returns a duration in its largest unit: "45s", "12m", "3h".
func roughly(d time.Duration) string {
	age := cell.Age(d)
	return age[:strings.IndexAny(age, "smhd")+1]
}
