package journal

// A ring holds the newest entries, and the newest bytes of their data. The journal's
// lock guards it.
type ring struct {
	entries []Entry // index i stands at (i-1) mod len(entries)
	last    uint64  // index of the newest entry; 0 while empty

	data    []byte // the i-th byte ever written stands at i mod len(data)
	written uint64 // bytes ever written to data
}

func newRing(entries, bytes int) ring {
	return ring{entries: make([]Entry, entries), data: make([]byte, bytes)}
}

// oldest returns the index of the oldest entry that is held. Where there is none, it
// returns the index that the next entry gets.
func (r *ring) oldest() uint64 {
	if n := uint64(len(r.entries)); r.last > n {
		return r.last - n + 1
	}
	return 1
}

// evicted returns how many entries are no longer held.
func (r *ring) evicted() uint64 { return r.oldest() - 1 }

// overwritten returns how many bytes of data are no longer held.
func (r *ring) overwritten() uint64 {
	return r.written - min(r.written, uint64(len(r.data)))
}

// at returns the entry with this index, nil where it is not held.
func (r *ring) at(index uint64) *Entry {
	if index < r.oldest() || index > r.last {
		return nil
	}
	return &r.entries[(index-1)%uint64(len(r.entries))]
}

// push returns a new entry, with only its Index set, to be filled in. Where the ring
// is full it evicts the oldest.
func (r *ring) push() *Entry {
	e := &r.entries[r.last%uint64(len(r.entries))]
	r.last++
	*e = Entry{Index: r.last}
	return e
}

// store copies data into the data ring for e. It cuts data that is larger than the
// ring.
func (r *ring) store(e *Entry, data []byte) {
	data = data[:min(len(data), len(r.data))]
	if len(data) == 0 {
		return
	}
	e.at, e.kept = r.written, uint32(len(data))
	at := int(r.written % uint64(len(r.data)))
	n := copy(r.data[at:], data)
	copy(r.data, data[n:])
	r.written += uint64(len(data))
}

// load appends the data of e to dst, nothing where it was overwritten.
func (r *ring) load(dst []byte, e *Entry) []byte {
	if e.kept == 0 || r.written-e.at > uint64(len(r.data)) {
		return dst
	}
	at := int(e.at % uint64(len(r.data)))
	n := min(int(e.kept), len(r.data)-at)
	dst = append(dst, r.data[at:at+n]...)
	return append(dst, r.data[:int(e.kept)-n]...)
}
