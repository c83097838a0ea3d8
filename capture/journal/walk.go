package journal

import (
	"slices"

	"anytls-inspect/capture"
)

// A walk goes through all entries, or along the items of a session, which are linked,
// for one ask. It holds the ring's lock for one turn at a time. In between the ring may
// evict what the walk stands on: then it ends, and the ask begins again.
type walk struct {
	j     *Journal
	ask   *AskFrames
	s     *Search
	steps int // how many entries it has looked at
	turn  int // how many it copied at a time last
}

// reaches tells whether the search has looked at the anchor's surroundings, or can go
// on to them.
func (w *walk) reaches(anchor uint64) bool {
	switch s := w.s; {
	case s.to == 0 || anchor+1 < s.from:
		return false
	case anchor < s.to:
		return true
	case w.ask.Session == 0 && anchor-s.to >= maxSteps:
		return false
	}
	w.newer(func() int { return int(anchor + 1 - min(w.s.to, anchor+1)) })
	return w.s.to > anchor || !w.s.moreNewer
}

// newer looks at the entries behind those that the search has looked at, until missing
// says that no more frames are wanted, maxSteps are done, or there are no more.
func (w *walk) newer(missing func() int) {
	for w.turn = 0; w.step(missing(), w.copyNewer, &w.s.moreNewer, &w.s.down); {
		w.j.ringMu.between()
	}
}

// older is newer for the entries in front.
func (w *walk) older(missing func() int) {
	for w.turn = 0; w.step(missing(), w.copyOlder, &w.s.moreOlder, &w.s.up); {
		w.j.ringMu.between()
	}
}

// step takes one turn, in search of so many frames. It returns false where that was the
// last. Where few entries match, the turns grow.
func (w *walk) step(missing int, turn func(limit int) (more bool), more *bool, found *[]uint64) bool {
	w.turn = min(max(missing, 2*w.turn), maxTurn, maxSteps-w.steps)
	if missing <= 0 {
		w.turn = 0
	}
	w.s.copies = slices.Grow(w.s.copies[:0], w.turn) // nothing is allocated under the lock
	*more = turn(w.turn)
	w.steps += len(w.s.copies)
	for i := range w.s.copies {
		if e := &w.s.copies[i]; w.ask.matches(e) {
			*found = append(*found, e.Index)
		}
	}
	return *more && w.turn > 0
}

// copyOlder copies at most limit entries that come before those that the search has
// looked at, newest first, and counts them as looked at. It tells whether there are
// more.
func (w *walk) copyOlder(limit int) (more bool) {
	w.j.ringMu.Lock()
	defer w.j.ringMu.Unlock()
	r, s, id := &w.j.ring, w.s, w.ask.Session
	oldest := r.oldest()
	index, seq := r.olderThan(id, s.from)
	for it := r.item(seq); it != nil; {
		for ; index >= max(it.first, oldest); index-- {
			if len(s.copies) == limit {
				return true
			}
			w.take(it, index)
			s.from = index
		}
		seq = it.before(id, seq)
		if it = r.item(seq); it != nil {
			index = it.lastEntry()
		}
	}
	return false
}

// copyNewer copies at most limit entries that come after those that the search has
// looked at, oldest first, and counts them as looked at. It tells whether there are
// more.
func (w *walk) copyNewer(limit int) (more bool) {
	w.j.ringMu.Lock()
	defer w.j.ringMu.Unlock()
	r, s, id := &w.j.ring, w.s, w.ask.Session
	index, seq := r.notBefore(id, s.to)
	for it := r.item(seq); it != nil; {
		for ; index <= it.lastEntry(); index++ {
			switch {
			case w.ask.Until != 0 && index > w.ask.Until:
				return false
			case len(s.copies) == limit:
				return true
			}
			w.take(it, index)
			s.to = index + 1
		}
		seq = it.after(id, seq)
		if it = r.item(seq); it != nil {
			index = it.first
		}
	}
	return false
}

// take copies an entry of an item.
func (w *walk) take(it *item, index uint64) {
	n := len(w.s.copies)
	w.s.copies = w.s.copies[:n+1]
	w.j.ring.entry(it, index-it.first, &w.s.copies[n])
}

// none is the sequence number of no item.
const none = ^uint64(0)

// olderThan returns the index of the newest entry before from, of all or of a session's
// frames, and the sequence number of its item; that is none where none is held. From is
// one more than the index of such an entry, or begins an item of the session.
func (r *ring) olderThan(id capture.SessionID, from uint64) (index, seq uint64) {
	if from <= r.oldest() {
		return 0, none
	}
	if seq := r.seek(from - 1); id == 0 || r.item(seq).of(id) {
		return from - 1, seq
	}
	seq = r.item(r.seek(from)).prev - 1
	if it := r.item(seq); it != nil {
		return it.lastEntry(), seq
	}
	return 0, none
}

// notBefore returns the index of the oldest entry from to on, of all or of a session's
// frames, and the sequence number of its item; that is none where none is held. Right
// before to lies such an entry.
func (r *ring) notBefore(id capture.SessionID, to uint64) (index, seq uint64) {
	if to-1 < r.oldest() {
		return 0, none
	}
	if to <= r.last {
		if seq := r.seek(to); id == 0 || r.item(seq).of(id) {
			return to, seq
		}
	}
	if id == 0 {
		return 0, none
	}
	seq = r.item(r.seek(to-1)).next - 1
	if it := r.item(seq); it != nil {
		return it.first, seq
	}
	return 0, none
}

// before returns the sequence number of the item before this one, of all or of a
// session's; that of this one is seq.
func (it *item) before(id capture.SessionID, seq uint64) uint64 {
	if id == 0 {
		return seq - 1
	}
	return it.prev - 1
}

// after is before for the item behind.
func (it *item) after(id capture.SessionID, seq uint64) uint64 {
	if id == 0 {
		return seq + 1
	}
	return it.next - 1
}

// of tells whether the item holds frames of a session, or what was not seen between them.
func (it *item) of(id capture.SessionID) bool {
	return (it.frames > 0 || it.flags&amongFrames != 0) && it.session == id
}
