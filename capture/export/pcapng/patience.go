package pcapng

import (
	"fmt"
	"time"
)

// awaitRoom waits for room in the spool, or for the recording's end. Where the writer
// gets nothing done for as long as the recorder has patience, it ends the recording.
// The lock is held.
//
// Patience is counted in turns of a timer that a stopped process does not run: one that
// is continued finds a writer that had no time either, and gives it a turn.
func (r *Recorder) awaitRoom() {
	const turns = 2
	for idle := 0; r.spool.waiting >= maxSpool && !r.closed; {
		before, up := r.progress, false
		timer := time.AfterFunc(patience/turns, func() {
			r.mu.Lock()
			up = true
			r.mu.Unlock()
			r.room.Broadcast()
		})
		for r.spool.waiting >= maxSpool && !r.closed && !up {
			r.room.Wait()
		}
		timer.Stop()
		if idle++; r.progress != before {
			idle = 0
		}
		if idle == turns && !r.closed {
			r.fail(fmt.Errorf("record: %s is stuck: a write takes longer than %v, and %d bytes wait: does its disk hang, or nobody read the pipe?",
				r.current.path, patience, r.spool.waiting))
		}
	}
}

// at notes which file the writer is at. Only the writer calls it.
func (r *Recorder) at(f *file) {
	r.mu.Lock()
	r.current, r.stuck = f, f.out
	r.progress++
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
	r.progress++
	r.room.Broadcast()
	r.mu.Unlock()
}

// end notes that the writer has ended, with an error where a file failed.
func (r *Recorder) end(err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
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
	r.spool.drop()
	close(r.over)
}

// await waits until the recording is over and all is told, and gives up what takes too
// long.
func (r *Recorder) await() {
	timer := time.NewTimer(closeWithin)
	defer timer.Stop()
	select {
	case <-r.over:
	case <-timer.C:
		r.mu.Lock()
		r.fail(fmt.Errorf("record: %s did not take the last %d bytes within %v: its end is missing",
			r.current.path, r.spool.waiting, closeWithin))
		r.mu.Unlock()
	}
	timer.Reset(tellWithin)
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
