package replay

import (
	"cmp"
	"maps"
	"slices"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/tcpflow"
)

// maxLinger is how long a session whose packets have ended waits for its key, in
// nanoseconds of the capture.
const maxLinger = int64(time.Minute)

// maxWorkers bounds how many workers there are: reading and recording want a core
// too.
const maxWorkers = 8

// A worker makes events of the packets of its connections.
type worker struct {
	index  int
	keys   *keys
	limits *tcpflow.Limits

	// sink gets the events at once, where there is one worker only; else it is
	// nil, and they go to the batch's outlet.
	sink   capture.Sink
	outlet *outlet
	memory *slabs // of outlets
	place  place  // of what is being looked at
	now    int64  // when it was captured

	live    map[*connection]struct{}
	holding map[*connection]struct{} // those with bytes that wait for others
	waiting map[*connection]int      // those that wait for a key, and how much of them
	// lingering are those of the waiting whose packets have ended, in that order.
	lingering []*connection
}

func newWorker(index int, keys *keys, limits *tcpflow.Limits) *worker {
	return &worker{
		index: index, keys: keys, limits: limits,
		live:    make(map[*connection]struct{}),
		holding: make(map[*connection]struct{}),
		waiting: make(map[*connection]int),
	}
}

// A place orders what becomes of a batch, so that the order does not depend on
// how the connections are spread over workers: a phase, and in it the number of
// the packet or connection.
type place int64

// The phases of a batch.
const (
	phaseRetry     place = iota << 40 // connections whose key may have come
	phasePackets                      // packets
	phaseExpire                       // connections that hold bytes
	phaseGiveUp                       // connections that have lingered for too long
	phaseLastRetry                    // at the end: connections whose key may have come
	phaseEnd                          // connections that are still open
)

// work takes the packets of a batch that are the worker's.
func (w *worker) work(b *batch) {
	if w.sink == nil {
		w.outlet = &b.parts[w.index].outlet
	}
	if len(b.chunk.Secrets) > 0 {
		w.each(phaseRetry, inOrder(w.waiting), (*connection).retry)
	}
	packets := b.parts[w.index].packets
	for i := range packets {
		p := &packets[i]
		w.place = phasePackets + p.place
		p.conn.packet(p)
	}
	w.now = max(w.now, b.at)
	w.each(phaseExpire, inOrder(w.holding), func(c *connection) { c.expire(w.now) })
	w.each(phaseGiveUp, w.lingered(), (*connection).shut)
	if b.last {
		w.keys.refresh()
		w.each(phaseLastRetry, inOrder(w.waiting), (*connection).retry)
		w.each(phaseEnd, inOrder(w.live), func(c *connection) { c.last(w.now, b.ending) })
	}
}

// each calls f for each of the connections, in a phase.
func (w *worker) each(phase place, conns []*connection, f func(*connection)) {
	for _, c := range conns {
		w.place = phase + place(c.id)
		f(c)
	}
}

// lingers notes that a connection that waits for a key has no more packets. It
// reports false where that is no use, since none will come.
func (w *worker) lingers(c *connection) bool {
	if !w.keys.lateInCapture() {
		return false
	}
	w.lingering = append(w.lingering, c)
	return true
}

// lingered returns the connections that have waited for too long, by their ids.
func (w *worker) lingered() []*connection {
	n := 0
	for n < len(w.lingering) && (w.lingering[n].closed || w.now-w.lingering[n].now > maxLinger) {
		n++
	}
	gone := w.lingering[:n]
	w.lingering = w.lingering[n:]
	slices.SortFunc(gone, byID)
	return gone
}

// inOrder returns connections by their ids: what becomes of them is to be the
// same each time.
func inOrder[V any](m map[*connection]V) []*connection {
	if len(m) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(m), byID)
}

func byID(a, b *connection) int { return cmp.Compare(a.id, b.id) }

// emit takes an event. It keeps nothing of it.
func (w *worker) emit(e *capture.Event) {
	if w.sink != nil {
		w.sink.Record(e)
		return
	}
	w.outlet.add(w.place, e, w.memory)
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
