package session

import "time"

// Forget takes the request off the ledger that an answer with a stream id would have settled:
// a rule dropped that answer, so that nobody gets it. Later answers settle what they would have
// settled behind it. It returns the request, and false where none is owed an answer.
func (l *Ledger) Forget(stream uint32) (Request, bool) {
	if l.owed == 0 {
		return Request{}, false
	}
	i, _ := l.match(stream)
	return l.take(i, time.Time{}, false).Request, true
}
