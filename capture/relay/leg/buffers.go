package leg

import (
	"sync"
	"sync/atomic"
)

// Buffers lends the buffers that many legs have between them: a leg takes one when it is
// busy, and gives it back when it waits. The zero value is ready. It is safe for
// concurrent use.
type Buffers struct {
	lent atomic.Int64

	// The buffers that were given back last are lent first: they are in the processor's
	// caches still. A sync.Pool alone has some for each processor, and a leg that moves
	// between processors meets cold ones. Those beyond a few go there, and to the
	// garbage collector in time.
	mu    sync.Mutex
	warm  [len(sizes)][]*[]byte
	pools [len(sizes)]sync.Pool
}

// maxWarm is how many buffers of each use are kept for good.
const maxWarm = 8

// A use says what a buffer is for.
type use int

const (
	forReads  use = iota // what was read from TCP, and not taken by TLS yet
	forRecord            // the plaintext of a record that Next returned, and its room
	forBatch             // sealed records that wait for one system call
)

const (
	maxBatch = 64 << 10 // bytes that wait for a flush
	// maxSealed is more than a sealed record takes (RFC 8446, section 5.2; RFC 5246,
	// section 6.2.3).
	maxSealed = MaxPlaintext + 2<<10 + 5
)

// sizes are those of the buffers, in bytes. A batch is full with the record that exceeds
// maxBatch.
var sizes = [...]int{forReads: 64 << 10, forRecord: Front + MaxPlaintext + Behind, forBatch: maxBatch + maxSealed}

// take returns a buffer; the caller gives it back. One for a batch is empty, the others
// have their full length.
func (b *Buffers) take(u use) *[]byte {
	b.lent.Add(int64(sizes[u]))
	b.mu.Lock()
	if n := len(b.warm[u]); n > 0 {
		p := b.warm[u][n-1]
		b.warm[u] = b.warm[u][:n-1]
		b.mu.Unlock()
		return p
	}
	b.mu.Unlock()
	if p, ok := b.pools[u].Get().(*[]byte); ok {
		return p
	}
	p := make([]byte, sizes[u])
	if u == forBatch {
		p = p[:0]
	}
	return &p
}

// give takes a buffer back.
func (b *Buffers) give(u use, p *[]byte) {
	b.lent.Add(-int64(sizes[u]))
	b.mu.Lock()
	if len(b.warm[u]) < maxWarm {
		b.warm[u] = append(b.warm[u], p)
		p = nil
	}
	b.mu.Unlock()
	if p != nil {
		b.pools[u].Put(p)
	}
}

// InUse returns how many bytes the legs have at the moment.
func (b *Buffers) InUse() int64 { return b.lent.Load() }
