package peer

import (
	"context"
	"errors"
	"sync"
	"time"
)

// A deadline is the moment after which reads or writes fail. The zero value is
// none. It is safe for concurrent use.
type deadline struct {
	mu     sync.Mutex
	ctx    context.Context // ends when the moment comes, or another is set; nil: none was ever asked for
	cancel context.CancelFunc
}

// set moves the deadline to t; the zero time is none. Who waits for the old one
// wakes up.
func (d *deadline) set(t time.Time) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.replace(t)
}

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

// changed is closed when the moment comes, or another is set: ask passed which
// it was.
func (d *deadline) changed() <-chan struct{} {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.ctx == nil {
		d.replace(time.Time{})
	}
	return d.ctx.Done()
}

// passed reports whether the moment has come.
func (d *deadline) passed() bool {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.ctx != nil && errors.Is(d.ctx.Err(), context.DeadlineExceeded)
}
