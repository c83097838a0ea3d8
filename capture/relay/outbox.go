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
	maxHeld    = 512 << 10 // bytes of what came and waits, by which a link stops reading
	maxCame    = 1024      // frames of these, since each costs more than its bytes
)

// An outbox is what waits to be written in one direction: frames that are inserted, and
// frames that came, and that rules hold. The order within a stream is kept over both; the
// frames of other streams need not wait behind one that can't go yet, unless it keeps all of
// the direction. The zero value is empty. The lock of its link guards it.
type outbox struct {
	items []item // oldest first
	bytes int    // of all frames that are inserted
	came  int    // how many frames have come
	held  int    // bytes of these
}

// An item is a frame that waits.
type item struct {
	ticket capture.Ticket
	frame  protocol.Frame // its data is a part of wire, or of what came
	wire   []byte         // nil where the frame came
	came   *passage       // the frame came, and goes on with its program; nil: it is inserted
	all    bool           // what is behind it waits for it, whatever its stream
	rule   uint16         // that inserts it; 0: none does
	raw    bool           // it is inserted, and wire is no frame
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
	it := item{ticket: t, frame: in.Frame, wire: wire, when: in.When, since: now, due: in.Due, rule: in.Rule}
	it.frame.Data = wire[protocol.HeaderLen:]
	return it, nil
}

// asks tells whether an item is a HeartRequest.
func (i *item) asks() bool {
	return i.came == nil && !i.raw && i.frame.Command == protocol.HeartRequest
}

// blocks tells whether a frame of a stream that is behind the item must wait for it.
func (i *item) blocks(stream uint32) bool { return i.all || i.frame.Stream == stream }

// full says why an item does not fit in, nil where it does.
func (o *outbox) full(it *item) error {
	if it.asks() && o.requests() >= session.MaxQueued {
		return capture.ErrTooManyOwed
	}
	if len(o.items)-o.came >= maxItems || o.bytes+len(it.wire) > maxWaiting {
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
func (o *outbox) add(it item) { o.put(len(o.items), it) }

// put puts an item before item i.
func (o *outbox) put(i int, it item) {
	o.items = slices.Insert(o.items, i, it)
	o.bytes += len(it.wire)
	if it.came != nil {
		o.came++
		o.held += len(it.came.Wire)
	}
}

// next returns the index of the oldest item that may go now, -1 where there is none. refused
// says that nothing is inserted now: only what came goes.
func (o *outbox) next(now time.Time, h hold, refused bool) int {
	for i := range o.items {
		it := &o.items[i]
		switch {
		case it.came != nil && it.came.cancelled:
			return i
		case it.due.After(now) || o.ahead(i) != i:
		case it.came != nil || !refused && o.keeps(i, h) == capture.Written:
			return i
		}
	}
	return -1
}

// ahead returns the index of the oldest item that item i waits for, which goes first: i where
// there is none.
func (o *outbox) ahead(i int) int {
	stream := o.items[i].frame.Stream
	for j := range i {
		if o.items[j].blocks(stream) {
			return j
		}
	}
	return i
}

// blocker returns the oldest frame that came, and that one of a stream must wait for which
// comes now: nil where there is none.
func (o *outbox) blocker(stream uint32) *passage {
	if o.came == 0 {
		return nil
	}
	for i := range o.items {
		if it := &o.items[i]; it.came != nil && it.blocks(stream) {
			return it.came
		}
	}
	return nil
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
	if it.came != nil {
		o.came--
		o.held -= len(it.came.Wire)
	}
	if len(o.items) == 0 {
		*o = outbox{}
	}
	return it
}

// firstCame returns the index of the oldest item that came, -1 where there is none.
func (o *outbox) firstCame() int {
	return slices.IndexFunc(o.items, func(it item) bool { return it.came != nil })
}

// empty removes all that is to be inserted.
func (o *outbox) empty() {
	for i := len(o.items) - 1; i >= 0; i-- {
		if o.items[i].came == nil {
			o.take(i)
		}
	}
}

// find returns the index of the item that a ticket names, -1 where none is left.
func (o *outbox) find(t capture.Ticket) int {
	return slices.IndexFunc(o.items, func(it item) bool { return it.ticket == t })
}
