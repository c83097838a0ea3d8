package tui

import (
	"strconv"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A scene is what panes draw from: the view, and how to show it.
type scene struct {
	*journal.View
	styles   *styles
	now      time.Time
	absolute bool // times of day, not times since the session began
	secrets  bool // the credential may be shown
	everyone bool // all sessions are looked at together
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
	draw(s *scene, w, h int, focused bool) content
}

// marker returns the sign in front of a row, and the palette for it. The sign
// tells the chosen row without colour.
func (s *scene) marker(chosen, focused bool) (*palette, span) {
	switch {
	case chosen && focused:
		return &s.styles.chosen, s.styles.chosen.accent.span("▸")
	case chosen:
		return &s.styles.row, s.styles.row.accent.span("▸")
	default:
		return &s.styles.row, s.styles.row.text.span(" ")
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
	return age(d)
}

// following is what a frame says of a list that follows its newest row, or that
// has more below.
func (s *scene) following(follow, focused bool) []span {
	p := &s.styles.row
	switch {
	case follow && focused:
		return []span{p.good.span(" following ▼ ")}
	case follow:
		return []span{p.dim.span(" following ▼ ")}
	case focused:
		return []span{p.accent.span(" G"), p.dim.span(" follows ")}
	default:
		return nil
	}
}

// cellsFor returns how many cells a column of numbers up to n needs.
func cellsFor(n int) int { return len(strconv.Itoa(n)) }

// severity returns the sign, the word and the style of a severity.
func severity(p *palette, v session.Severity) (sign, word string, paint paint) {
	switch v {
	case session.Error:
		return "✗", "error", p.bad
	case session.Warning:
		return "▲", "warn", p.warn
	default:
		return "•", "note", p.dim
	}
}

// commandPaint returns the style of a kind of command.
func commandPaint(p *palette, f *journal.Entry) paint {
	switch f.Header.Command {
	case protocol.PSH:
		return p.text
	case protocol.SYN, protocol.SYNACK, protocol.FIN:
		return p.stream
	case protocol.Settings, protocol.ServerSettings, protocol.UpdatePaddingScheme:
		return p.setup
	case protocol.HeartRequest, protocol.HeartResponse:
		return p.heart
	case protocol.Waste:
		if f.Preamble {
			return p.setup
		}
		return p.dim
	default:
		return p.bad // an Alert, or a command that the protocol lacks
	}
}

// directionPaint returns the style of a direction.
func directionPaint(p *palette, d protocol.Direction) paint {
	if d == protocol.ClientToServer {
		return p.up
	}
	return p.down
}
