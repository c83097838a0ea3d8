package demo

import (
	"errors"
	"sync"
	"time"
)

// Stats is what a demo's clients have done.
type Stats struct {
	Done     uint64 // requests that ended as they had to
	Refused  uint64 // of those, how many had to be refused by their target
	Failed   uint64 // requests that did not; LastFailure says what happened
	Down, Up uint64 // payload bytes that arrived and were what they had to be
	Sessions uint64 // sessions that were opened

	Heartbeats     uint64 // of the clients' own, that were answered
	LostHeartbeats uint64 // that were not, within their time
	LastRTT        time.Duration

	LastFailure string // printable
}

// A tally counts.
type tally struct {
	mu  sync.Mutex
	now Stats
	// counted, where there is one, is told of each request: for tests.
	counted func(Stats)
}

func (t *tally) stats() Stats {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.now
}

// count changes the counters.
func (t *tally) count(change func(*Stats)) {
	t.mu.Lock()
	defer t.mu.Unlock()
	change(&t.now)
}

// request counts a request of the given kind, and what came of it.
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

// errAsExpected is what a request that had to be refused returns.
var errAsExpected = errors.New("refused, as it had to be")
