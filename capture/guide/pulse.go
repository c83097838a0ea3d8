package guide

import (
	"context"
	"maps"
	"math"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
)

// maxPulsed bounds among how many sessions, the newest, those are looked for that are in use.
const maxPulsed = 512

// A pulse injects heartbeats toward both sides of the sessions in use, so far apart: those on which
// payload has moved since the beat before, and those that are kept. Clients that use a session once, or
// never end a stream, leave many behind, and the relay's own periodic heartbeats go into all of them:
// what is measured of one stream would be that of hundreds.
type pulse struct {
	journal  *journal.Journal
	registry *capture.Registry

	kept atomic.Pointer[usage] // the sessions of a stream that stays open; nil: there is none

	mu      sync.Mutex // guards stop
	stop    context.CancelFunc
	beating sync.WaitGroup
}

// A usage says of sessions how many frames of payload went over them, of those that have an open
// stream.
type usage map[capture.SessionID]uint64

// usage returns that of the newest sessions, as of now.
func (p *pulse) usage() usage {
	use := make(usage)
	rows := journal.Look(p.journal, journal.AskSessions{Window: journal.Window{From: math.MaxInt, Limit: maxPulsed}}).Rows
	for i := range rows {
		if s := &rows[i]; !s.Closed && s.StreamsOpen > 0 {
			use[s.ID] = s.State.Commands[protocol.ClientToServer][protocol.PSH] + s.State.Commands[protocol.ServerToClient][protocol.PSH]
		}
	}
	return use
}

// since returns the sessions on which payload has moved since another usage.
func (u usage) since(before usage) usage {
	moved := make(usage)
	for id, frames := range u {
		if frames > before[id] {
			moved[id] = frames
		}
	}
	return moved
}

// keep has heartbeats go into the sessions on which payload has moved since a usage, too.
func (p *pulse) keep(before usage) {
	moved := p.usage().since(before)
	p.kept.Store(&moved)
}

// release has them go there no more, unless payload moves.
func (p *pulse) release() { p.kept.Store(nil) }

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
		before := p.usage()
		for {
			select {
			case <-ticks.C:
				now := p.usage()
				p.inject(now.inUse(before, p.kept.Load()))
				before = now
			case <-ctx.Done():
				return
			}
		}
	})
}

// inUse returns the sessions on which payload has moved since a usage, and those of kept, if there are
// any, that are there yet.
func (u usage) inUse(before usage, kept *usage) []capture.SessionID {
	use := u.since(before)
	if kept != nil {
		for id := range *kept {
			if frames, there := u[id]; there {
				use[id] = frames
			}
		}
	}
	return slices.Sorted(maps.Keys(use))
}

// inject injects one in each direction of the sessions that none waits in already.
func (p *pulse) inject(sessions []capture.SessionID) {
	for _, id := range sessions {
		waiting := p.registry.Waiting(id)
		for _, to := range peers {
			if !slices.ContainsFunc(waiting, func(w capture.Waiting) bool { return w.Toward == to }) {
				// Where it can't be injected, it is none of those that are measured.
				_, _ = p.registry.Inject(id, capture.Insert{Toward: to, Frame: protocol.Frame{Command: protocol.HeartRequest}})
			}
		}
	}
}
