package pcapng

import (
	"errors"
	"time"
)

// write is the writer: the goroutine that writes the spool to the files, until closing
// is closed or a file fails.
func (r *Recorder) write(f *files) {
	defer close(r.done)
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	var (
		spare []byte
		err   error
	)
	for last := false; !last && err == nil; {
		select {
		case <-r.wake:
		case <-tick.C:
		case <-r.closing:
			last = true
		}
		spare, err = r.flush(f, spare)
	}
	if err = errors.Join(err, f.close()); err != nil {
		r.fail(err)
	}
}

// flush takes all blocks from the spool and writes them. The spool goes on with the
// buffer spare; flush returns the one that it wrote, to be the next spare.
func (r *Recorder) flush(f *files, spare []byte) ([]byte, error) {
	r.mu.Lock()
	blocks, cuts := r.spool.take(spare)
	r.room.Broadcast()
	r.mu.Unlock()

	rest, at := blocks, 0
	for _, cut := range cuts {
		if err := f.write(rest[:cut-at]); err != nil {
			return nil, err
		}
		if err := f.next(); err != nil {
			return nil, err
		}
		rest, at = rest[cut-at:], cut
	}
	if len(rest) > 0 {
		if err := f.write(rest); err != nil {
			return nil, err
		}
	}
	r.mu.Lock()
	r.stats.Bytes += int64(len(blocks))
	r.stats.Path, r.stats.Files = f.name(), f.n
	r.mu.Unlock()
	return blocks, nil
}

// fail ends the recording with an error, and lets go of what was not written.
func (r *Recorder) fail(err error) {
	r.mu.Lock()
	r.stats.Err = err
	if !r.closed {
		r.close()
	}
	r.spool.buf, r.spool.cuts = nil, nil
	r.mu.Unlock()
	if r.options.Failed != nil {
		r.options.Failed(err)
	}
}
