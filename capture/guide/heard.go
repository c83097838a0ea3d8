package guide

import (
	"context"

	"anytls-inspect/capture/report"
)

// maxHeard bounds how much of a log is looked at for why a step failed, in bytes.
const maxHeard = 1 << 20

// hear has the rig's logs be of a step from now on.
func (g *rig) hear() {
	for _, p := range peers {
		e := &g.ends[p]
		e.heardFrom = sizeOf(e.log())
	}
}

// heard returns an error of each end that has logged any in the step.
func (g *rig) heard(ctx context.Context) (list []report.Quote) {
	for _, p := range peers {
		e := &g.ends[p]
		path := e.log()
		if path == "" {
			continue
		}
		found, err := e.Patterns.ReadLog(ctx, path, max(e.heardFrom, sizeOf(path)-maxHeard), -1)
		if err == nil && found.Trouble.Errors > 0 {
			list = append(list, report.Quote{Peer: p.String(), Line: found.Trouble.First})
		}
	}
	return list
}
