package pane

import (
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A Query is what the panes on the screen have room to show.
type Query struct {
	// Session is the chosen one; 0 for none. Then there are no streams, and the
	// heartbeats are those of all sessions together.
	Session     capture.SessionID
	Sessions    journal.Window
	Streams     journal.Window
	Frames      journal.AskFrames
	Detail      uint64 // index of the frame that is shown in full; 0 for none
	Diagnostics journal.Window
}

// A View holds the journal's answers to a [Query].
type View struct {
	Summary     journal.Summary
	Sessions    journal.Sessions
	Session     *journal.SessionDetail // the chosen one; nil where it is not held
	Streams     journal.Streams
	Heartbeats  journal.Heartbeats
	Frames      journal.Frames
	Detail      *journal.Entry // with its data; nil where it is not held
	Diagnostics journal.Diagnostics
}

// Look asks the journal.
func (q *Query) Look(j *journal.Journal) *View {
	return &View{
		Summary:     journal.Look(j, journal.AskSummary{}), // first, so that its version is not too new
		Sessions:    journal.Look(j, journal.AskSessions{Window: q.Sessions}),
		Session:     journal.Look(j, journal.AskSession{ID: q.Session}),
		Streams:     journal.Look(j, journal.AskStreams{Session: q.Session, Window: q.Streams}),
		Heartbeats:  journal.Look(j, journal.AskHeartbeats{Session: q.Session}),
		Frames:      journal.Look(j, q.Frames),
		Detail:      journal.Look(j, journal.AskFrame{Index: q.Detail}),
		Diagnostics: journal.Look(j, journal.AskDiagnostics{Window: q.Diagnostics}),
	}
}

// LookAgain asks the journal for a frozen screen, which shows old, the answers to had.
// What q has in common with had stays as it was, and nothing is asked for it.
func (q *Query) LookAgain(j *journal.Journal, old *View, had *Query) *View {
	v := *old
	same := q.Session == had.Session
	if !same {
		v.Session = journal.Look(j, journal.AskSession{ID: q.Session})
		v.Heartbeats = journal.Look(j, journal.AskHeartbeats{Session: q.Session})
	}
	if !same || q.Streams != had.Streams {
		v.Streams = journal.Look(j, journal.AskStreams{Session: q.Session, Window: q.Streams})
		if same {
			v.Streams.All, v.Streams.Forgotten = old.Streams.All, old.Streams.Forgotten
			asWas(v.Streams.Rows, old.Streams.Rows, func(s *session.Stream) uint32 { return s.ID })
		}
	}
	if q.Sessions != had.Sessions {
		v.Sessions = journal.Look(j, journal.AskSessions{Window: q.Sessions})
		v.Sessions.All = old.Sessions.All
		asWas(v.Sessions.Rows, old.Sessions.Rows, func(r *journal.SessionRow) capture.SessionID { return r.ID })
	}
	if q.Diagnostics != had.Diagnostics {
		v.Diagnostics = journal.Look(j, journal.AskDiagnostics{Window: q.Diagnostics})
		v.Diagnostics.All = old.Diagnostics.All
	}
	q.lookAtFrames(j, &v, old, had)
	return &v
}

// asWas puts in the place of rows those with the same key as they were.
func asWas[R any, K comparable](rows, old []R, key func(*R) K) {
	for i := range rows {
		was := func(r R) bool { return key(&r) == key(&rows[i]) }
		if n := slices.IndexFunc(old, was); n >= 0 {
			rows[i] = old[n]
		}
	}
}

// lookAtFrames asks for the frames of a frozen screen, which old showed. They do not
// change, and the panes ask for none that came after the freeze. But the journal may
// have evicted some that were shown.
func (q *Query) lookAtFrames(j *journal.Journal, v, old *View, had *Query) {
	now := journal.Look(j, q.Frames)
	another := q.Frames.Session != had.Frames.Session || q.Frames.Stream != had.Frames.Stream
	was, is := row(old.Frames.Rows, q.Frames.Anchor), row(now.Rows, q.Frames.Anchor)
	switch {
	case is < 0 && was >= 0 && !another:
		v.Frames.At = was
	case len(now.Rows) > 0 || another:
		now.Newest = old.Frames.Newest
		v.Frames = now
	}
	v.Frames.Unfinished = now.Unfinished
	detail := journal.Look(j, journal.AskFrame{Index: q.Detail})
	if detail != nil || old.Detail == nil || old.Detail.Index != q.Detail {
		v.Detail = detail
	}
	if i := row(v.Frames.Rows, q.Detail); v.Detail == nil && i >= 0 {
		v.Detail = &v.Frames.Rows[i]
	}
}

// row returns which of the frames has an index, -1 where none has.
func row(frames []journal.Entry, index uint64) int {
	return slices.IndexFunc(frames, func(e journal.Entry) bool { return e.Index == index })
}
