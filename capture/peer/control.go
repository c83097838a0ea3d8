package peer

import (
	"context"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// A control is a frame that is written by the session's own goroutine, because
// who asks for it must not wait for the peer to read: the session's reader, and
// whoever closes a stream or has a deadline.
type control struct {
	frame  frame
	beat   *beat           // of a HeartRequest
	wanted context.Context // a HeartRequest that nobody waits for any more isn't sent
}

// controls are the frames that wait, in order.
type controls struct {
	ready chan struct{} // a token: there may be some

	mu         sync.Mutex
	waiting    []control
	heartbeats int // of waiting, how many are HeartRequests and HeartResponses
}

func newControls() *controls { return &controls{ready: make(chan struct{}, 1)} }

// push adds a frame. It fails where the peer asks for more HeartResponses than
// it reads; a FIN, of which each stream has one, is always taken.
func (x *controls) push(c control) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c.frame.command != protocol.FIN {
		if x.heartbeats >= maxBeats {
			return ErrTooManyHeartbeats
		}
		x.heartbeats++
	}
	x.waiting = append(x.waiting, c)
	wake(x.ready)
	return nil
}

// pop takes the oldest frame.
func (x *controls) pop() (c control, ok bool) {
	x.mu.Lock()
	defer x.mu.Unlock()
	if len(x.waiting) == 0 {
		return control{}, false
	}
	c = x.waiting[0]
	x.waiting = x.waiting[1:]
	if c.frame.command != protocol.FIN {
		x.heartbeats--
	}
	return c, true
}

// writeControls writes what is pushed until the session ends.
func (e *endpoint) writeControls() {
	for {
		c, ok := e.control.pop()
		if !ok {
			select {
			case <-e.control.ready:
				continue
			case <-e.done:
				return
			}
		}
		if c.wanted != nil && c.wanted.Err() != nil {
			continue
		}
		select {
		case <-e.w.turn:
		case <-e.done:
			return
		}
		if c.beat != nil {
			e.beats.sent(c.beat, time.Now())
		}
		err := e.w.write(c.frame)
		e.w.release()
		if err != nil {
			e.fail(err)
			return
		}
	}
}
