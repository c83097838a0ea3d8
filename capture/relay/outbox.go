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
	frame  protocol.Frame // its data is a part of wire
	wire   []byte
	when   capture.When
	since  time.Time
	due    time.Time   // it does not go before; zero: it may at once
	alarm  *time.Timer // goes off when it is due; nil: it is due already
}

// newItem returns an item with a copy of a frame.
func newItem(t capture.Ticket, in *capture.Insert, now time.Time) (item, error) {
	wire, err := in.Frame.Append(nil)
	if err != nil {
		return item{}, err
	}
	it := item{ticket: t, frame: in.Frame, wire: wire, when: in.When, since: now, due: in.Due}
	it.frame.Data = wire[protocol.HeaderLen:]
	return it, nil
}

// asks tells whether an item is a HeartRequest.
func (i *item) asks() bool { return i.frame.Command == protocol.HeartRequest }

// full says why an item does not fit in, nil where it does.
func (o *outbox) full(it *item) error {
	if it.asks() && o.requests() >= session.MaxQueued {
		return capture.ErrTooManyOwed
	}
	if len(o.items) >= maxItems || o.bytes+len(it.wire) > maxWaiting {
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
	o.items = append(o.items, it)
	o.bytes += len(it.wire)
}

// next returns the index of the oldest item that may go now, -1 where there is none.
func (o *outbox) next(now time.Time, h hold) int {
	for i := range o.items {
		if o.ahead(i) == i && !o.items[i].due.After(now) && o.held(i, h) == capture.Written {
			return i
		}
	}
	return -1
}

// ahead returns the index of the oldest item of item i's stream, which goes first.
func (o *outbox) ahead(i int) int {
	stream := o.items[i].frame.Stream
	return slices.IndexFunc(o.items, func(it item) bool { return it.frame.Stream == stream })
}

// forced tells whether item i was told not to wait, or a later one of its stream, which
// must not overtake it.
func (o *outbox) forced(i int) bool {
	stream := o.items[i].frame.Stream
	return slices.ContainsFunc(o.items[i:], func(it item) bool {
		return it.when == capture.WhenPossible && it.frame.Stream == stream
	})
}

// take removes an item and returns it.
func (o *outbox) take(i int) item {
	it := o.items[i]
	if it.alarm != nil {
		it.alarm.Stop()
	}
	o.items = slices.Delete(o.items, i, i+1)
	o.bytes -= len(it.wire)
	if len(o.items) == 0 {
		*o = outbox{}
	}
	return it
}

// empty removes all items.
func (o *outbox) empty() {
	for len(o.items) > 0 {
		o.take(len(o.items) - 1)
	}
}

// find returns the index of the item that a ticket names, -1 where none is left.
func (o *outbox) find(t capture.Ticket) int {
	return slices.IndexFunc(o.items, func(it item) bool { return it.ticket == t })
}
