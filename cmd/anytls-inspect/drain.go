package main

import (
	"context"
	"errors"
	"sync"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/report"
)

const (
	// tick is how often a drain reads the journal, and live commands tell the
	// journal the time.
	tick = 50 * time.Millisecond
	// maxBatch is how many entries are handed on between two looks at the journal.
	maxBatch = 1024
	// maxLag is how many events a drain records before it reads what came of them.
	// One event is a TLS record, which holds at most 2,341 frames.
	maxLag = 8
)

// A drain reads all that the journal gets, once, and hands it on: to the output
// and to what gathers for the report. Where the output can't be written, the drain
// says so once, writes no more, and goes on gathering.
//
// Two things make it read. A live command starts a ticker, and its source records
// into the journal. A replay is faster than the journal is long, so its source
// records into the drain itself, which reads close behind and holds the source
// back while it writes.
type drain struct {
	journal   *journal.Journal
	writer    export.Writer      // nil: nothing is written
	collector *report.Collector  // nil: no report was asked for
	broken    context.CancelFunc // called with mu held, once, where the output can't be written

	mu     sync.Mutex // guards what follows, and the use of writer and collector
	batch  journal.Batch
	missed uint64 // entries that were evicted before they could be read
	lag    int    // events recorded since the last read
	err    error  // why the output broke off
}

// newDrain returns a drain that has read nothing yet. The writer and the collector
// are its own from now on; either may be nil. With payload, the writer gets the
// data of all frames. Broken is called, once, where the output can't be written:
// it must not block.
func newDrain(j *journal.Journal, w export.Writer, payload bool, c *report.Collector, broken context.CancelFunc) *drain {
	return &drain{
		journal: j, writer: w, collector: c, broken: broken,
		batch: journal.Batch{Payload: payload && w != nil},
	}
}

// Record implements [capture.Sink] for a source in one goroutine. It records into
// the journal.
func (d *drain) Record(e *capture.Event) {
	d.journal.Record(e)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lag++; d.lag >= maxLag {
		d.read()
	}
}

// start flushes each tick, in a goroutine of its own that ends when stop is called.
// Before each flush it calls onTick, if not nil, with the time.
func (d *drain) start(onTick func(now time.Time)) (stop func()) {
	ticks := time.NewTicker(tick)
	done := make(chan struct{})
	var wg sync.WaitGroup
	wg.Go(func() {
		for {
			select {
			case now := <-ticks.C:
				if onTick != nil {
					onTick(now)
				}
				d.flush()
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

// flush hands on what the journal got, and leaves nothing in the writer's buffer.
func (d *drain) flush() {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.read()
	d.write(export.Writer.Flush)
}

// finish hands on the rest and writes the summary, after which nothing is written.
// It returns why the output broke off.
func (d *drain) finish() error {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.read()
	d.write(export.Writer.Flush)
	if !d.writes() {
		return d.err
	}
	err := errors.Join(d.writer.Summary(d.journal.Totals()), d.writer.Flush())
	d.writer = nil
	return err
}

// measure adds to a scenario what the journal and the collector, which must not be
// nil, know of the run.
func (d *drain) measure(s report.Scenario) report.Scenario {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.read()
	s = report.Measure(d.journal, d.collector, s)
	s.Heartbeats.Missed = d.missed
	return s
}

// read hands on what the journal got since the last read. The caller holds mu.
func (d *drain) read() {
	d.lag = 0
	for (d.collector != nil || d.writes()) && d.journal.Read(&d.batch, maxBatch) {
		d.missed += d.batch.Missed
		if d.collector != nil {
			for i := range d.batch.Entries {
				d.collector.Add(&d.batch.Entries[i])
			}
		}
		d.write(d.writeBatch)
	}
}

// writes reports whether there is an output that has not broken off.
func (d *drain) writes() bool { return d.writer != nil && d.err == nil }

// write calls f with the writer, where there is one to write to. The caller holds
// mu.
func (d *drain) write(f func(export.Writer) error) {
	if !d.writes() {
		return
	}
	if d.err = f(d.writer); d.err != nil {
		d.broken()
	}
}

func (d *drain) writeBatch(w export.Writer) error {
	if d.batch.Missed > 0 {
		if err := w.Missed(d.batch.Missed); err != nil {
			return err
		}
	}
	for i := range d.batch.Entries {
		if err := w.Entry(&d.batch.Entries[i]); err != nil {
			return err
		}
	}
	return nil
}
