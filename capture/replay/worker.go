package replay

import (
	"cmp"
	"maps"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tcpflow"
)

// maxWorkers bounds how many workers there are: reading and recording want a core
// too.
const maxWorkers = 8

// A worker makes events of the packets of its connections.
type worker struct {
	index  int32
	keys   *keys
	limits *tcpflow.Limits
	onLeg  func(capture.SessionID, string)

	// sink gets the events at once, where there is one worker only; else it is
	// nil, and they go to the batch's outlet.
	sink   capture.Sink
	outlet *outlet
	place  int64 // of the packet that is being looked at
	now    int64 // when it was captured

	live    map[*connection]struct{}
	holding map[*connection]struct{} // those with bytes that wait for others
	waiting map[*connection]int      // those that wait for a key, and how much of them
}

func newWorker(index int, keys *keys, limits *tcpflow.Limits, onLeg func(capture.SessionID, string)) *worker {
	return &worker{
		index: int32(index), keys: keys, limits: limits, onLeg: onLeg,
		live:    make(map[*connection]struct{}),
		holding: make(map[*connection]struct{}),
		waiting: make(map[*connection]int),
	}
}

// work takes the packets of a batch that are the worker's.
func (w *worker) work(b *batch) {
	if w.sink == nil {
		w.outlet = &b.outlets[w.index]
		w.outlet.reset()
	}
	if len(b.chunk.Secrets) > 0 {
		for _, c := range inOrder(w.waiting) {
			c.retry()
		}
	}
	for i := range b.packets {
		p := &b.packets[i]
		if p.worker != w.index {
			continue
		}
		w.place = int64(i)
		p.conn.packet(p)
	}
	w.place = int64(len(b.packets))
	if n := len(b.packets); n > 0 {
		w.now = max(w.now, b.packets[n-1].at)
	}
	for _, c := range inOrder(w.holding) {
		c.expire(w.now)
	}
	if b.last {
		w.finish(b.ending)
	}
}

// finish ends the connections that are still open.
func (w *worker) finish(ending string) {
	w.keys.refresh()
	for _, c := range inOrder(w.live) {
		w.place++
		c.last(w.now, ending)
	}
}

// inOrder returns connections by their ids: what becomes of them is to be the
// same each time.
func inOrder[V any](m map[*connection]V) []*connection {
	if len(m) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(m), func(a, b *connection) int { return cmp.Compare(a.id, b.id) })
}

// emit takes an event. It keeps nothing of it.
func (w *worker) emit(e *capture.Event) {
	if w.sink != nil {
		w.sink.Record(e)
		return
	}
	w.outlet.add(w.place, e)
}

// begins takes a connection, with its first packet.
func (w *worker) begins(c *connection) { w.live[c] = struct{}{} }

// holds notes whether a connection has bytes that wait for others.
func (w *worker) holds(c *connection, holding bool) {
	if holding {
		w.holding[c] = struct{}{}
	} else {
		delete(w.holding, c)
	}
}

// awaits notes how many bytes of a connection wait for a key, none if it no
// longer waits. It reports false where it is to give up: no more keys come, or
// too much waits.
func (w *worker) awaits(c *connection, n int) bool {
	if n > 0 && !w.keys.mayCome() {
		return false
	}
	fits := w.keys.hold(n - w.waiting[c])
	w.waiting[c] = n
	if n == 0 {
		delete(w.waiting, c)
	}
	return fits
}

// forget takes a connection that has ended.
func (w *worker) forget(c *connection) {
	w.awaits(c, 0)
	delete(w.holding, c)
	delete(w.live, c)
}
