package journal

import "anytls-inspect/capture"

// maxSteps bounds how many entries one query looks at on either side of its
// anchor, so that a filter that matches nothing does not hold the journal.
const maxSteps = 10_000

// A FrameQuery asks for the frames around an anchor, so that a screen can scroll
// through a list whose ends move: new frames come, old ones are evicted.
type FrameQuery struct {
	Session capture.SessionID // only this session's; 0 for all
	Stream  uint32            // only this stream's; 0 for all
	// Match says which frames to show, of those that pass the rest; nil for all.
	// The entry has no Data, and must not be changed or kept.
	Match func(*Entry) bool
	// Anchor is the index of an entry; 0 is the newest. It is part of the answer
	// if it matches. One that was evicted is the oldest that is held.
	Anchor uint64
	// Before and After are how many frames to return that are older and newer.
	// Where one side has fewer, the other gets what is left of both. With neither
	// there is no answer.
	Before, After int
}

// Frames is the answer to a [FrameQuery].
type Frames struct {
	// Rows are oldest first. They have data only where it is text; see
	// [Entry.Frame] and its Info.
	Rows []Entry
	// At is the row of the anchor, or of the nearest frame to it; -1 where there
	// are no rows.
	At int
	// Older and Newer say that there are, or may be, more on that side.
	Older, Newer bool
	// Oldest and Newest are the bounds of what is held, by index; for a
	// scrollbar.
	Oldest, Newest uint64
}

// frames answers a query.
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

	// Share the room: each side gets its own, and what the other does not need.
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

func (j *Journal) copyEntry(index uint64) Entry {
	e := *j.ring.at(index)
	if speaks(&e) {
		e.Data = j.ring.load(nil, &e)
	}
	return e
}

// start returns the entry to start from: the anchor, or the frame of the right
// session that is nearest to it on the older side, else on the newer.
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
	// Search from the session's newest frame along its chain, and from the anchor
	// along the ring, whichever is shorter.
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
			// The chain says that there is a newer frame.
			if q.ofSession(j.ring.at(ahead)) {
				return ahead
			}
			ahead++
		}
	}
}

// older and newer step from e along the list that the query asks for. They return
// 0, or an index that is not held, at its end.
func (j *Journal) older(q FrameQuery, e *Entry) uint64 {
	if q.Session != 0 {
		return e.prev
	}
	return e.Index - 1
}

func (j *Journal) newer(q FrameQuery, e *Entry) uint64 {
	switch {
	case e == nil: // there is nothing to start from
		return 0
	case q.Session != 0:
		return e.next
	default:
		return e.Index + 1
	}
}

// walk collects up to want matching frames from index on. more says that it
// stopped before the list's end.
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

func (q *FrameQuery) matches(e *Entry) bool {
	return e.IsFrame() &&
		(q.Session == 0 || e.Session == q.Session) &&
		(q.Stream == 0 || e.Header.Stream == q.Stream) &&
		(q.Match == nil || q.Match(e))
}

// ofSession reports whether e is in the chain of the session asked for.
func (q *FrameQuery) ofSession(e *Entry) bool { return e.IsFrame() && e.Session == q.Session }
