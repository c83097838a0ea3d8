package pane

import (
	"strconv"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// A Scene is what all panes draw from beside their own answers: what the screen is
// turned to, and how to show it.
type Scene struct {
	Summary  journal.Summary
	Session  *journal.SessionDetail // the chosen one; nil for all, and where it is not held
	Styles   *cell.Styles
	Now      time.Time                    // to which ages are reckoned; its location is that of times of day
	Absolute bool                         // times are times of day, not times since the session began
	Secrets  bool                         // the credential may be shown
	Follows  string                       // the key that makes a list follow
	Back     string                       // the key that goes back
	Filter   string                       // the text of what leaves frames out; empty where nothing does
	Trouble  []session.Diagnostic         // what is wrong while no frame has come, the newest last
	Waiting  map[capture.SessionID]Queues // only of sessions in which some wait
}

// Queues are the heartbeats that wait to be written in a session, toward each
// peer.
type Queues = protocol.ByPeer[Queue]

// A Queue says how many heartbeats wait, and why.
type Queue struct {
	N   int
	Why capture.Outcome
}

// marker returns the palette of a row and the sign in front of it. The sign tells
// the chosen row without colour.
func (s *Scene) marker(chosen, focused bool) (*cell.Palette, cell.Span) {
	switch {
	case chosen && focused:
		return &s.Styles.Chosen, s.Styles.Chosen.Accent.Span("▸")
	case chosen:
		return &s.Styles.Row, s.Styles.Row.Accent.Span("▸")
	default:
		return &s.Styles.Row, s.Styles.Row.Text.Span(" ")
	}
}

// since returns when relative times begin: with the chosen session, or with the
// run where all sessions are shown.
func (s *Scene) since() time.Time {
	if s.Session != nil {
		return s.Session.OpenedAt
	}
	return s.Summary.Started
}

// stamp returns when something was: the time of day, or how long it was after
// since.
func (s *Scene) stamp(at, since time.Time) string {
	if s.Absolute || since.IsZero() {
		return at.In(s.Now.Location()).Format("15:04:05.000")
	}
	d := at.Sub(since).Round(time.Millisecond)
	if d < 0 {
		return "-" + seconds(-d)
	}
	return seconds(d)
}

// stampCells returns how many cells a column of stamps needs.
func (s *Scene) stampCells() int {
	if s.Absolute {
		return len("15:04:05.000")
	}
	return len("1234.567") + 1
}

// seconds returns a duration in seconds, to the millisecond; from an hour on, its
// age.
func seconds(d time.Duration) string {
	s := strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
	if d < time.Hour {
		return s
	}
	return cell.Age(d)
}

// following returns what the box of a list says about following: that the list
// does, or which key makes it follow.
func (s *Scene) following(follow, focused bool) []cell.Span {
	p := &s.Styles.Row
	switch {
	case follow && focused:
		return []cell.Span{p.Good.Span(" following ▼ ")}
	case follow:
		return []cell.Span{p.Dim.Span(" following ▼ ")}
	case focused:
		return []cell.Span{p.Accent.Span(" " + s.Follows), p.Dim.Span(" follows ")}
	default:
		return nil
	}
}

// cellsFor returns how many cells a column of numbers up to n needs.
func cellsFor(n int) int { return len(strconv.Itoa(n)) }
