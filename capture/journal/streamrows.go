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
}

func (a AskStreams) answer(j *Journal) Streams {
	s := j.sessions.find(a.Session)
	if s == nil {
		return Streams{}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	n, _, gone := s.tracker.StreamCount()
	from, to := a.around(streamRow(s.tracker, n, a.Anchor)).clip(n)
	list := Streams{Rows: make([]session.Stream, to-from), From: from, All: n, Forgotten: gone}
	for i := range list.Rows {
		list.Rows[i] = *s.tracker.Stream(from + i)
	}
	return list
}

// streamRow returns the row of a stream in the list of a session's n streams. The
// list need not be in the order of the ids. The search begins with the newest, which
// is most likely to be asked for.
func streamRow(t *session.Tracker, n int, id uint64) (row int, found bool) {
	for row = n - 1; id != 0 && row >= 0; row-- {
		if uint64(t.Stream(row).ID) == id {
			return row, true
		}
	}
	return 0, false
}
