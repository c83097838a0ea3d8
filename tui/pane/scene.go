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

// A Scene is what panes draw from: the journal's answer, and how to show it.
type Scene struct {
	*journal.View
	Styles   *cell.Styles
	Now      time.Time                    // to which ages are reckoned; its location is that of times of day
	Absolute bool                         // times are times of day, not times since the session began
	Secrets  bool                         // the credential may be shown
	Filter   string                       // the text of what leaves frames out; empty where nothing does
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

// A Pane is one of the screen's lists or descriptions. Only while it is on the
// screen does the model call Ask, Answer and Draw.
type Pane interface {
	// Ask enters into the query what the pane has room to show in so many lines.
	Ask(q *journal.Query, lines int)
	// Answer takes the pane's part of what the journal answered. The pane may keep
	// it, and must not change it.
	Answer(v *journal.View)
	// Move moves the cursor, or scrolls.
	Move(m Motion)
	// Draw draws the pane in w × h cells; focused says that keys go to it.
	Draw(s *Scene, w, h int, focused bool) cell.Content
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
	return s.Started
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
		return []cell.Span{p.Accent.Span(" G"), p.Dim.Span(" follows ")}
	default:
		return nil
	}
}

// cellsFor returns how many cells a column of numbers up to n needs.
func cellsFor(n int) int { return len(strconv.Itoa(n)) }

// severity returns the sign, the word and the style of a severity.
func severity(p *cell.Palette, v session.Severity) (sign, word string, paint cell.Paint) {
	switch v {
	case session.Error:
		return "✗", "error", p.Bad
	case session.Warning:
		return "▲", "warn", p.Warn
	default:
		return "•", "note", p.Dim
	}
}

// commandPaint returns the style of a kind of command.
func commandPaint(p *cell.Palette, f *journal.Entry) cell.Paint {
	switch f.Header.Command {
	case protocol.PSH:
		return p.Text
	case protocol.SYN, protocol.SYNACK, protocol.FIN:
		return p.Stream
	case protocol.Settings, protocol.ServerSettings, protocol.UpdatePaddingScheme:
		return p.Setup
	case protocol.HeartRequest, protocol.HeartResponse:
		return p.Heart
	case protocol.Waste:
		if f.Preamble {
			return p.Setup
		}
		return p.Dim
	default:
		return p.Bad // an Alert, or a command that the protocol lacks
	}
}

// directionPaint returns the style of a direction.
func directionPaint(p *cell.Palette, d protocol.Direction) cell.Paint {
	if d == protocol.ClientToServer {
		return p.Up
	}
	return p.Down
}
