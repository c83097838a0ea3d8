package journal

// An Ask is a question to a journal, of which A is the answer. The Asks of this package
// are the only ones.
type Ask[A any] interface {
	answer(j *Journal) A
	asOf(s *Snapshot) A
}

// A Moment is when a question is answered for. A [Journal] answers as of now, a
// [Snapshot] as of when it was taken.
type Moment interface {
	// moment returns the journal, and the snapshot of it to ask; nil to ask as of now.
	moment() (*Journal, *Snapshot)
}

func (j *Journal) moment() (*Journal, *Snapshot)  { return j, nil }
func (s *Snapshot) moment() (*Journal, *Snapshot) { return s.journal, s }

// Look answers a question. The answer is the caller's: a copy of what the journal held
// at that moment. Two answers of a journal are of two moments. Those of a snapshot go
// together.
func Look[A any](at Moment, ask Ask[A]) A {
	j, s := at.moment()
	if s != nil {
		return ask.asOf(s)
	}
	return ask.answer(j)
}
