package pcapng

import (
	"encoding/binary"
	"errors"
	"fmt"
	"slices"
	"time"
)

// A writer does what the spool's orders say. All of it belongs to its goroutine.
type writer struct {
	r       *Recorder
	storage storage
	open    []*file // oldest first; the last is the newest of the recording
	buf     []byte  // what was written last: the spool's next buffer
	orders  []order
	mixed   []byte // blocks of one file that come from several places of the spool
}

// run writes the spool to the files until closing is closed or a file fails.
func (w *writer) run() {
	tick := time.NewTicker(flushEvery)
	defer tick.Stop()
	var err error
	for last := false; !last && err == nil; {
		ticks := false
		select {
		case <-w.r.wake:
		case <-tick.C:
			ticks = true
		case <-w.r.closing:
			last = true
		}
		w.r.works(true)
		// An older file may be removed by who needs the room.
		if err = w.flush(); err == nil && (ticks || last) {
			err = w.open[len(w.open)-1].look(last)
		}
		w.r.works(false)
	}
	w.r.works(true)
	for _, f := range w.open {
		w.r.at(f)
		err = errors.Join(err, f.close())
	}
	w.r.end(err)
}

// flush does all orders that are in the spool.
func (w *writer) flush() error {
	w.r.mu.Lock()
	w.buf, w.orders = w.r.spool.take(w.buf, w.orders)
	w.r.mu.Unlock()
	for todo := w.orders; len(todo) > 0; {
		n, err := 1, error(nil)
		if todo[0].do == taskWrite {
			for n < len(todo) && todo[n].do == taskWrite {
				n++
			}
			err = w.writeAll(todo[:n])
		} else {
			err = w.do(todo[0].do, todo[0].file)
		}
		if err != nil {
			return err
		}
		todo = todo[n:]
	}
	return nil
}

// do opens, closes or removes a file.
func (w *writer) do(what task, f *file) error {
	w.r.at(f)
	switch what {
	case taskBegin:
		if err := f.begin(w.storage); err != nil {
			return err
		}
		w.open = append(w.open, f)
		w.r.begun(f)
	case taskFinish:
		w.open = slices.DeleteFunc(w.open, func(o *file) bool { return o == f })
		return f.close()
	case taskRemove:
		if err := w.storage.remove(f.path, f.out); err != nil {
			return fmt.Errorf("record: %w", err)
		}
	}
	return nil
}

// writeAll does orders to write. It writes what is of one file together, and so forgets
// the orders.
func (w *writer) writeAll(orders []order) error {
	for i := range orders {
		f := orders[i].file
		if f == nil {
			continue // it is written already
		}
		w.r.at(f)
		w.mixed = w.mixed[:0]
		for j := i; j < len(orders); j++ {
			o := &orders[j]
			if o.file != f {
				continue
			}
			o.file = nil
			if err := w.gather(f, w.buf[o.from:o.to]); err != nil {
				return err
			}
		}
		if err := w.write(f, w.mixed); err != nil {
			return err
		}
	}
	return nil
}

// gather adds blocks to those of the same file that wait in mixed, and writes them once
// they are many. Blocks that are many by themselves are not copied.
func (w *writer) gather(f *file, blocks []byte) error {
	if len(blocks) < chunk {
		w.mixed = append(w.mixed, blocks...)
		blocks = nil
	}
	if len(w.mixed) < chunk && len(blocks) == 0 {
		return nil
	}
	if err := w.write(f, w.mixed); err != nil {
		return err
	}
	w.mixed = w.mixed[:0]
	return w.write(f, blocks)
}

// write writes blocks in parts, and tells the recorder of each.
func (w *writer) write(f *file, blocks []byte) error {
	for len(blocks) > 0 {
		n := wholeBlocks(blocks[:min(chunk, len(blocks))])
		if n == 0 { // a block that is longer
			n = int(binary.LittleEndian.Uint32(blocks[4:]))
		}
		if err := f.write(blocks[:n]); err != nil {
			return err
		}
		w.r.wrote(n)
		blocks = blocks[n:]
	}
	return nil
}
