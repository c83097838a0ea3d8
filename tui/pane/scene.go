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

// A Scene is what panes draw from: the view, and how to show it.
type Scene struct {
	*journal.View
	Styles   *cell.Styles
	Now      time.Time
	Absolute bool // times of day, not times since the session began
	Secrets  bool // the credential may be shown
	Filter   string
	Waiting  map[capture.SessionID]Queues
}

// Queues are the heartbeats that wait to be written in a session, toward each
// peer.
type Queues = protocol.ByPeer[Queue]

// A Queue is how many heartbeats wait, and why.
type Queue struct {
	N   int
	Why capture.Outcome
}

// A Pane is one of the screen's lists or descriptions. It is asked to ask and
// answer only while it is on the screen.
type Pane interface {
	// Ask enters into the query what the pane shows in so many lines.
	Ask(q *journal.Query, lines int)
	// Answer takes what the journal answered.
	Answer(v *journal.View)
	// Move moves the cursor, or scrolls.
	Move(m Motion)
	// Draw returns exactly the lines for w × h cells; focused says whether the
	// keys go to this pane.
	Draw(s *Scene, w, h int, focused bool) cell.Content
}

// marker returns the sign in front of a row, and the palette for it. The sign
// tells the chosen row without colour.
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

// since returns what relative times are relative to: the chosen session's
// beginning, or that of the whole run.
func (s *Scene) since() time.Time {
	if s.Session != nil {
		return s.Session.OpenedAt
	}
	return s.Started
}

// stamp returns when something was: the time of day, or how long after since.
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

// stampCells returns how many cells a stamp takes.
func (s *Scene) stampCells() int {
	if s.Absolute {
		return len("15:04:05.000")
	}
	return len("1234.567") + 1
}

func seconds(d time.Duration) string {
	s := strconv.FormatFloat(d.Seconds(), 'f', 3, 64)
	if d < time.Hour {
		return s
	}
	return cell.Age(d)
}

// following is what a frame says of a list that follows its newest row, or that
// has more below.
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
