package tui

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// freeze freezes the screen, or lets it go on.
func (m *Model) freeze() {
	if m.frozen = !m.frozen; m.frozen {
		m.frames.UpTo(max(m.view.Frames.Newest, 1))
		return
	}
	m.frames.UpTo(0)
	m.stale = true
}

// hold returns the view that a frozen screen shows. The screen showed old, which
// answers had. now answers asks, the query after a key. What asks has in common
// with had stays as it was; the rest is taken from now, which hold may change.
func hold(old, now *journal.View, had, asks journal.Query) *journal.View {
	v := *old
	same := asks.Session == had.Session
	if !same {
		v.Session, v.Heartbeats = now.Session, now.Heartbeats
		v.StreamsAll, v.StreamsForgotten = now.StreamsAll, now.StreamsForgotten
	}
	if !same || asks.Streams != had.Streams {
		v.Streams, v.StreamsFrom = now.Streams, now.StreamsFrom
		for i := range v.Streams {
			was := func(s session.Stream) bool { return s.ID == v.Streams[i].ID }
			if n := slices.IndexFunc(old.Streams, was); same && n >= 0 {
				v.Streams[i] = old.Streams[n]
			}
		}
	}
	if asks.Sessions != had.Sessions {
		v.Sessions, v.SessionsFrom = now.Sessions, now.SessionsFrom
		for i := range v.Sessions {
			was := func(s journal.SessionRow) bool { return s.ID == v.Sessions[i].ID }
			if n := slices.IndexFunc(old.Sessions, was); n >= 0 {
				v.Sessions[i] = old.Sessions[n]
			}
		}
	}
	if asks.Diagnostics != had.Diagnostics {
		v.Diagnostics, v.DiagnosticsFrom = now.Diagnostics, now.DiagnosticsFrom
	}
	// Frames do not change, and the panes ask for none that came after the freeze.
	// But the journal may have evicted some that were shown.
	was, is := row(old.Frames.Rows, asks.Frames.Anchor), row(now.Frames.Rows, asks.Frames.Anchor)
	switch {
	case is < 0 && was >= 0:
		v.Frames.At = was
	case len(now.Frames.Rows) > 0:
		v.Frames = now.Frames
		v.Frames.Newest = old.Frames.Newest
	}
	if asks.Detail != had.Detail || now.Detail != nil {
		v.Detail = now.Detail
	}
	if i := row(v.Frames.Rows, asks.Detail); v.Detail == nil && i >= 0 {
		v.Detail = &v.Frames.Rows[i]
	}
	return &v
}

// row returns which of the frames has an index, -1 where none has.
func row(frames []journal.Entry, index uint64) int {
	return slices.IndexFunc(frames, func(e journal.Entry) bool { return e.Index == index })
}
