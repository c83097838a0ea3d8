package tcpflow

import (
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound what streams hold. They are shared by many, are safe for
// concurrent use, and must not be changed or copied.
type Limits struct {
	// Bytes is how many bytes a stream holds at most. A hole before more than
	// that is given up: make it no less than the largest TCP window expected.
	Bytes int
	// Runs is how many separate runs of bytes a stream holds at most.
	Runs int
	// Budget is what all streams together may hold.
	Budget *Budget
	// Packets and Wait are how many more packets of the flow, or how much time of
	// the capture, may pass before a hole that the receiver has acknowledged is
	// given up: packets can be captured later than what answers them.
	Packets int
	Wait    time.Duration

	buffers sync.Pool // of *[]byte, to be used again
}

// maxKept is how large a buffer may be to be used again.
const maxKept = 32 << 10

// buffer returns an empty slice, with room if possible.
func (l *Limits) buffer() []byte {
	if b, ok := l.buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// keep takes a slice that nobody uses any more.
func (l *Limits) keep(b []byte) {
	if cap(b) <= maxKept {
		l.buffers.Put(&b)
	}
}

// DefaultLimits returns limits for streams of whole captures: 16 MiB a stream,
// which is a window of 1 Gbit/s over 130 ms, and 64 MiB in all.
func DefaultLimits() *Limits {
	return &Limits{
		Bytes: 16 << 20, Runs: 1024, Budget: NewBudget(64 << 20),
		Packets: 128, Wait: time.Second,
	}
}

// A Budget bounds what many streams hold together. It is safe for concurrent
// use.
type Budget struct {
	limit int64
	used  atomic.Int64
}

// NewBudget returns a budget of this many bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Used returns how many bytes are held.
func (b *Budget) Used() int64 { return b.used.Load() }

// add takes n bytes from the budget, or gives back -n.
func (b *Budget) add(n int) { b.used.Add(int64(n)) }

func (b *Budget) exceeded() bool { return b.used.Load() > b.limit }
