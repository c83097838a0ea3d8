package guide

import (
	"context"
	"math"
	"slices"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// maxPulsed bounds among how many sessions, the newest, those are looked for that are in use.
const maxPulsed = 512

// A pulse injects heartbeats toward both sides of the sessions that have an open stream, so far
// apart. Clients that use a session once leave many behind, and the relay's own periodic
// heartbeats go into all of them: what is measured of one stream would be that of hundreds.
type pulse struct {
	journal  *journal.Journal
	registry *capture.Registry

	mu      sync.Mutex // guards stop
	stop    context.CancelFunc
	beating sync.WaitGroup
}

// beat has heartbeats injected from now on; 0: none any more. Its goroutine ends then.
func (p *pulse) beat(every time.Duration) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.stop != nil {
		p.stop()
		p.beating.Wait()
		p.stop = nil
	}
	if every <= 0 {
		return
	}
	ctx, stop := context.WithCancel(context.Background())
	p.stop = stop
	p.beating.Go(func() {
		ticks := time.NewTicker(every)
		defer ticks.Stop()
		for {
			select {
			case <-ticks.C:
				p.inject()
			case <-ctx.Done():
				return
			}
		}
	})
}

// inject injects one in each direction that none waits in already.
func (p *pulse) inject() {
	rows := journal.Look(p.journal, journal.AskSessions{Window: journal.Window{From: math.MaxInt, Limit: maxPulsed}}).Rows
	for i := range rows {
		if rows[i].Closed || rows[i].StreamsOpen == 0 {
			continue
		}
		waiting := p.registry.Waiting(rows[i].ID)
		for _, to := range peers {
			if !slices.ContainsFunc(waiting, func(w capture.Waiting) bool { return w.Toward == to }) {
				// Where it can't be injected, it is none of those that are measured.
				_, _ = p.registry.Inject(rows[i].ID, capture.Insert{Toward: to, Frame: protocol.Frame{Command: protocol.HeartRequest}})
			}
		}
	}
}
