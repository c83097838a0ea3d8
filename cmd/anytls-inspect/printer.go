package main

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
)

// maxBatch is how many entries a printer takes out of the journal at once.
const maxBatch = 1024

// lastEntries is how long a printer that is late prints at the very end.
const lastEntries = 100 * time.Millisecond

// A printer reads all entries of the journal, once, and hands each to the writer of the
// output. What the journal evicted in the meantime, it tells the writer. Where the output
// can't be written, the printer writes no more; where it is late, no more than a summary.
type printer struct {
	journal *journal.Journal
	late    <-chan struct{} // closed when a signal leaves no time for a backlog; nil: never
	broken  func(error)     // called with mu held, once, where the output can't be written

	mu      sync.Mutex // guards what follows, and the use of the writer
	writer  export.Writer
	batch   journal.Batch
	handed  uint64    // index of the newest entry that the writer was given
	written uint64    // index of the newest entry of which it is known that it was written
	last    time.Time // until when entries are printed though it is late; zero: they are not
	evicted uint64    // how many entries were, before they could be written
	err     error     // why the output broke off
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

// printRest prints what there is until now, for which there is a moment though it is late:
// the end of a run itself can have entries.
func (p *printer) printRest() {
	p.mu.Lock()
	p.last = time.Now().Add(lastEntries)
	p.mu.Unlock()
	p.flush()
}

// finish prints the rest and the summary, after which nothing is printed.
func (p *printer) finish() {
	p.flush()
	p.mu.Lock()
	defer p.mu.Unlock()
	p.write(func(w export.Writer) error {
		return errors.Join(w.Summary(p.journal.Totals()), w.Flush())
	})
	p.writer = nil
}

// A shortfall says what an output lacks, and why. Of the first few entries of it, a part
// may be written.
type shortfall struct {
	entries uint64
	why     error // errGivenUp, errNoTime, errEvicted; nil: it lacks nothing
}

// errEvicted says that an output was too slow for what the journal can keep.
var errEvicted = errors.New("entries were evicted before they could be written")

// shortfall returns what the output lacks of what the journal got until now. It knows
// nothing of an output that failed by itself.
func (p *printer) shortfall() shortfall {
	p.mu.Lock()
	defer p.mu.Unlock()
	newest := journal.Look(p.journal, journal.AskSummary{}).Newest
	switch {
	case isGivenUp(p.err):
		return shortfall{newest - p.written, p.err}
	case p.writes() && p.isLate() && newest > p.handed:
		return shortfall{newest - p.handed, errNoTime}
	case p.evicted > 0:
		return shortfall{p.evicted, errEvicted}
	default:
		return shortfall{}
	}
}

// text returns the shortfall of standard output as a line for the user.
func (s shortfall) text() string {
	switch {
	case errors.Is(s.why, errGivenUp):
		return fmt.Sprintf("standard output took nothing to the end; entries that were not written: %d", s.entries)
	case errors.Is(s.why, errNoTime):
		return fmt.Sprintf("standard output: there was no time for the rest: %d entries were not written", s.entries)
	default:
		return fmt.Sprintf("standard output is not whole: %d entries were evicted before they could be written; keep more with --history-frames", s.entries)
	}
}

// print hands on what the journal got since the last read. The caller holds mu.
func (p *printer) print() {
	for p.writes() && !p.isLate() && p.journal.Read(&p.batch, maxBatch) {
		p.write(p.writeBatch)
		if len(p.batch.Entries) == maxBatch { // the output is behind: how far is good to know
			p.write(p.empty)
		}
	}
}

// writes tells whether the output has neither ended nor broken off. The caller holds mu.
func (p *printer) writes() bool { return p.writer != nil && p.err == nil }

// isLate tells whether there is no time for more entries. The caller holds mu.
func (p *printer) isLate() bool {
	select {
	case <-p.late: // never, where it is nil
		return time.Now().After(p.last)
	default:
		return false
	}
}

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

// writeBatch writes the batch that was read last, unless it gets late. A filter may take
// long for each entry.
func (p *printer) writeBatch(w export.Writer) error {
	first := p.batch.Next - uint64(len(p.batch.Entries))
	if p.batch.Missed > 0 {
		p.evicted += p.batch.Missed
		if err := w.Missed(p.batch.Missed); err != nil {
			return err
		}
	}
	for i := range p.batch.Entries {
		if p.isLate() {
			p.batch.Next = first + uint64(i) // the rest is unread
			return nil
		}
		if err := w.Entry(&p.batch.Entries[i]); err != nil {
			return err
		}
		p.handed = first + uint64(i)
	}
	return nil
}

// empty writes what is in the writer's buffer.
func (p *printer) empty(w export.Writer) error {
	if err := w.Flush(); err != nil {
		return err
	}
	p.written = p.handed
	return nil
}
