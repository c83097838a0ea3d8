package relay

import (
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// How much may wait in one direction.
const (
	maxItems   = 256       // frames
	maxWaiting = 256 << 10 // bytes of all frames together
)

// An outbox is what waits to be written in one direction, besides what its sender
// sends. The order within a stream is kept; the frames of other streams need not wait
// behind one that can't go yet. The zero value is empty. The lock of its link guards
// it.
type outbox struct {
	items []item // oldest first
	bytes int    // of all frames
}

// An item is a frame that waits.
type item struct {
	ticket capture.Ticket
	header protocol.Header
	frame  []byte // on the wire
	when   capture.When
	since  time.Time
}

// asks tells whether an item is a HeartRequest.
func (i *item) asks() bool { return i.header.Command == protocol.HeartRequest }

// full says why a frame does not fit in, nil where it does.
func (o *outbox) full(h protocol.Header) error {
	if h.Command == protocol.HeartRequest && o.requests() >= session.MaxQueued {
		return capture.ErrTooManyOwed
	}
	if len(o.items) >= maxItems || o.bytes+protocol.HeaderLen+int(h.Length) > maxWaiting {
		return capture.ErrOutboxFull
	}
	return nil
}

// requests returns how many HeartRequests wait.
func (o *outbox) requests() (n int) {
	for i := range o.items {
		if o.items[i].asks() {
			n++
		}
	}
	return n
}

// add puts an item behind the others.
func (o *outbox) add(it item) {
	if it.asks() && it.when == capture.WhenPossible {
		// Those before it can't be overtaken, so they need not wait any more either.
		for i := range o.items {
			o.items[i].when = capture.WhenPossible
		}
	}
	o.items = append(o.items, it)
	o.bytes += len(it.frame)
}

// next returns the index of the oldest item that may go, of which allowed decides; -1
// where there is none.
func (o *outbox) next(allowed func(*item) bool) int {
	for i := range o.items {
		it := &o.items[i]
		if allowed(it) && o.ahead(i) == i {
			return i
		}
	}
	return -1
}

// ahead returns the index of the oldest item of item i's stream, which goes first.
func (o *outbox) ahead(i int) int {
	stream := o.items[i].header.Stream
	return slices.IndexFunc(o.items, func(it item) bool { return it.header.Stream == stream })
}

// take removes an item and returns it.
func (o *outbox) take(i int) item {
	it := o.items[i]
	o.items = slices.Delete(o.items, i, i+1)
	o.bytes -= len(it.frame)
	if len(o.items) == 0 {
		*o = outbox{}
	}
	return it
}

// find returns the index of the item that a ticket names, -1 where none is left.
func (o *outbox) find(t capture.Ticket) int {
	return slices.IndexFunc(o.items, func(it item) bool { return it.ticket == t })
}
