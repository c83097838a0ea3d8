package journal

import "anytls-inspect/capture"

// nearest returns the index of the entry to begin with: the anchor or, of the frames of
// one session, the nearest to it on the older side, else on the newer. It is 0 where
// there is none that is held. Newest is that of the session, which may rise while the
// ring's lock is not held; nil where the session is not known, which has no frame then
// but the anchor.
func (j *Journal) nearest(id capture.SessionID, newest *uint64, anchor uint64) uint64 {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	anchor = max(anchor, r.oldest())
	seq := r.seek(anchor)
	if id == 0 || r.item(seq).of(id) {
		return anchor
	}
	if newest == nil {
		return 0
	}
	// Along the session's items from its newest, and along all items from the anchor, by
	// turns: so the shorter way decides.
	at, back, ahead := *newest-1, seq, seq+1
	for step := 1; ; step++ {
		it := r.item(at)
		switch {
		case it == nil:
			return 0
		case it.first <= anchor:
			return it.lastEntry()
		case r.item(it.prev-1) == nil:
			return max(it.first, r.oldest())
		}
		if other := r.item(back); other != nil {
			if other.of(id) {
				return other.lastEntry()
			}
			back--
		} else if other := r.item(ahead); other != nil {
			if other.of(id) {
				return max(other.first, r.oldest())
			}
			ahead++
		}
		at = it.prev - 1
		if step%maxTurn > 0 {
			continue
		}
		j.ringMu.Unlock()
		j.ringMu.between()
		j.ringMu.Lock()
		if r.item(at) == nil { // evicted meanwhile, as the anchor was: begin again
			anchor = max(anchor, r.oldest())
			at, back = *newest-1, r.seek(anchor)
			ahead = back + 1
		}
	}
}
