package peer

import (
	"context"
	"sync"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A beat is a HeartRequest of this end.
type beat struct {
	sentAt   time.Time          // set when it is written
	answered chan time.Duration // gets the round-trip; it has room for it
}

// beats are the HeartRequests of this end that were sent and not answered. A
// HeartResponse says nothing of its request: responses come in the order of the
// requests. A request that nobody waits for stays, so that its late response is not
// taken for the next one's.
type beats struct {
	mu   sync.Mutex
	owed []*beat // oldest first
}

// sent adds a request that is about to be written.
func (x *beats) sent(b *beat, at time.Time) {
	x.mu.Lock()
	defer x.mu.Unlock()
	b.sentAt = at
	x.owed = append(x.owed, b)
}

// answer settles the oldest request with a response that was read at this time. It
// ignores a response that nobody asked for.
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

// unanswered returns the number of requests without a response.
func (x *beats) unanswered() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.owed)
}

// heartbeat is [Client.Heartbeat], for either end.
func (e *endpoint) heartbeat(ctx context.Context) (time.Duration, error) {
	if e.beats.unanswered() >= session.MaxOwed {
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
