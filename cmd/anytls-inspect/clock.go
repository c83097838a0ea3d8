package main

import (
	"sync"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

// runClock tells the journal the time at each tick, in a goroutine: heartbeats are lost by
// the passing of time alone. The watch, if not nil, is told how late each tick is. Stop ends
// the goroutine, and tells the time once more.
func runClock(j *journal.Journal, w *report.Watch) (stop func()) {
	ticks := time.NewTicker(tick)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case due := <-ticks.C: // however late it is
				w.Fired(due, time.Now())
				j.Tick(due)
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
		w.Fired(now, now)
		j.Tick(now)
	}
}
