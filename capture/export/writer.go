package export

import "anytls-inspect/capture/journal"

// A Writer writes entries of the journal. What it writes may be buffered until
// Flush.
type Writer interface {
	// Entry writes an entry. A preamble is written as the auth event that
	// follows it.
	Entry(*journal.Entry) error
	// Missed says that so many entries were evicted before they could be written.
	Missed(n uint64) error
	// Summary writes the last line.
	Summary(journal.Totals) error
	Flush() error
}

// Options say what is written.
type Options struct {
	// Match says which frames are written; nil: all. Events always are.
	Match func(*journal.Entry) bool
	// Secrets asks for credentials and payload.
	Secrets bool
}

func (o Options) skips(e *journal.Entry) bool {
	return e.IsFrame() && o.Match != nil && !o.Match(e)
}
