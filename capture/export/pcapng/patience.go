package pcapng

import (
	"fmt"
	"time"
)

// awaitRoom waits for room in the spool, or for the recording's end. Where the writer
// gets nothing done for as long as the recorder has patience, or sources have waited too
// much of late, it ends the recording. The lock is held.
//
// Patience is counted in turns of a timer. A process that was stopped finds that a turn
// took too long: that one does not count, since the writer had no time either.
func (r *Recorder) awaitRoom() {
	const turns, turn = 2, patience / 2
	r.costs.enter(now())
	defer func() { r.costs.leave(now(), r.hurried) }()
	for idle := 0; r.spool.waiting >= maxSpool && !r.closed; {
		began, before, up := now(), r.progress, false
		timer := time.AfterFunc(turn, func() {
			r.mu.Lock()
			up = true
			r.mu.Unlock()
			r.room.Broadcast()
		})
		for r.spool.waiting >= maxSpool && !r.closed && !up {
			r.room.Wait()
		}
		timer.Stop()
		if idle++; r.progress != before || now().Sub(began) > 2*turn {
			idle = 0
		}
		if idle == turns {
			r.fail(r.isStuck(patience))
		}
		r.spend(0)
	}
}

// spend counts what sources waited until now, while the writer wrote n bytes. Where that
// is too much, it ends the recording. The lock is held.
func (r *Recorder) spend(n int) {
	at := now()
	if !r.costs.count(at, n, r.hurried) {
		return
	}
	waited, written := r.costs.recent(at)
	switch {
	case r.hurried && r.costs.late >= closeWithin:
		r.fail(r.lacksEnd())
	case waited > maxWaited:
		r.fail(fmt.Errorf("record: %s takes only %.1f MB/s, and the sessions bring more: they waited for it %v of the last %d s; nothing more is recorded",
			r.current.path, float64(written)/1e6/waited.Seconds(), waited.Round(time.Second/10), window))
	}
}

// isStuck returns the error of a writer that got nothing done for so long.
func (r *Recorder) isStuck(d time.Duration) error {
	return fmt.Errorf("record: %s is stuck: a write takes longer than %v, and %d bytes wait: does its disk hang, or nobody read the pipe?",
		r.current.path, d, r.spool.waiting)
}

// lacksEnd returns the error of a writer that is given up at the end.
func (r *Recorder) lacksEnd() error {
	return fmt.Errorf("record: %s did not take the last %d bytes within %v: its end is missing",
		r.current.path, r.spool.waiting, closeWithin)
}

// advance notes that the writer goes on. The lock is held.
func (r *Recorder) advance() {
	r.progress++
	r.advanced = now()
}

// at notes which file the writer is at. Only the writer calls it.
func (r *Recorder) at(f *file) {
	r.mu.Lock()
	r.current, r.stuck = f, f.out
	r.advance()
	r.mu.Unlock()
}

// begun notes that the writer has opened a file.
func (r *Recorder) begun(f *file) {
	r.mu.Lock()
	r.stats.Path, r.stats.Files = f.path, f.number
	r.mu.Unlock()
}

// wrote notes that the writer has written n bytes.
func (r *Recorder) wrote(n int) {
	r.mu.Lock()
	r.spool.waiting -= n
	r.stats.Bytes += int64(n)
	r.advance()
	r.spend(n)
	r.room.Broadcast()
	r.mu.Unlock()
}

// end notes that the writer has ended, with an error where a file failed.
func (r *Recorder) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.watch.stop()
	switch {
	case r.ended: // it was given up before
	case err != nil:
		r.fail(err)
	default:
		r.ended = true
		close(r.over)
	}
}

// fail ends the recording with an error, and lets go of what was not written. The
// writer may still be at it. The lock is held.
func (r *Recorder) fail(err error) {
	if r.ended {
		return
	}
	r.ended, r.stats.Err = true, err
	if !r.closed {
		r.close()
	}
	r.watch.stop()
	r.spool.drop()
	close(r.over)
}

// await waits until the recording is over and all is told, and gives up what takes too
// long. A file that takes nothing any more is given up by the watch.
func (r *Recorder) await() {
	select {
	case <-r.over:
	case <-r.hurry:
		r.mu.Lock()
		left := closeWithin - r.costs.late
		r.mu.Unlock()
		timer := time.NewTimer(left)
		defer timer.Stop()
		select {
		case <-r.over:
		case <-timer.C:
			r.mu.Lock()
			r.fail(r.lacksEnd())
			r.mu.Unlock()
		}
	}
	timer := time.NewTimer(tellWithin)
	defer timer.Stop()
	select {
	case <-r.told:
	case <-timer.C:
	}
}

// tell is the goroutine that calls what the options say of cuts and of the failure. It
// ends when the recording is over. Where it failed, it closes the file that the writer
// is at: a write to a pipe returns then, and with it the writer ends.
func (r *Recorder) tell() {
	defer close(r.told)
	for over := false; !over; {
		select {
		case <-r.news:
		case <-r.over:
			over = true
		}
		r.mu.Lock()
		cuts, err, stuck := r.cuts, r.stats.Err, r.stuck
		r.cuts = nil
		r.mu.Unlock()
		for _, c := range cuts {
			if r.options.Cut != nil {
				r.options.Cut(c)
			}
		}
		if !over || err == nil {
			continue
		}
		if stuck != nil {
			_ = stuck.Close() // err says what was wrong
		}
		if r.options.Failed != nil {
			r.options.Failed(err)
		}
	}
}
