package tcpflow

import "slices"

// A run is adjacent bytes that are held, since bytes before them are missing.
type run struct {
	start int64 // number of the first byte
	data  []byte
}

// end returns the number of the byte after the last.
func (r *run) end() int64 { return r.start + int64(len(r.data)) }

// held is the runs of a stream, in order, without overlaps. Of bytes that come
// twice, the first are kept.
type held struct {
	limits *Limits
	runs   []run
	bytes  int    // memory that the runs take up
	spent  []byte // the run that was popped last, still with the caller
}

// runOverhead is how much memory a run takes up beside its bytes, in bytes.
const runOverhead = 64

// insert keeps a copy of the bytes b that are not held yet. The first has the
// number off.
func (h *held) insert(off int64, b []byte) {
	if len(b) == 0 {
		return
	}
	h.reclaim()
	// The first run that does not end before b.
	i, _ := slices.BinarySearchFunc(h.runs, off, func(r run, off int64) int {
		if r.end() <= off {
			return -1
		}
		return 1
	})
	for len(b) > 0 {
		n := int64(len(b))
		if i < len(h.runs) {
			if r := &h.runs[i]; r.start <= off {
				n = min(n, r.end()-off)
				off, b = off+n, b[n:]
				i++
				continue
			}
			n = min(n, h.runs[i].start-off)
		}
		i = h.place(i, off, b[:n])
		off, b = off+n, b[n:]
	}
}

// place puts a copy of b, which overlaps no run, before run i, or appends it to the
// run before that. It returns the index of the run that follows.
func (h *held) place(i int, off int64, b []byte) int {
	if i > 0 && h.runs[i-1].end() == off {
		r := &h.runs[i-1]
		before := cap(r.data)
		r.data = append(r.data, b...)
		h.account(cap(r.data) - before)
		return i
	}
	h.runs = slices.Insert(h.runs, i, run{off, append(h.limits.buffer(), b...)})
	h.account(cap(h.runs[i].data) + runOverhead)
	return i + 1
}

// pop removes the first run where that begins at number next or before, and returns
// its bytes from next on. They are valid until the next call.
func (h *held) pop(next int64) []byte {
	h.reclaim()
	for len(h.runs) > 0 && h.runs[0].start <= next {
		r := h.runs[0]
		h.drop()
		h.spent = r.data
		if r.end() > next {
			return r.data[next-r.start:]
		}
	}
	return nil
}

// drop removes the first run.
func (h *held) drop() {
	r := h.runs[0]
	h.account(-cap(r.data) - runOverhead)
	h.runs[0] = run{}
	if h.runs = h.runs[1:]; len(h.runs) == 0 {
		h.runs = nil
	}
}

// end returns the number of the byte after the last, never where there is none.
func (h *held) end() int64 {
	if len(h.runs) == 0 {
		return never
	}
	return h.runs[len(h.runs)-1].end()
}

// reclaim takes back the memory of the run that was popped last, which the caller
// is done with.
func (h *held) reclaim() {
	if h.spent != nil {
		h.limits.keep(h.spent)
		h.spent = nil
	}
}

// shift adds n to all numbers.
func (h *held) shift(n int64) {
	for i := range h.runs {
		h.runs[i].start += n
	}
}

// keep forgets the runs that end at number from or before, or begin behind number to.
func (h *held) keep(from, to int64) {
	h.runs = slices.DeleteFunc(h.runs, func(r run) bool {
		gone := r.end() <= from || r.start > to
		if gone {
			h.account(-cap(r.data) - runOverhead)
		}
		return gone
	})
}

// exceeds tells whether more is held than may be.
func (h *held) exceeds() bool {
	return h.bytes > h.limits.Bytes || len(h.runs) > h.limits.Runs ||
		len(h.runs) > 0 && h.limits.Budget.exceeded()
}

// account counts n bytes of memory more.
func (h *held) account(n int) {
	h.bytes += n
	h.limits.Budget.add(n)
}

// release forgets all runs.
func (h *held) release() {
	h.account(-h.bytes)
	h.runs = nil
}
