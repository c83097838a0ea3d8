package replay

import (
	"sync"

	"anytls-inspect/capture"
)

// An outlet has the events that a worker makes of a batch, with their places, and
// the memory of their data.
type outlet struct {
	events []capture.Event
	places []place
	slabs  []*slab // in use; the last one has room
	used   int     // bytes of the last slab
}

// A slab is memory for the data of many events. Each fits into one: a TLS record
// has 16 KiB of plaintext at most.
type slab [128 << 10]byte

// slabs are those that no outlet uses. They are safe for concurrent use.
type slabs struct{ pool sync.Pool }

// get returns a slab, a used one where there is any.
func (s *slabs) get() *slab {
	if b, ok := s.pool.Get().(*slab); ok {
		return b
	}
	return new(slab)
}

// add keeps a copy of an event, data included.
func (o *outlet) add(at place, e *capture.Event, from *slabs) {
	o.events = append(o.events, *e)
	o.places = append(o.places, at)
	n := len(e.Data)
	if n == 0 {
		return
	}
	if len(o.slabs) == 0 || o.used+n > len(slab{}) {
		o.slabs, o.used = append(o.slabs, from.get()), 0
	}
	kept := o.slabs[len(o.slabs)-1][o.used : o.used+n : o.used+n]
	copy(kept, e.Data)
	o.events[len(o.events)-1].Data = kept
	o.used += n
}

// reset empties the outlet, and gives its slabs back.
func (o *outlet) reset(to *slabs) {
	for i, b := range o.slabs {
		to.pool.Put(b)
		o.slabs[i] = nil
	}
	clear(o.events)
	o.events, o.places, o.slabs, o.used = o.events[:0], o.places[:0], o.slabs[:0], 0
}
