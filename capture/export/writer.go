package export

import (
	"time"

	"anytls-inspect/capture/journal"
)

// A Writer writes what a caller reads from the journal. It buffers its output until
// Flush, or until its buffer is full. Its errors are those of the io.Writer below;
// after one of them it writes nothing more. A Writer is for one goroutine at a time.
type Writer interface {
	// Entry writes an entry, and keeps no part of it.
	Entry(*journal.Entry) error
	// Missed says that the journal evicted n entries before they could be written.
	Missed(n uint64) error
	// Summary writes the totals of the run. Nothing may follow them.
	Summary(journal.Totals) error
	// Flush writes what is buffered.
	Flush() error
}

// Options say what is written.
type Options struct {
	// Match chooses the frames that are written; nil: all of them. Notices are always
	// written.
	Match func(*journal.Entry) bool
	// Secrets asks for credentials and payload.
	Secrets bool
	// All asks the text for the effects of incidents, too, and for all that is known at the
	// end. JSON always has them.
	All bool
	// Today is a time of the day whose lines of text need no date, if all are of that day;
	// zero where each day has to be named.
	Today time.Time
}

func (o Options) skips(e *journal.Entry) bool {
	return e.IsFrame() && o.Match != nil && !o.Match(e)
}
