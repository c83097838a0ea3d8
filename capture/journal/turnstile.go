package journal

import (
	"runtime"
	"sync"
	"sync/atomic"
)

// Bounds of one turn: of what is copied out of the ring while its lock is held.
const (
	maxTurn      = 64       // entries
	maxTurnBytes = 64 << 10 // of their data; one frame may go past it
)

// A turnstile is the ring's lock. Who has much to copy does it in turns, and lets others
// go first in between: a mutex alone would be locked again before any of them wakes up.
type turnstile struct {
	mu      sync.Mutex
	waiting atomic.Int32 // how many wait for mu
}

// Lock takes the lock.
func (t *turnstile) Lock() {
	if t.mu.TryLock() {
		return
	}
	t.waiting.Add(1)
	t.mu.Lock()
	t.waiting.Add(-1)
}

// Unlock gives it back.
func (t *turnstile) Unlock() { t.mu.Unlock() }

// between is called between two turns, without the lock.
func (t *turnstile) between() {
	if t.waiting.Load() > 0 {
		runtime.Gosched()
	}
}
