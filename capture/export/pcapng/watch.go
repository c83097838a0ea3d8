package pcapng

import "time"

// A watch ends a recording whose writer does not go on, also while no source waits: few
// bytes, as those of a quiet session, never fill the spool. The recorder's lock guards it.
type watch struct {
	timer *time.Timer   // runs while the writer works
	works bool          // the writer works, and does not wait for what to do
	begun time.Time     // when this turn began
	seen  uint64        // the progress then
	idle  time.Duration // how long there was no progress
}

// watchTurn is in which turns writeWithin is counted. As with patience, one that took too
// long does not count.
const watchTurn = writeWithin / 5

// works notes whether the writer works from now on, or waits for what to do. Only the
// writer calls it.
func (r *Recorder) works(does bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch.stop()
	if does && !r.ended {
		r.watch.works, r.watch.idle = true, 0
		r.turn()
	}
}

// turn begins a turn of the watch. The lock is held.
func (r *Recorder) turn() {
	w := &r.watch
	w.begun, w.seen = now(), r.progress
	if w.timer == nil {
		w.timer = time.AfterFunc(watchTurn, r.turned)
		return
	}
	w.timer.Reset(watchTurn)
}

// turned ends a turn of the watch.
func (r *Recorder) turned() {
	r.mu.Lock()
	defer r.mu.Unlock()
	w := &r.watch
	if !w.works {
		return
	}
	switch at := now(); {
	case at.Sub(w.begun) > 2*watchTurn:
	case r.progress != w.seen:
		w.idle = at.Sub(r.advanced)
	default:
		w.idle += watchTurn
	}
	if w.idle >= writeWithin {
		r.fail(r.isStuck(writeWithin))
		return
	}
	r.turn()
}

// stop ends the watch.
func (w *watch) stop() {
	w.works = false
	if w.timer != nil {
		w.timer.Stop()
	}
}
