package replay

import (
	"time"
	"unsafe"

	"anytls-inspect/capture"
)

// A jointItem is an event that waits, with its data.
type jointItem struct {
	event capture.Event
	// Of what the relay made: behind how many bytes of the sender's it goes.
	behind int64
	// Of what a peer sent: what the relay had written to it by then. That comes first, since
	// no answer comes before its request.
	after written
}

// A jointQueue has events that wait, in order.
type jointQueue struct {
	list []jointItem
	head int // the first of them
}

// maxIdleQueue is how many items a queue without any keeps memory for.
const maxIdleQueue = 8

func (q *jointQueue) len() int { return len(q.list) - q.head }

// front returns the first item, of which there must be one. It is valid until the next push
// or pop.
func (q *jointQueue) front() *jointItem { return &q.list[q.head] }

// push adds an item behind the others.
func (q *jointQueue) push(it jointItem) {
	if q.head > 0 && len(q.list) == cap(q.list) {
		n := copy(q.list, q.list[q.head:])
		clear(q.list[n:])
		q.list, q.head = q.list[:n], 0
	}
	q.list = append(q.list, it)
}

// pop removes the first item, and returns it.
func (q *jointQueue) pop() jointItem {
	it := q.list[q.head]
	q.list[q.head] = jointItem{}
	if q.head++; q.head == len(q.list) {
		q.head = 0
		if q.list = q.list[:0]; cap(q.list) > maxIdleQueue {
			q.list = nil
		}
	}
	return it
}

const (
	// maxRoom is how much memory the lanes of a worker hold at most, in bytes: what waits has an
	// event each, and a lane with anything has laneMemory, though both may be of one byte.
	maxRoom = 32 << 20
	// itemSize is how much memory something takes that waits, in bytes, beside its data.
	itemSize = int(unsafe.Sizeof(jointItem{}))
	// laneMemory is how much memory a lane takes at once.
	laneMemory = 32 << 10
	// maxIdleMemories is how many of these are kept for the next lane.
	maxIdleMemories = 64
)

// A room bounds what lanes hold, and has the memory for it. Those who share it are of one
// goroutine.
type room struct {
	held int // bytes, see maxRoom
	idle [][]byte
}

// memory returns empty memory with room for n bytes.
func (r *room) memory(n int) []byte {
	if last := len(r.idle) - 1; last >= 0 && n <= laneMemory {
		b := r.idle[last]
		r.idle = r.idle[:last]
		return b
	}
	return make([]byte, 0, max(n, laneMemory))
}

// back takes memory that nobody uses any more.
func (r *room) back(b []byte) {
	if cap(b) == laneMemory && len(r.idle) < maxIdleMemories {
		r.idle = append(r.idle, b[:0])
	}
}

// push adds an item to one of the lane's queues.
func (l *jointLane) push(to *jointQueue, it jointItem) {
	l.joint.room.held += itemSize
	to.push(it)
}

// pop removes the first item of one of the lane's queues, and returns it.
func (l *jointLane) pop(from *jointQueue) jointItem {
	l.joint.room.held -= itemSize
	return from.pop()
}

// Written is how much the relay had written to the receiver of a lane at some time.
type written struct {
	at       time.Time
	passed   int64  // bytes of the sender's
	inserted uint64 // frames that the relay made
}

// A writtenHistory is how much was written at the latest times.
type writtenHistory struct {
	last [32]written
	n    uint // how many there ever were
}

// add notes how much is written by now.
func (h *writtenHistory) add(w written) {
	h.last[h.n%uint(len(h.last))] = w
	h.n++
}

// newest returns how much is written by now.
func (h *writtenHistory) newest() written {
	if h.n == 0 {
		return written{}
	}
	return h.last[(h.n-1)%uint(len(h.last))]
}

// before returns how much was written before a time, nothing where that is too long ago.
func (h *writtenHistory) before(at time.Time) written {
	for i := range min(h.n, uint(len(h.last))) {
		if w := h.last[(h.n-1-i)%uint(len(h.last))]; w.at.Before(at) {
			return w
		}
	}
	return written{}
}
