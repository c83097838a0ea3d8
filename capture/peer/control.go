package peer

import (
	"context"
	"sync"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A control is a control frame that waits for the control writer: a HeartRequest, a
// HeartResponse or a FIN. Those who ask for one must not wait for the peer to read: the
// reader, whoever closes a stream, and whoever has a deadline.
type control struct {
	frame  frame
	beat   *beat           // of a HeartRequest
	wanted context.Context // of a HeartRequest: it isn't sent after this ends; nil: it always is
}

// controls are the queue of control frames.
type controls struct {
	ready chan struct{} // holds a token where frames may be waiting

	mu         sync.Mutex
	waiting    []control // oldest first
	heartbeats int       // how many of them are HeartRequests and HeartResponses
}

func newControls() *controls { return &controls{ready: make(chan struct{}, 1)} }

// push adds a frame. It fails with [ErrTooManyHeartbeats] where [session.MaxOwed] HeartRequests
// and HeartResponses wait, as with a peer that asks for more HeartResponses than it
// reads. A FIN is always taken: each stream has one.
func (x *controls) push(c control) error {
	x.mu.Lock()
	defer x.mu.Unlock()
	if c.frame.command != protocol.FIN {
		if x.heartbeats >= session.MaxOwed {
			return ErrTooManyHeartbeats
		}
		x.heartbeats++
	}
	x.waiting = append(x.waiting, c)
	wake(x.ready)
	return nil
}

// pop takes the oldest frame out; ok is false where there is none.
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

// writeControls is the control writer. It writes what is pushed until the session ends.
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
			e.broken(err)
			return
		}
	}
}
