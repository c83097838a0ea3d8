package main

import (
	"context"
	"os"
	"os/signal"
	"sync"
	"time"
)

// endAtSecond has a second signal end the process at once, as it ends one of other commands, but
// not before end has returned: it ends what would outlive the process. It is called before the
// signals are taken over. Stop ends its goroutine, unless the process is about to end.
func endAtSecond(end func()) (stop func()) {
	signals := make(chan os.Signal, 2)
	signal.Notify(signals, endSignals()...)
	done := make(chan struct{})
	var waiting sync.WaitGroup
	waiting.Go(func() { // until stop is called
		for range 2 {
			select {
			case <-signals:
			case <-done:
				return
			}
		}
		end()
		os.Exit(exitFailed)
	})
	return func() {
		signal.Stop(signals)
		close(done)
		waiting.Wait()
	}
}

// programPatience is how long programs may take to end after a signal: the run has to end within a
// second.
const programPatience = 600 * time.Millisecond

// hurryPrograms has programs killed that have not ended soon after the end of ctx.
func hurryPrograms(ctx context.Context, kill func()) (stop func()) {
	var late *time.Timer
	set := make(chan struct{})
	forget := context.AfterFunc(ctx, func() {
		late = time.AfterFunc(programPatience, kill)
		close(set)
	})
	return func() {
		if !forget() {
			<-set
			late.Stop()
		}
	}
}
