package journal

import (
	"anytls-inspect/capture"
	"anytls-inspect/protocol/session"
)

// AskStreams asks for a part of the list of a session's streams. The answer is
// [Streams].
type AskStreams struct {
	Session capture.SessionID
	Window
}

// Streams are a part of the list of a session's streams, in the order in which they
// were opened. There are none where the session is not held.
type Streams struct {
	Rows      []session.Stream
	From      int    // row number of the first of Rows
	All       int    // rows of the whole list
	Forgotten uint64 // closed streams that are no longer held
	// Owed is what is owed on streams, or was when the session closed, oldest first; not to
	// be changed.
	Owed []session.Obligation
}

// OwedOn returns what is owed on a stream, oldest first.
func (s *Streams) OwedOn(stream uint32) (owed []session.Obligation) {
	for _, o := range s.Owed {
		if o.Stream == stream {
			owed = append(owed, o)
		}
	}
	return owed
}

func (a AskStreams) answer(j *Journal) Streams {
	s := j.sessions.find(a.Session)
	if s == nil {
		return Streams{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.streams(a.Window)
}

func (a AskStreams) asOf(s *Snapshot) Streams {
	if p := s.find(a.Session); p != nil {
		return p.streams(a.Window)
	}
	return Streams{}
}

// streams returns a part of the list of the session's streams. s.mu is held, or the
// session closed.
func (s *trackedSession) streams(w Window) Streams {
	n, _, gone := s.tracker.StreamCount()
	list := w.streams(n, s.tracker.Stream, gone)
	list.Owed = s.owes()
	return list
}

// listed returns how many streams are listed, 0 where the session is closed.
func (s *trackedSession) listed() int {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.closed {
		return 0
	}
	n, _, _ := s.tracker.StreamCount()
	return n
}

// allStreams returns the list of all streams, with rows that it appends to room. s.mu is
// held.
func (s *trackedSession) allStreams(room []session.Stream) Streams {
	n, _, gone := s.tracker.StreamCount()
	for i := range n {
		room = append(room, *s.tracker.Stream(i))
	}
	return Streams{Rows: room, All: n, Forgotten: gone, Owed: s.owes()}
}

// streams returns the window's part of a list of n streams, of which stream returns the
// one in a row.
func (w Window) streams(n int, stream func(row int) *session.Stream, forgotten uint64) Streams {
	from, to := w.around(streamRow(n, stream, w.Anchor)).clip(n)
	list := Streams{Rows: make([]session.Stream, to-from), From: from, All: n, Forgotten: forgotten}
	for i := range list.Rows {
		list.Rows[i] = *stream(from + i)
	}
	return list
}

// streamRow returns the row of a stream in a list of n streams. The list need not be in
// the order of the ids. The search begins with the newest, which is most likely to be
// asked for.
func streamRow(n int, stream func(row int) *session.Stream, id uint64) (row int, found bool) {
	for row = n - 1; id != 0 && row >= 0; row-- {
		if uint64(stream(row).ID) == id {
			return row, true
		}
	}
	return 0, false
}
