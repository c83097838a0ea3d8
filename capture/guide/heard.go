package guide

import (
	"context"

	"anytls-inspect/capture/report"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// maxHeard bounds how much of a log is looked at for why a step failed, in bytes.
const maxHeard = 1 << 20

// A moment of a rig is how far its logs are, in bytes, and what is due in them, as its journal counts.
type moment struct {
	logs protocol.ByPeer[int64]
	due  protocol.ByPeer[session.TowardFigures]
}

// now returns the moment.
func (g *rig) now() (m moment) {
	totals := g.relaying.journal.Totals()
	for _, p := range peers {
		m.logs[p], m.due[p] = sizeOf(g.ends[p].log()), totals.Toward(p)
	}
	return m
}

// hear has the rig's logs be of a step from now on.
func (g *rig) hear() { g.step = g.now() }

// heard returns an error of each end that has logged any in the step.
func (g *rig) heard(ctx context.Context) (list []report.Quote) {
	for _, p := range peers {
		e := &g.ends[p]
		path := e.log()
		if path == "" {
			continue
		}
		found, err := e.Patterns.ReadLog(ctx, path, max(e.logFrom, g.step.logs[p], sizeOf(path)-maxHeard), -1)
		if err == nil && found.Trouble.Errors > 0 {
			list = append(list, report.Quote{Peer: p.String(), Line: found.Trouble.First})
		}
	}
	return list
}
