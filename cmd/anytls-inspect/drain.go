package main

import (
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
	// maxLag is how many events a drain records before it reads what came of them.
	// One event is a TLS record, which holds at most 2,341 frames.
	maxLag = 8
)

// A drain has the journal read, by the printer for the output, and by a gatherer for the
// report. Each has its own place in the journal, so that neither waits for the other: an
// output that takes nothing costs the report nothing.
//
// Something has to make them read. A live command records into the journal, which tells
// the drain that there is something new. A replay is faster than the journal is long: it
// records into the drain, whose readers read close behind, and hold the replay back while
// the output is written.
type drain struct {
	journal  *journal.Journal
	printer  *printer  // nil: nothing is printed
	gatherer *gatherer // nil: nothing is gathered
	readers  []reader  // those that there are

	mu  sync.Mutex // guards lag
	lag int        // events recorded since the last read
}

// A reader reads the journal from its own place on.
type reader interface {
	// read reads what the journal got since the last read.
	read()
	// flush does too, and leaves nothing in a buffer.
	flush()
}

// newDrain returns a drain whose readers have read nothing yet. It owns the writer and
// the collector; either may be nil. With payload, the writer gets the data of all frames.
// From when late is closed, the readers read no more, and say what they lack; it may be
// nil. Where the output can't be written, the drain calls broken, once, which must not
// block, nor call the drain.
func newDrain(j *journal.Journal, w export.Writer, payload bool, c *report.Collector, late <-chan struct{}, broken func(error)) *drain {
	d := &drain{journal: j}
	if w != nil {
		d.printer = &printer{journal: j, writer: w, late: late, broken: broken, batch: journal.Batch{Payload: payload}}
		d.readers = append(d.readers, d.printer)
	}
	if c != nil {
		d.gatherer = &gatherer{journal: j, late: late, collector: c}
		d.readers = append(d.readers, d.gatherer)
	}
	return d
}

// Record implements [capture.Sink]. It records into the journal, and has it read every
// few events.
func (d *drain) Record(e *capture.Event) {
	d.journal.Record(e)
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.lag++; d.lag < maxLag {
		return
	}
	d.lag = 0
	for _, r := range d.readers {
		r.read()
	}
}

// start has each reader flushed whenever the journal has something new, but not more
// often than each tick, in a goroutine that stop ends. Stop waits for a flush.
func (d *drain) start() (stop func()) {
	done := make(chan struct{})
	var wg sync.WaitGroup
	for _, r := range d.readers {
		wg.Go(func() { follow(d.journal, r, done) })
	}
	return func() {
		close(done)
		wg.Wait()
	}
}

// follow flushes a reader whenever the journal has something new, until done is closed.
func follow(j *journal.Journal, r reader, done <-chan struct{}) {
	var seen uint64
	began := time.Now() // a replay has the journal read by itself at first
	for {
		select {
		case <-j.Changed(seen):
		case <-done:
			return
		}
		select {
		case <-time.After(tick - time.Since(began)):
		case <-done:
			return
		}
		began, seen = time.Now(), j.Version()
		r.flush()
	}
}

// finish prints the rest and the summary, where anything is printed.
func (d *drain) finish() {
	if d.printer != nil {
		d.printer.finish()
	}
}

// printRest prints what there is until now, where anything is printed.
func (d *drain) printRest() {
	if d.printer != nil {
		d.printer.printRest()
	}
}

// shortfall returns what the output lacks.
func (d *drain) shortfall() shortfall {
	if d.printer == nil {
		return shortfall{}
	}
	return d.printer.shortfall()
}

// measure adds to a scenario what the journal and the gatherer know of the run. There
// must be a gatherer.
func (d *drain) measure(s report.Scenario) report.Scenario {
	d.gatherer.read()
	d.gatherer.mu.Lock()
	defer d.gatherer.mu.Unlock()
	return report.Measure(d.journal, d.gatherer.collector, s)
}

// A gatherer reads the journal for the report. What it lacks where it is late, the report
// says.
type gatherer struct {
	journal   *journal.Journal
	late      <-chan struct{} // closed when a signal leaves no time for more; nil: never
	mu        sync.Mutex      // guards the use of the collector
	collector *report.Collector
}

// read implements reader.
func (g *gatherer) read() {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.collector.ReadUntil(g.journal, g.late)
}

// flush implements reader.
func (g *gatherer) flush() { g.read() }
