package peer

import (
	"context"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// maxBeats bounds how many HeartRequests wait for their answers, the peer's
// to us and ours to the peer alike.
const maxBeats = 1024

// A beat is a HeartRequest of our own.
type beat struct {
	sentAt   time.Time
	answered chan time.Duration // gets the round-trip; holds one
}

// beats are our HeartRequests that have no answer yet, oldest first. Answers
// come in the order of the requests, and carry nothing else to tell them by. A
// request that nobody waits for any more stays, or its late answer would pass
// for the next one's.
type beats struct {
	mu   sync.Mutex
	owed []*beat
}

// sent enters a request that goes out now.
func (x *beats) sent(b *beat, at time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b.sentAt = at
	x.owed = append(x.owed, b)
}

// answer settles the oldest request. An answer that nobody asked for is
// ignored.
func (x *beats) answer(at time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.owed) == 0 {
		return
	}
	b := x.owed[0]
	x.owed = x.owed[1:]
	b.answered <- at.Sub(b.sentAt)
}

func (x *beats) unanswered() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.owed)
}

// heartbeat sends a HeartRequest and waits for its answer. The round-trip runs
// from the request's write to the answer's read.
func (e *endpoint) heartbeat(ctx context.Context) (time.Duration, error) {
	if e.beats.unanswered() >= maxBeats {
		return 0, ErrTooManyHeartbeats
	}
	b := &beat{answered: make(chan time.Duration, 1)}
	err := e.control.push(control{frame: frame{command: protocol.HeartRequest}, beat: b, wanted: ctx})
	if err != nil {
		return 0, err
	}
	select {
	case rtt := <-b.answered:
		return rtt, nil
	case <-ctx.Done():
		return 0, ctx.Err()
	case <-e.done:
		return 0, e.cause()
	}
}
