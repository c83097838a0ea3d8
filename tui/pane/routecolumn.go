package pane

import (
	"slices"

	"anytls-inspect/capture/journal"
)

// routeWidth is how many cells the column of routes has: room for an address.
const routeWidth = 15

// routeCells returns the width of the column that names each session's route: 0, which
// leaves it out, where there is one route, which has no name.
func routeCells(rows []journal.SessionRow) int {
	if slices.ContainsFunc(rows, func(r journal.SessionRow) bool { return r.Route != "" }) {
		return routeWidth
	}
	return 0
}
