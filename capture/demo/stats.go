package demo

import (
	"errors"
	"sync"
)

// Stats counts what a demo's clients have done.
type Stats struct {
	Done     uint64 // requests that ended as expected
	Refused  uint64 // of Done, those that their target had to refuse
	Failed   uint64 // requests that did not end as expected; LastFailure says how the last ended
	Down, Up uint64 // payload bytes that arrived and were the expected ones
	Sessions uint64 // sessions that were opened

	Heartbeats     uint64 // HeartRequests of the clients that were answered
	LostHeartbeats uint64 // HeartRequests of the clients that were not answered in time

	LastFailure string // safe to print
}

// A tally keeps the Stats.
type tally struct {
	mu  sync.Mutex
	now Stats
	// counted is called after each request, with the Stats so far; nil: nothing is.
	// Tests set it before the demo runs.
	counted func(Stats)
}

// stats returns the Stats so far.
func (t *tally) stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// count lets change change the Stats.
func (t *tally) count(change func(*Stats)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.now)
}

// request counts a request of an activity, and its result.
func (t *tally) request(kind string, err error) {
	t.count(func(s *Stats) {
		switch {
		case err == nil:
			s.Done++
		case errors.Is(err, errAsExpected):
			s.Done++
			s.Refused++
		default:
			s.Failed++
			s.LastFailure = kind + ": " + err.Error()
		}
	})
	if t.counted != nil {
		t.counted(t.stats())
	}
}

// errAsExpected is returned by a round whose request had to be refused, and was.
var errAsExpected = errors.New("refused, as it had to be")
