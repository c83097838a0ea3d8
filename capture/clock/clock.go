// Package clock tells the time to what can't know it by itself. A journal is told what peers do,
// and a heartbeat is lost by the passing of time alone.
package clock

import (
	"sync"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// tick is how often the time is told.
const tick = 50 * time.Millisecond

// Run tells a journal the time at each tick, in a goroutine. The watch, which may be nil, is told how
// late each tick is. Stop ends the goroutine, and tells the journal the time once more.
func Run(j *journal.Journal, w *report.Watch) (stop func()) {
	return eachTick(func(due, now time.Time) {
		w.Fired(due, now)
		j.Tick(due)
	})
}

// eachTick calls tell at each tick, in a goroutine, with the time at which the tick was due.
// Stop ends the goroutine, and calls tell once more.
func eachTick(tell func(due, now time.Time)) (stop func()) {
	ticks := time.NewTicker(tick)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case due := <-ticks.C: // says when it was due, also where it comes late
				tell(due, time.Now())
			case <-done:
				return
			}
		}
	})
	return func() {
		ticks.Stop()
		close(done)
		wg.Wait()
		now := time.Now()
		tell(now, now)
	}
}
