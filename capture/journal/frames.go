package journal

import (
	"math"

	"anytls-inspect/capture"
	"anytls-inspect/protocol/session"
)

// AskFrame asks for one frame, by its index. The answer is the entry with its data,
// payload too; nil where the frame is not held.
type AskFrame struct{ Index uint64 }

func (a AskFrame) answer(j *Journal) *Entry {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	r := &j.ring
	if a.Index < r.oldest() || a.Index > r.last {
		return nil
	}
	c := r.cursor(a.Index)
	e := new(Entry)
	kept := c.entry(e)
	if !e.IsFrame() {
		return nil
	}
	e.Data = r.load(nil, c.place, kept)
	return e
}

func (a AskFrame) asOf(s *Snapshot) *Entry {
	e := a.answer(s.journal)
	if e == nil || e.Index <= s.summary.Newest {
		return e
	}
	if p := s.find(e.Session); p != nil && e.Index <= p.lastFrame {
		return e
	}
	return nil
}

// AskFrames asks for the frames around an anchor. So a screen can scroll through a list
// whose ends move, since new frames come and old ones are evicted. The answer is
// [Frames].
type AskFrames struct {
	Session capture.SessionID // only this session's; 0 for all
	Stream  uint32            // only this stream's; 0 for all
	// Match says which of the frames that pass the rest to show; nil for all. The entry
	// is a copy without Data, which must not be kept. No lock is held meanwhile.
	Match func(*Entry) bool
	// Until leaves out the frames behind the entry with this index; 0 leaves out none.
	Until uint64
	// Anchor is the index of an entry; 0 stands for the newest. The entry is part of
	// the answer if it matches. Where it was evicted, the oldest that is held stands
	// for it.
	Anchor uint64
	// Lacks asks for what was not seen, too: the notices [Gap], [Unseen] and [Order] stand
	// among the frames where they belong, unless Match chooses frames. So do those of frames
	// that a rule lets wait, which are no entries yet: see [Entry.Waits].
	Lacks bool
	// Before and After are how many older and newer frames to return. Where one side
	// has fewer, the other gets the rest. Where both are 0 the answer is empty.
	Before, After int
	// Search remembers what Match said; nil for nothing.
	Search *Search
}

// Frames is the answer to [AskFrames].
type Frames struct {
	// Rows are oldest first. They have data only where that says something in one line:
	// see [session.Frame.Info].
	Rows []Entry
	// At is the row of the anchor, or of the frame nearest to it; -1 where there are no
	// rows.
	At int
	// Older and Newer say that there are, or may be, more frames on that side.
	Older, Newer bool
	// Unfinished says that there are fewer rows than were asked for, since the budget was
	// spent: asking again, with the same Search, goes on.
	Unfinished bool
	// Oldest and Newest are the indices of the oldest entry that is held, and of the
	// newest, for a scrollbar. Of a snapshot of which all are evicted, Oldest is one more
	// than Newest.
	Oldest, Newest uint64
}

// matches tells whether an entry is a frame that is asked for, or stands among these.
func (a *AskFrames) matches(e *Entry) bool {
	switch {
	case a.Session != 0 && e.Session != a.Session, a.Until != 0 && e.Index > a.Until:
		return false
	case !e.IsFrame():
		return a.Lacks && a.Match == nil && (e.IsLack() || e.Waits() && a.lists(e.Notice.(session.Application)))
	default:
		return (a.Stream == 0 || e.Header.Stream == a.Stream) && (a.Match == nil || a.Match(e))
	}
}

// lists tells whether the frame that a rule lets wait is one of those that are asked for.
func (a *AskFrames) lists(of session.Application) bool {
	return a.Stream == 0 || of.All || of.Header.Stream == a.Stream
}

// maxTries is how often frames are looked for that are evicted meanwhile.
const maxTries = 4

func (a AskFrames) answer(j *Journal) Frames {
	if s := j.sessions.find(a.Session); s != nil {
		return a.upTo(j, math.MaxUint64, &s.newest)
	}
	return a.upTo(j, math.MaxUint64, nil)
}

func (a AskFrames) asOf(s *Snapshot) Frames {
	all, p := s.summary.Newest, s.find(a.Session)
	if p == nil {
		return a.upTo(s.journal, all, nil)
	}
	// Of a session without frames there are none up to all either.
	if a.Until == 0 || a.Until > p.lastFrame {
		a.Until = p.lastFrame
	}
	return a.upTo(s.journal, max(all, p.lastFrame), &p.newest)
}

// upTo answers as if the entry with the index last were the newest. Newest is as in
// [Journal.nearest].
func (a AskFrames) upTo(j *Journal, last uint64, newest *uint64) Frames {
	var f Frames
	for try := range maxTries {
		// Whoever is overtaken by the eviction begins a little ahead of it.
		ahead := uint64(try) * 4 * maxTurn
		if f = a.try(j, last, newest, ahead); len(f.Rows) > 0 || f.Oldest == j.oldest() {
			break
		}
	}
	f.Oldest = min(f.Oldest, f.Newest+1)
	return f
}

// try answers, around an anchor that is at least so far ahead of the oldest entry.
func (a AskFrames) try(j *Journal, last uint64, newest *uint64, ahead uint64) Frames {
	j.ringMu.Lock()
	f := Frames{At: -1, Oldest: j.ring.oldest(), Newest: min(last, j.ring.last)}
	j.ringMu.Unlock()
	a.Before, a.After = max(a.Before, 0), max(a.After, 0)
	if a.Before+a.After == 0 || f.Newest == 0 {
		return f
	}
	if a.Until == 0 || a.Until > f.Newest {
		a.Until = f.Newest // what comes meanwhile is no part of the answer
	}
	anchor := a.Anchor
	if anchor == 0 {
		anchor = a.Until
	}
	anchor = max(min(max(anchor, f.Oldest+ahead), a.Until), f.Oldest)
	s := a.Search
	if s == nil {
		s = new(Search)
	}
	want := a.Before + a.After + 1
	if !s.find(j, &a, newest, anchor, f.Oldest, want) {
		return f
	}

	// Each side gets the room that it asked for, and what the other does not need.
	older := s.upTo(anchor)
	newer := s.len() - older
	nOlder := min(older, a.Before+1)
	nNewer := min(newer, want-nOlder)
	nOlder = min(older, want-nNewer)
	f.Older = s.moreOlder || nOlder < older
	f.Newer = s.moreNewer || nNewer < newer
	f.Unfinished = nOlder+nNewer < want && (s.moreOlder || s.moreNewer)
	f.Rows = make([]Entry, 0, nOlder+nNewer)
	for i := older - nOlder; i < older+nNewer; i++ {
		f.Rows = append(f.Rows, Entry{Index: s.at(i)})
	}
	gone := j.fill(f.Rows)
	f.Rows = f.Rows[gone:]
	if len(f.Rows) > 0 {
		f.At = max(nOlder-1-gone, 0)
	}
	return f
}

// oldest returns the index of the oldest entry that is held.
func (j *Journal) oldest() uint64 {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	return j.ring.oldest()
}

// fill fills in entries of which it is given the indices, in order: with data where
// that says something in one line. It returns how many of the first were evicted.
func (j *Journal) fill(rows []Entry) (gone int) {
	arena := make([]byte, 0, 2<<10) // so that the lock is held for no allocation, mostly
	// The newest come first, so that what is evicted meanwhile is older than them.
	for len(rows) > 0 {
		var evicted int
		rows, evicted, arena = j.fillTurn(rows, arena)
		gone += evicted
		j.ringMu.between()
	}
	return gone
}

// fillTurn fills in the last of rows, as many as one turn may, with data that it appends
// to arena. It returns the rows before them, and how many it found evicted.
func (j *Journal) fillTurn(rows []Entry, arena []byte) (rest []Entry, evicted int, _ []byte) {
	from := max(len(rows)-maxTurn, 0)
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	oldest := j.ring.oldest()
	c := cursor{ring: &j.ring}
	for i := from; i < len(rows); i++ {
		e := &rows[i]
		if e.Index < oldest {
			evicted++
			continue
		}
		c.to(e.Index)
		if kept := c.entry(e); e.speaks() {
			start := len(arena)
			arena = j.ring.load(arena, c.place, kept)
			e.Data = arena[start:len(arena):len(arena)]
		}
	}
	return rows[:from], evicted, arena
}
