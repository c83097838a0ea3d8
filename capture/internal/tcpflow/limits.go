package tcpflow

import (
	"sync"
	"sync/atomic"
	"time"
)

// Limits bound what streams hold. Many streams share them, also concurrently. They
// must not be changed or copied once a stream uses them.
type Limits struct {
	// Bytes is how many bytes a stream holds at most: a hole before more than that
	// is given up. It should be no less than the largest TCP window that is
	// expected.
	Bytes int
	// Runs is how many separate runs of bytes a stream holds at most.
	Runs int
	// Budget bounds what all streams hold together.
	Budget *Budget
	// Packets and Wait say after how many packets of the flow, or how much time of
	// the capture, a hole that the receiver has acknowledged is given up: packets
	// may be captured later than what answers them.
	Packets int
	Wait    time.Duration

	buffers sync.Pool // of *[]byte, for runs
}

// maxKept is the size of the largest buffer that is used again, in bytes.
const maxKept = 32 << 10

// buffer returns an empty slice, with the room of one that was kept if there is
// any.
func (l *Limits) buffer() []byte {
	if b, ok := l.buffers.Get().(*[]byte); ok {
		return (*b)[:0]
	}
	return nil
}

// keep keeps a slice that nobody uses any more.
func (l *Limits) keep(b []byte) {
	if cap(b) <= maxKept {
		l.buffers.Put(&b)
	}
}

// DefaultLimits returns limits for the streams of a capture: 16 MiB a stream, which
// is the window of 1 Gbit/s over 130 ms, and 64 MiB in all.
func DefaultLimits() *Limits {
	return &Limits{
		Bytes: 16 << 20, Runs: 1024, Budget: NewBudget(64 << 20),
		Packets: 128, Wait: time.Second,
	}
}

// A Budget bounds what many streams hold together. It is safe for concurrent use.
type Budget struct {
	limit int64
	used  atomic.Int64
}

// NewBudget returns a budget of so many bytes.
func NewBudget(limit int64) *Budget { return &Budget{limit: limit} }

// Used returns how many bytes all streams hold.
func (b *Budget) Used() int64 { return b.used.Load() }

// Hold takes n bytes of the budget for what is held outside of streams, also where
// there are not as many, and tells whether there were. A negative n gives bytes back.
func (b *Budget) Hold(n int) bool {
	b.add(n)
	return !b.exceeded()
}

// add takes n bytes of the budget. A negative n gives bytes back.
func (b *Budget) add(n int) { b.used.Add(int64(n)) }

// exceeded tells whether more is held than may be.
func (b *Budget) exceeded() bool { return b.used.Load() > b.limit }
