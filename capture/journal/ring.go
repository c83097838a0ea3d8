package journal

import (
	"sort"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A ring holds the newest entries: an item a TLS record, the headers of its frames, and
// the beginnings of their data as they were on the wire. Frames become entries when
// somebody looks at them.
//
// An entry has an index, from 1, without holes. A frame also has a number among the
// frames, and its data a place among the bytes ever kept. So three bounds evict apart
// from each other: the entries' evicts items and headers, and the bytes' data alone.
// The journal's ringMu guards it.
type ring struct {
	snap int    // bytes of one frame's data that are kept
	last uint64 // index of the newest entry; 0 while empty

	items   []item // as many as entries are held
	headers []protocol.Header
	data    []byte
	facts   []Facts // of the frames, as headers; nil where none are kept
	// How many of each were ever kept, which is the sequence number of the next item, the
	// number of the next frame, the place of the next byte; and where that will stand.
	next, frames, written      uint64
	itemAt, headerAt, dataByte int

	// routes are by their number less 1; number 0 stands for none. The rest of the journal
	// adds to them.
	routes []Route
}

// An item is what the ring holds of a TLS record: the frames that became whole with it
// and follow one another without a notice in between. Or it is one notice.
type item struct {
	first   uint64 // index of its first entry
	at      time.Time
	fate    session.Fate
	notice  session.Notice // nil for frames
	session capture.SessionID
	route   uint16 // number of the route; 0 where there is one route
	frames  uint16 // how many; 0 for a notice
	kept    uint16 // flagged: bytes of the frame's data that were kept
	dir     protocol.Direction
	flags   flags

	frame uint64 // number of its first frame
	end   uint64 // where the data of its last frame ends, and that of the next begins, in bytes ever kept
	// prev and next are one more than the sequence numbers of the session's items before
	// and after this one, of those with frames and what lies between them unseen; 0 where
	// there is none.
	prev, next uint64
}

// flags are what most frames have not. A frame with flags has an item of its own.
type flags uint8

const (
	isPreamble flags = 1 << iota
	hasTarget
	isCut
	unlisted    // a notice that is counted, and gets no entry
	amongFrames // a notice of what was not seen, or of a frame that a rule lets wait: it stands among the session's frames
	isEffect    // a notice of what the frame in front of it brought about
)

// entries returns how many entries the item holds.
func (it *item) entries() uint64 { return max(uint64(it.frames), 1) }

// lastEntry returns the index of its last entry.
func (it *item) lastEntry() uint64 { return it.first + it.entries() - 1 }

func newRing(l Limits) ring {
	r := ring{
		snap:  l.snap(),
		items: make([]item, l.Entries), headers: make([]protocol.Header, l.Entries), data: make([]byte, l.Bytes),
	}
	if l.Facts {
		r.facts = make([]Facts, l.Entries)
	}
	return r
}

// oldest returns the index of the oldest entry that is held. Where there is none, it
// returns the index that the next entry gets.
func (r *ring) oldest() uint64 {
	if n := uint64(len(r.items)); r.last > n {
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

// slot returns where the item with a sequence number stands, one of the last that were
// pushed.
func (r *ring) slot(seq uint64) *item {
	i := r.itemAt - int(r.next-seq)
	if i < 0 {
		i += len(r.items)
	}
	return &r.items[i]
}

// first returns the sequence number of the oldest item that may be held.
func (r *ring) first() uint64 { return r.next - min(r.next, uint64(len(r.items))) }

// item returns the item with a sequence number, nil where it is not held.
func (r *ring) item(seq uint64) *item {
	if seq >= r.next || seq < r.first() {
		return nil
	}
	if it := r.slot(seq); it.lastEntry() >= r.oldest() {
		return it
	}
	return nil
}

// seek returns the sequence number of the item that holds the entry with this index,
// which must be held.
func (r *ring) seek(index uint64) uint64 {
	from := r.first()
	n := sort.Search(int(r.next-from), func(i int) bool { return r.slot(from+uint64(i)).first > index })
	return from + uint64(n) - 1
}

// push takes over an item. Its headers and data are not in their rings yet.
func (r *ring) push(it *item) {
	it.first = r.last + 1
	r.last += it.entries()
	r.items[r.itemAt] = *it
	r.next++
	if r.itemAt++; r.itemAt == len(r.items) {
		r.itemAt = 0
	}
}

// keep takes over the headers of frames, and their data.
func (r *ring) keep(headers []protocol.Header, data []byte) {
	r.frames += uint64(len(headers))
	r.headerAt = store(r.headers, r.headerAt, headers)
	r.written += uint64(len(data))
	r.dataByte = store(r.data, r.dataByte, data)
}

// store copies elements into a ring of them, from a place on, and returns the place of
// the next one. Of more than there is room for, the last are kept.
func store[E any](ring []E, at int, elements []E) int {
	for {
		n := copy(ring[at:], elements)
		if elements = elements[n:]; len(elements) == 0 {
			return at + n
		}
		at = 0
	}
}

// route returns the name of the route with a number.
func (r *ring) route(number uint16) string {
	if number == 0 {
		return ""
	}
	return r.routes[number-1].Name
}

// chain makes an item that is about to be pushed follow the session's newest one with
// frames, which newest names: it is one more than its sequence number. It returns what
// names the new one. An item whose entries are evicted already may learn what follows, too, as
// long as its place is not another's: nobody asks it.
func (r *ring) chain(newest uint64, it *item) uint64 {
	it.prev = newest
	if before := newest - 1; before < r.next && before >= r.first() {
		r.slot(before).next = r.next + 1
	}
	return r.next + 1
}

// header returns the header of the frame with a number, and how much of its data was
// kept. The frame must be held; it is one of the item's.
func (r *ring) header(it *item, number uint64) (h protocol.Header, kept int) {
	i := r.headerAt - int(r.frames-number)
	if i < 0 {
		i += len(r.headers)
	}
	h = r.headers[i]
	if it.flags != 0 {
		return h, int(it.kept)
	}
	return h, min(int(h.Length), r.snap)
}

// load appends bytes of data that were kept from a place on, nothing where they were
// overwritten.
func (r *ring) load(dst []byte, place uint64, n int) []byte {
	if n == 0 || r.written-place > uint64(len(r.data)) {
		return dst
	}
	at := int(place % uint64(len(r.data)))
	whole := min(n, len(r.data)-at)
	dst = append(dst, r.data[at:at+whole]...)
	return append(dst, r.data[:n-whole]...)
}
