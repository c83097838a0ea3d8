package journal

// An Ask is a question to a journal, of which A is the answer. The Asks of this package
// are the only ones.
type Ask[A any] interface{ answer(j *Journal) A }

// Look answers a question. The answer is the caller's: a copy of what the journal held
// at that moment. Two answers are of two moments.
func Look[A any](j *Journal, ask Ask[A]) A { return ask.answer(j) }
