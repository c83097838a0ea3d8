package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
)

// A written sink records into a journal, and keeps what is written from it close
// behind: a capture is read faster than the journal is long. It is the sink of
// one goroutine; another may flush.
type written struct {
	journal *journal.Journal
	report  *reportFlags
	w       export.Writer // nil: nothing is written
	stop    context.CancelFunc

	mu    sync.Mutex
	batch journal.Batch
	since int // events since it was drained
	err   error
}

// lag is how many events are recorded before what came of them is written. One
// event is a TLS record, which holds at most 2,341 frames.
const lag = 8

func newWritten(j *journal.Journal, r *reportFlags, w export.Writer, payload bool, stop context.CancelFunc) *written {
	return &written{journal: j, report: r, w: w, batch: journal.Batch{Payload: payload}, stop: stop}
}

// Record implements [capture.Sink].
func (o *written) Record(e *capture.Event) {
	o.journal.Record(e)
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.since++; o.since >= lag {
		o.drain(false)
	}
}

// drain writes what the journal got. Where that fails, all ends: nobody reads
// it. o.mu is held.
func (o *written) drain(flush bool) {
	o.since = 0
	o.report.gather(o.journal)
	if o.w == nil || o.err != nil {
		return
	}
	for o.journal.Read(&o.batch, batch) {
		if o.err = writeBatch(&o.batch, o.w); o.err != nil {
			break
		}
	}
	if o.err == nil && flush {
		o.err = o.w.Flush()
	}
	if o.err != nil {
		o.stop()
	}
}

// flushOften writes what there is now and then, also where a pipe brings nothing
// more for a while. It returns what ends that.
func (o *written) flushOften() (stop func()) {
	ticks := time.NewTicker(tick)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case <-ticks.C:
				o.mu.Lock()
				o.drain(true)
				o.mu.Unlock()
			case <-done:
				return
			}
		}
	})
	return func() {
		ticks.Stop()
		close(done)
		wg.Wait()
	}
}

// finish writes the rest and the summary.
func (o *written) finish() error {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.drain(true)
	if o.w == nil || o.err != nil {
		return o.err
	}
	return errors.Join(o.w.Summary(o.journal.Totals()), o.w.Flush())
}
