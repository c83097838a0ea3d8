package tui

import (
	"strconv"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// A scene is what panes draw from: the view, and how to show it.
type scene struct {
	*journal.View
	styles   *cell.Styles
	now      time.Time
	absolute bool // times of day, not times since the session began
	secrets  bool // the credential may be shown
	filter   string
	waiting  map[capture.SessionID]queues
}

// queues are the heartbeats that wait to be written in a session, toward each
// peer.
type queues = protocol.ByPeer[queue]

// A queue is how many heartbeats wait, and why.
type queue struct {
	n   int
	why capture.Outcome
}

// A pane is one of the screen's lists or descriptions. It is asked to ask and
// answer only while it is on the screen.
type pane interface {
	// ask enters into the query what the pane shows in so many lines.
	ask(q *journal.Query, lines int)
	// answer takes what the journal answered.
	answer(v *journal.View)
	// move moves the cursor, or scrolls.
	move(m motion)
	// draw returns exactly the lines for w × h cells; focused says whether the
	// keys go to this pane.
	draw(s *scene, w, h int, focused bool) cell.Content
}

// marker returns the sign in front of a row, and the palette for it. The sign
// tells the chosen row without colour.
func (s *scene) marker(chosen, focused bool) (*cell.Palette, cell.Span) {
	switch {
	case chosen && focused:
		return &s.styles.Chosen, s.styles.Chosen.Accent.Span("▸")
	case chosen:
		return &s.styles.Row, s.styles.Row.Accent.Span("▸")
	default:
		return &s.styles.Row, s.styles.Row.Text.Span(" ")
	}
}

// since returns what relative times are relative to: the chosen session's
// beginning, or that of the whole run.
func (s *scene) since() time.Time {
	if s.Session != nil {
		return s.Session.OpenedAt
	}
	return s.Started
}

// stamp returns when something was: the time of day, or how long after since.
func (s *scene) stamp(at, since time.Time) string {
	if s.absolute || since.IsZero() {
		return at.In(s.now.Location()).Format("15:04:05.000")
	}
	d := at.Sub(since).Round(time.Millisecond)
	if d < 0 {
		return "-" + seconds(-d)
	}
	return seconds(d)
}

// stampCells returns how many cells a stamp takes.
func (s *scene) stampCells() int {
	if s.absolute {
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
func (s *scene) following(follow, focused bool) []cell.Span {
	p := &s.styles.Row
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
