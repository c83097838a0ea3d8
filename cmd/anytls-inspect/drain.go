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
	// tick is how often a drain is flushed at most, and how often a live command tells
	// the journal the time.
	tick = 50 * time.Millisecond
	// maxBatch is how many entries a drain takes out of the journal at once.
	maxBatch = 1024
	// maxLag is how many events a drain records before it reads what came of them.
	// One event is a TLS record, which holds at most 2,341 frames.
	maxLag = 8
)

// A drain reads all entries of the journal, once, and hands each to the writer of
// the output and to the report's collector. Where the output can't be written, the
// drain says so once, writes no more, and goes on collecting. What follows from
// that for the run is up to the caller.
//
// Something has to make it read. A live command records into the journal, which tells
// the drain that there is something new. A replay is faster than the journal is long: it
// records into the drain, which reads close behind, and holds the replay back while it
// writes.
type drain struct {
	journal   *journal.Journal
	writer    export.Writer      // nil: nothing is written
	collector *report.Collector  // nil: nothing is collected
	broken    context.CancelFunc // called with mu held, once, where the output can't be written

	mu     sync.Mutex // guards what follows, and the use of writer and collector
	batch  journal.Batch
	missed uint64 // entries that were evicted before they could be read
	lag    int    // events recorded since the last read
	err    error  // why the output broke off
}

// newDrain returns a drain that has read nothing yet. It owns the writer and the
// collector; either may be nil. With payload, the writer gets the data of all
// frames. Broken must not block, nor call the drain.
func newDrain(j *journal.Journal, w export.Writer, payload bool, c *report.Collector, broken context.CancelFunc) *drain {
	return &drain{
		journal: j, writer: w, collector: c, broken: broken,
		batch: journal.Batch{Payload: payload && w != nil},
	}
}

// Record implements [capture.Sink]. It records into the journal, and reads every
// few events.
func (d *drain) Record(e *capture.Event) {
	d.journal.Record(e)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lag++; d.lag >= maxLag {
		d.read()
	}
}

// start flushes the drain whenever the journal has something new, but not more often
// than each tick, in a goroutine that stop ends. A drain that hands on nothing is left
// alone.
func (d *drain) start() (stop func()) {
	if d.writer == nil && d.collector == nil {
		return func() {}
	}
	done := make(chan struct{})
	began := time.Now() // a replay reads by itself what it records at first
	var wg sync.WaitGroup
	wg.Go(func() {
		var seen uint64
		for {
			select {
			case <-d.journal.Changed(seen):
			case <-done:
				return
			}
			select {
			case <-time.After(tick - time.Since(began)):
			case <-done:
				return
			}
			began, seen = time.Now(), d.journal.Version()
			d.flush()
		}
	})
	return func() {
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

// measure adds to a scenario what the journal and the collector know of the run.
// There must be a collector.
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

// writes tells whether there is an output that has not broken off.
func (d *drain) writes() bool { return d.writer != nil && d.err == nil }

// write calls f with the writer, unless there is none or it broke off. The caller
// holds mu.
func (d *drain) write(f func(export.Writer) error) {
	if !d.writes() {
		return
	}
	if d.err = f(d.writer); d.err != nil {
		d.broken()
	}
}

// writeBatch writes the batch that was read last.
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
