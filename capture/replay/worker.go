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
// nanoseconds of the capture's time.
const maxLinger = int64(time.Minute)

// maxWorkers is how many workers there are at most: the other stages need a core,
// too.
const maxWorkers = 8

// A worker makes events of the packets of its connections. It does so in a
// goroutine of its own.
type worker struct {
	index  int
	keys   *keys
	limits *tcpflow.Limits
	pipe   bool // the capture is one, which may go on for ever

	// sink gets the events where this is the only worker. Else it is nil, and the
	// batch's outlet gets them.
	sink   capture.Sink
	outlet *outlet
	memory *slabs // for the outlets
	place  place  // of the packet or connection that is looked at
	now    int64  // the time of the capture, in nanoseconds since 1970

	live    map[*connection]struct{}
	holding map[*connection]struct{} // those that hold bytes back (see tcpflow), or have to tell of bytes that stand
	waiting map[*connection]int      // those that wait for a key, and how many bytes do
	// lingering are the waiting ones whose packets have ended, in the order in
	// which they have.
	lingering []*connection
	untold    int  // events of all connections that wait: see connection.tell
	room      room // for what joints hold
}

// newWorker returns a worker without connections.
func newWorker(index int, keys *keys, limits *tcpflow.Limits) *worker {
	return &worker{
		index: index, keys: keys, limits: limits,
		live:    make(map[*connection]struct{}),
		holding: make(map[*connection]struct{}),
		waiting: make(map[*connection]int),
	}
}

// A place orders the events of a batch, whichever workers make them: a phase, plus
// the number in it of the packet or connection.
type place int64

// The phases of a batch.
const (
	phaseRetry     place = iota << 40 // connections whose key may have come
	phasePackets                      // packets
	phaseExpire                       // connections that hold bytes back
	phaseGiveUp                       // connections that have lingered for too long
	phaseLastRetry                    // at the end: connections whose key may have come
	phaseEnd                          // connections that are still open
)

// work does the worker's part of a batch.
func (w *worker) work(b *batch) {
	if w.sink == nil {
		w.outlet = &b.parts[w.index].outlet
	}
	if len(b.chunk.Secrets) > 0 {
		w.each(phaseRetry, inOrder(w.waiting), (*connection).retry)
	}
	for _, p := range b.parts[w.index].packets {
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

// each calls f with each of the connections, as a phase.
func (w *worker) each(phase place, conns []*connection, f func(*connection)) {
	for _, c := range conns {
		w.place = phase + place(c.serial)
		f(c)
	}
}

// lingers notes that a connection that waits for a key has no more packets. It
// returns false where no key will come.
func (w *worker) lingers(c *connection) bool {
	if !w.keys.lateInCapture() {
		return false
	}
	w.lingering = append(w.lingering, c)
	return true
}

// lingered returns the connections that have lingered for too long, in order.
func (w *worker) lingered() []*connection {
	n := 0
	for n < len(w.lingering) && (w.lingering[n].closed || w.now-w.lingering[n].now > maxLinger) {
		n++
	}
	gone := w.lingering[:n]
	w.lingering = w.lingering[n:]
	slices.SortFunc(gone, bySerial)
	return gone
}

// inOrder returns connections ordered by their first packets, so that their events have the same
// order each time.
func inOrder[V any](m map[*connection]V) []*connection {
	if len(m) == 0 {
		return nil
	}
	return slices.SortedFunc(maps.Keys(m), bySerial)
}

func bySerial(a, b *connection) int { return cmp.Compare(a.serial, b.serial) }

// emit takes an event of a connection. It keeps nothing of it.
func (w *worker) emit(e *capture.Event) {
	if w.sink != nil {
		w.sink.Record(e)
		return
	}
	w.outlet.add(w.place, e, w.memory)
}

// begins takes a connection with its first packet.
func (w *worker) begins(c *connection) { w.live[c] = struct{}{} }

// holds notes whether time alone may make events of a connection.
func (w *worker) holds(c *connection, holding bool) {
	if holding {
		w.holding[c] = struct{}{}
	} else {
		delete(w.holding, c)
	}
}

// awaits notes how many bytes of a connection wait for a key, 0 where it no longer
// waits. It returns false where the connection has to give up: no more keys come,
// or too much waits.
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

// forget forgets a connection whose session is closed.
func (w *worker) forget(c *connection) {
	w.awaits(c, 0)
	w.untold -= len(c.untold)
	delete(w.holding, c)
	delete(w.live, c)
}
