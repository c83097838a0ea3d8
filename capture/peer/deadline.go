package peer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A deadline is a moment after which reads or writes fail. The zero value is no
// deadline. It is safe for concurrent use.
type deadline struct {
	mu     sync.Mutex
	ctx    context.Context // ends when the moment comes or is moved; nil before the first use
	cancel context.CancelFunc
}

// set moves the deadline to t, where the zero time is no deadline. It wakes up whoever
// waits for the old one.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.replace(t)
}

// replace is set under the lock.
func (d *deadline) replace(t time.Time) {
	if d.cancel != nil {
		d.cancel()
	}
	if t.IsZero() {
		d.ctx, d.cancel = context.WithCancel(context.Background())
		return
	}
	d.ctx, d.cancel = context.WithDeadline(context.Background(), t)
}

// changed returns a channel that is closed when the moment comes or is moved. The caller
// asks passed which it was.
func (d *deadline) changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil {
		d.replace(time.Time{})
	}
	return d.ctx.Done()
}

// passed says whether the moment has come.
func (d *deadline) passed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx != nil && errors.Is(d.ctx.Err(), context.DeadlineExceeded)
}
