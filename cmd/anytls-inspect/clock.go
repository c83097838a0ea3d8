package main

import (
	"sync"
	"time"

	"anytls-inspect/capture/journal"
)

// runClock tells the journal the time at each tick, in a goroutine: heartbeats are lost by
// the passing of time alone. Stop ends the goroutine, and tells the time once more.
func runClock(j *journal.Journal) (stop func()) {
	ticks := time.NewTicker(tick)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case now := <-ticks.C:
				j.Tick(now)
			case <-done:
				return
			}
		}
	})
	return func() {
		ticks.Stop()
		close(done)
		wg.Wait()
		j.Tick(time.Now())
	}
}
