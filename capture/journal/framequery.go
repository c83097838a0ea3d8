package journal

import "anytls-inspect/capture"

// maxSteps bounds how many entries one query looks at on either side of its anchor,
// so that a filter that matches nothing does not hold the lock for long.
const maxSteps = 10_000

// A FrameQuery asks for the frames around an anchor. So a screen can scroll through a
// list whose ends move, since new frames come and old ones are evicted.
type FrameQuery struct {
	Session capture.SessionID // only this session's; 0 for all
	Stream  uint32            // only this stream's; 0 for all
	// Match says which of the frames that pass the rest to show; nil for all. The entry
	// has no Data, and must not be changed or kept. Match runs under the journal's
	// lock, and must not call the journal.
	Match func(*Entry) bool
	// Anchor is the index of an entry; 0 stands for the newest. The entry is part of
	// the answer if it matches. Where it was evicted, the oldest that is held stands
	// for it.
	Anchor uint64
	// Before and After are how many older and newer frames to return. Where one side
	// has fewer, the other gets the rest. Where both are 0 the answer is empty.
	Before, After int
}

// Frames is the answer to a [FrameQuery].
type Frames struct {
	// Rows are oldest first. They have data only where that says something in one line:
	// see [session.Frame.Info].
	Rows []Entry
	// At is the row of the anchor, or of the frame nearest to it; -1 where there are no
	// rows.
	At int
	// Older and Newer say that there are, or may be, more frames on that side.
	Older, Newer bool
	// Oldest and Newest are the indices of the oldest and the newest entry that is
	// held, for a scrollbar.
	Oldest, Newest uint64
}

// frames answers a query. j.mu is held, as for all functions below.
func (j *Journal) frames(q FrameQuery) Frames {
	f := Frames{At: -1, Oldest: j.ring.oldest(), Newest: j.ring.last}
	q.Before, q.After = max(q.Before, 0), max(q.After, 0)
	if q.Before+q.After == 0 || j.ring.last == 0 {
		return f
	}
	start := j.start(q)
	want := q.Before + q.After + 1
	older, moreOlder := j.walk(q, start, want, j.older)
	newer, moreNewer := j.walk(q, j.newer(q, j.ring.at(start)), want, j.newer)

	// Each side gets the room that it asked for, and what the other does not need.
	nOlder := min(len(older), q.Before+1)
	nNewer := min(len(newer), want-nOlder)
	nOlder = min(len(older), want-nNewer)
	f.Older = moreOlder || nOlder < len(older)
	f.Newer = moreNewer || nNewer < len(newer)
	f.Rows = make([]Entry, 0, nOlder+nNewer)
	for i := nOlder - 1; i >= 0; i-- {
		f.Rows = append(f.Rows, j.copyEntry(older[i]))
	}
	f.At = nOlder - 1
	for _, index := range newer[:nNewer] {
		f.Rows = append(f.Rows, j.copyEntry(index))
	}
	if f.At < 0 && len(f.Rows) > 0 {
		f.At = 0
	}
	return f
}

// copyEntry returns a copy of the entry with this index, with data where that says
// something in one line.
func (j *Journal) copyEntry(index uint64) Entry {
	e := *j.ring.at(index)
	if speaks(&e) {
		e.Data = j.ring.load(nil, &e)
	}
	return e
}

// start returns the index of the entry to start from: the anchor, or the session's
// frame that is nearest to it on the older side, else on the newer. It is 0 where the
// session is not held.
func (j *Journal) start(q FrameQuery) uint64 {
	anchor := q.Anchor
	if anchor == 0 || anchor > j.ring.last {
		anchor = j.ring.last
	}
	oldest := j.ring.oldest()
	anchor = max(anchor, oldest)
	if q.Session == 0 || q.ofSession(j.ring.at(anchor)) {
		return anchor
	}
	s := j.find(q.Session)
	if s == nil {
		return 0
	}
	// Search along the session's frames from its newest, and along the ring from the
	// anchor, by turns: so the shorter way decides.
	back, ahead := anchor, anchor+1
	for at := s.last; ; {
		e := j.ring.at(at)
		if e == nil || at <= anchor || j.ring.at(e.prev) == nil {
			return at
		}
		at = e.prev
		switch {
		case back >= oldest:
			if q.ofSession(j.ring.at(back)) {
				return back
			}
			back--
		default:
			// There is a newer frame, since the loop has not come to the anchor yet.
			if q.ofSession(j.ring.at(ahead)) {
				return ahead
			}
			ahead++
		}
	}
}

// older returns the index of the entry before e in the list that the query asks for.
// At the list's end it is 0, or not held.
func (j *Journal) older(q FrameQuery, e *Entry) uint64 {
	if q.Session != 0 {
		return e.prev
	}
	return e.Index - 1
}

// newer returns the index of the entry after e. At the list's end, and for a nil e,
// it is 0, or not held.
func (j *Journal) newer(q FrameQuery, e *Entry) uint64 {
	switch {
	case e == nil:
		return 0
	case q.Session != 0:
		return e.next
	default:
		return e.Index + 1
	}
}

// walk collects the indices of up to want matching frames, from index on in the
// order of next. more says that it stopped before the list's end.
func (j *Journal) walk(q FrameQuery, index uint64, want int,
	next func(FrameQuery, *Entry) uint64,
) (found []uint64, more bool) {
	steps := 0
	for e := j.ring.at(index); e != nil; e = j.ring.at(index) {
		if len(found) == want || steps == maxSteps {
			return found, true
		}
		steps++
		if q.matches(e) {
			found = append(found, index)
		}
		index = next(q, e)
	}
	return found, false
}

// matches tells whether e is a frame that the query asks for.
func (q *FrameQuery) matches(e *Entry) bool {
	return e.IsFrame() &&
		(q.Session == 0 || e.Session == q.Session) &&
		(q.Stream == 0 || e.Header.Stream == q.Stream) &&
		(q.Match == nil || q.Match(e))
}

// ofSession tells whether e is a frame of the session that the query asks for.
func (q *FrameQuery) ofSession(e *Entry) bool { return e.IsFrame() && e.Session == q.Session }
