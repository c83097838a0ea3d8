package journal

import (
	"math"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A draft is what an event meant, in order, until all of it goes into the ring at once.
// All frames that become whole with one event have its time and its direction. The draft
// belongs to a session, whose lock guards it.
type draft struct {
	items   []item            // their places and numbers count from the draft's beginning
	headers []protocol.Header // of the frames
	data    []byte            // the beginnings of the frames' data
	facts   []Facts           // of the frames, where they are kept

	frames uint64 // of headers; a preamble is none
	// How many of the frames are SYNs of the client and, by the peer that they go toward
	// and by origin, HeartRequests.
	streams  uint64
	requests protocol.ByPeer[session.ByOrigin[uint64]]
	asked    bool                         // requests are not all zero
	wire     protocol.ByDirection[uint64] // bytes that came with the event
	heard    protocol.ByPeer[bool]        // who sent these
	stops    []stop                       // what stood still, and is over with the event
	lack     *lack                        // what the event says is not seen; nil where that is nothing new
	stands   bool                         // something stands still with the event, or does no more

	idle int // how often it was asked to rest since it was used
}

// maxKeptItems is for how many items an empty draft keeps room. More come from peers that
// are wrong in every frame.
const maxKeptItems = 256

// reset empties the draft, and keeps its memory.
func (d *draft) reset() {
	if cap(d.items) > maxKeptItems {
		d.items = nil
	}
	d.items, d.headers, d.data, d.facts = d.items[:0], d.headers[:0], d.data[:0], d.facts[:0]
	d.frames, d.streams, d.wire, d.idle = 0, 0, protocol.ByDirection[uint64]{}, 0
	d.heard = protocol.ByPeer[bool]{}
	d.stops, d.stands, d.lack = nil, false, nil // they are rare
	if d.asked {
		d.requests, d.asked = protocol.ByPeer[session.ByOrigin[uint64]]{}, false
	}
}

// maxIdle is how many ticks a draft keeps its memory without being used: some seconds.
const maxIdle = 100

// rest gives back the memory of a draft that is not used: an idle session holds none.
func (d *draft) rest() {
	if d.idle++; d.idle == maxIdle {
		*d = draft{}
	}
}

// add adds an item, to be set.
func (d *draft) add() *item {
	n := len(d.items)
	if n < cap(d.items) {
		d.items = d.items[:n+1]
	} else {
		d.items = append(d.items, item{})
	}
	return &d.items[n]
}

// notice adds a notice.
func (d *draft) notice(at time.Time, n session.Notice) *item {
	it := d.add()
	*it = item{at: at, notice: n, end: uint64(len(d.data))}
	return it
}

// lackNotice adds a notice of what was not seen. It stands among the session's frames.
func (d *draft) lackNotice(at time.Time, n session.Notice) { d.notice(at, n).flags = amongFrames }

// frame adds a frame, to the item that it belongs to.
func (d *draft) frame(f *session.Frame) {
	var it *item
	if flags := flagsOf(f); flags == 0 && d.goesOn(f.Fate) {
		it = &d.items[len(d.items)-1]
		it.frames++
	} else {
		it = d.add()
		it.at, it.fate, it.notice, it.dir, it.flags = f.At, f.Fate, nil, f.Dir, flags
		it.kept, it.frames, it.frame, it.next = uint16(len(f.Data)), 1, uint64(len(d.headers)), 0
	}
	d.headers = append(d.headers, f.Header)
	d.data = append(d.data, f.Data...)
	it.end = uint64(len(d.data))
	if !f.Preamble {
		d.frames++
	}
	switch f.Header.Command {
	case protocol.SYN:
		if f.Dir == protocol.ClientToServer && !f.Cut && !f.Fate.Kept() {
			d.streams++
		}
	case protocol.HeartRequest:
		if !f.Cut {
			d.ask(f)
		}
	}
}

// ask counts a HeartRequest, unless its receiver never got it.
func (d *draft) ask(f *session.Frame) {
	if f.Fate.Kept() {
		return
	}
	o := session.OriginPeer
	if f.Fate.Made() {
		o = session.OriginRelay
	}
	d.requests[f.Dir.Receiver()][o]++
	d.asked = true
}

// goesOn tells whether a frame without flags belongs to the last item.
func (d *draft) goesOn(f session.Fate) bool {
	if len(d.items) == 0 {
		return false
	}
	last := &d.items[len(d.items)-1]
	return last.notice == nil && last.flags == 0 && last.fate == f && last.frames < math.MaxUint16
}

// flagsOf returns the flags of a frame.
func flagsOf(f *session.Frame) (set flags) {
	if f.Preamble {
		set |= isPreamble
	}
	if f.Target {
		set |= hasTarget
	}
	if f.Cut {
		set |= isCut
	}
	return set
}
