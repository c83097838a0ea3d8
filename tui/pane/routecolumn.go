package pane

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/tui/cell"
)

// maxRouteCells is the most that the column of routes takes: room for an address.
const maxRouteCells = 15

// routeCells returns the width of the column that names each session's route: 0, which
// leaves it out, where there is one route, which has no name.
func routeCells(rows []journal.SessionRow) int {
	widest := 0
	for i := range rows {
		widest = max(widest, cell.Width(cell.Harmless(rows[i].Route)))
	}
	if widest == 0 {
		return 0
	}
	return min(max(widest, len("route")), maxRouteCells)
}
