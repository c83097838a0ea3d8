package main

import (
	"errors"
	"sync"

	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
)

// maxBatch is how many entries a printer takes out of the journal at once.
const maxBatch = 1024

// A printer reads all entries of the journal, once, and hands each to the writer of the
// output. What the journal evicted in the meantime, it tells the writer. Where the output
// can't be written, the printer writes no more.
type printer struct {
	journal *journal.Journal
	broken  func(error) // called with mu held, once, where the output can't be written

	mu      sync.Mutex // guards what follows, and the use of the writer
	writer  export.Writer
	batch   journal.Batch
	written uint64 // index of the newest entry of which it is known that it was written
	err     error  // why the output broke off
}

// read implements reader.
func (p *printer) read() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print()
}

// flush implements reader. It leaves nothing in the writer's buffer.
func (p *printer) flush() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print()
	p.write(p.empty)
}

// finish prints the rest and the summary, after which nothing is printed.
func (p *printer) finish() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.print()
	p.write(p.empty)
	p.write(func(w export.Writer) error {
		return errors.Join(w.Summary(p.journal.Totals()), w.Flush())
	})
	p.writer = nil
}

// missing returns how many of the newest entries were not written where the output was
// given up, and false where it was not. Of the first few of these, a part may be written.
func (p *printer) missing() (n uint64, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if !errors.Is(p.err, errGivenUp) {
		return 0, false
	}
	return journal.Look(p.journal, journal.AskSummary{}).Newest - p.written, true
}

// print hands on what the journal got since the last read. The caller holds mu.
func (p *printer) print() {
	for p.writes() && p.journal.Read(&p.batch, maxBatch) {
		p.write(p.writeBatch)
		if len(p.batch.Entries) == maxBatch { // the output is behind: how far is good to know
			p.write(p.empty)
		}
	}
}

// writes tells whether the output has neither ended nor broken off. The caller holds mu.
func (p *printer) writes() bool { return p.writer != nil && p.err == nil }

// write calls f with the writer, unless the output has ended or broken off. The caller
// holds mu.
func (p *printer) write(f func(export.Writer) error) {
	if !p.writes() {
		return
	}
	if p.err = f(p.writer); p.err != nil {
		p.broken(p.err)
	}
}

// writeBatch writes the batch that was read last.
func (p *printer) writeBatch(w export.Writer) error {
	if p.batch.Missed > 0 {
		if err := w.Missed(p.batch.Missed); err != nil {
			return err
		}
	}
	for i := range p.batch.Entries {
		if err := w.Entry(&p.batch.Entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// empty writes what is in the writer's buffer.
func (p *printer) empty(w export.Writer) error {
	if err := w.Flush(); err != nil {
		return err
	}
	p.written = max(p.batch.Next, 1) - 1
	return nil
}
