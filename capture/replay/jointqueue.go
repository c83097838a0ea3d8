package replay

import "anytls-inspect/capture"

// A laneItem is an event that waits, with its data.
type laneItem struct {
	event capture.Event
	// Of what the relay made: behind how many bytes of the sender's it goes.
	behind int64
	// Of what the relay kept: how much of what it made for its sender comes first, since an
	// answer does not come before its request.
	asked uint64
}

// A laneQueue has events that wait, in order.
type laneQueue struct {
	list []laneItem
	head int // the first of them
}

// maxIdleQueue is how many items a queue without any keeps memory for.
const maxIdleQueue = 8

func (q *laneQueue) len() int { return len(q.list) - q.head }

// front returns the first item, of which there must be one. It is valid until the next push
// or pop.
func (q *laneQueue) front() *laneItem { return &q.list[q.head] }

// push adds an item behind the others.
func (q *laneQueue) push(it laneItem) {
	if q.head > 0 && len(q.list) == cap(q.list) {
		n := copy(q.list, q.list[q.head:])
		clear(q.list[n:])
		q.list, q.head = q.list[:n], 0
	}
	q.list = append(q.list, it)
}

// pop removes the first item, and returns it.
func (q *laneQueue) pop() laneItem {
	it := q.list[q.head]
	q.list[q.head] = laneItem{}
	if q.head++; q.head == len(q.list) {
		q.head = 0
		if q.list = q.list[:0]; cap(q.list) > maxIdleQueue {
			q.list = nil
		}
	}
	return it
}

const (
	// maxRoom is how many bytes the lanes of a worker hold at most.
	maxRoom = 4 << 20
	// laneMemory is how much memory a lane takes at once.
	laneMemory = 32 << 10
	// maxIdleMemories is how many of these are kept for the next lane.
	maxIdleMemories = 64
)

// A room bounds what lanes hold, and has the memory for it. Those who share it are of one
// goroutine.
type room struct {
	held int // bytes
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
