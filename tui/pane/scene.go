package pane

import (
	"fmt"
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
	Showing  capture.SessionID      // the chosen one, held or not; 0 for all
	Styles   *cell.Styles
	Now      time.Time                    // to which ages are reckoned; its location is that of times of day
	Absolute bool                         // times are times of day, not times since the session began
	Secrets  bool                         // the credential may be shown
	Follows  string                       // the key that makes a list follow
	Leads    string                       // the key that makes a list follow what matters most
	Detail   string                       // the key that shows the session in detail
	Back     string                       // the key that goes back
	Filter   string                       // the text of what leaves frames out; empty where nothing does
	Replayed bool                         // it is a capture that is shown
	Barren   journal.Barren               // why no session has a frame; empty where one has, and of live sessions
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

// following returns what the box of a list says about its cursor: that the list follows,
// which key makes it follow, or that what is chosen is gone. what is what a row is.
func (s *Scene) following(l *list, what string, focused bool) []cell.Span {
	p := &s.Styles.Row
	sign, key := " following ▼ ", s.Follows
	if l.leads {
		sign, key = " following the worst ▲ ", s.Leads
	}
	switch {
	case l.gone():
		return goneNote(s, what, l.key)
	case l.follow && focused:
		return []cell.Span{p.Good.Span(sign)}
	case l.follow:
		return []cell.Span{p.Dim.Span(sign)}
	case focused && l.leads:
		return []cell.Span{p.Accent.Span(" " + key), p.Dim.Span(" follows the worst ")}
	case focused:
		return []cell.Span{p.Accent.Span(" " + key), p.Dim.Span(" follows ")}
	default:
		return nil
	}
}

// goneNote says that what is chosen is held no longer.
func goneNote[N ~uint64](s *Scene, what string, number N) []cell.Span {
	return []cell.Span{s.Styles.Row.Warn.Span(fmt.Sprintf(" %s %d, chosen, is no longer held ", what, number))}
}

// notHeld says in two lines that the chosen session is no longer held, and what to do.
func (s *Scene) notHeld() []cell.Span {
	p := &s.Styles.Row
	return []cell.Span{
		p.Warn.Span(fmt.Sprintf("session %d is no longer held:", s.Showing)), p.Dim.Span("choose another one."),
	}
}

// whyNothing says why the chosen session has none of what a pane lists; empty where there is
// no more to say than that there is none yet.
func (s *Scene) whyNothing() string {
	if s.Session == nil {
		return ""
	}
	r := &s.Session.SessionRow
	switch {
	case blind(&r.Evidence):
		return r.Evidence.WhyBlind()
	case r.State.Phase == session.NotAnyTLSPhase:
		return "the session is not AnyTLS"
	case r.Closed && r.Reason != "":
		return "the session ended: " + r.Reason
	case r.Closed:
		return "the session ended, by " + r.State.ClosedBy.String()
	case r.TLS == nil && r.State.Wire == (protocol.ByDirection[uint64]{}):
		return "TLS is not up yet"
	case r.State.Phase == session.AwaitingAuth:
		return "the client has sent no preamble yet"
	default:
		return ""
	}
}

// none says in lines of w cells that the chosen session has none of what a pane lists, and
// why.
func none(s *Scene, what string, w int) []cell.Span {
	p := &s.Styles.Row
	why := s.whyNothing()
	if why == "" {
		return []cell.Span{p.Dim.Span("no " + what + " yet")}
	}
	lines := []cell.Span{p.Dim.Span("no " + what + ":")}
	for _, part := range cell.Wrap(why, w-2) {
		lines = append(lines, p.Text.Span(part))
	}
	return lines
}

// cellsFor returns how many cells a column of numbers up to n needs.
func cellsFor(n int) int { return len(strconv.Itoa(n)) }
