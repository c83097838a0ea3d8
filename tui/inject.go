package tui

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strings"

	tea "charm.land/bubbletea/v2"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/tui/cell"
	"anytls-inspect/tui/command"
	"anytls-inspect/tui/pane"
)

// An injectedMsg says what became of the HeartRequests that a key asked for. The
// frames themselves are shown once they are in the journal.
type injectedMsg struct {
	toward   protocol.Peer
	sessions []injection
}

// An injection says what became of one HeartRequest.
type injection struct {
	id      capture.SessionID
	forced  bool // it did not wait for the padding's stop
	outcome capture.Outcome
	err     error
}

// inject asks for a HeartRequest toward a peer of the chosen session, or of all
// live sessions. It returns a Cmd, which Bubble Tea runs on a goroutine of its
// own: there may be many sessions. The goroutine ends when the Control has answered
// for each.
func (m *Model) inject(toward protocol.Peer) tea.Cmd {
	in := m.opts.Control
	ids := m.targets()
	if len(ids) == 0 {
		m.say("no session to inject into", refused)
		return nil
	}
	msg := injectedMsg{toward: toward, sessions: make([]injection, len(ids))}
	for i, id := range ids {
		// H again, while the first request still waits for the padding's stop, is
		// the explicit wish not to wait.
		force := toward == protocol.Client && m.heart.forces(id)
		msg.sessions[i] = injection{id: id, forced: force}
	}
	return func() tea.Msg {
		for i := range msg.sessions {
			s := &msg.sessions[i]
			when := capture.WhenUnpadded
			if s.forced {
				when = capture.WhenPossible
			}
			s.outcome, s.err = in.Inject(s.id, capture.Insert{
				Toward: toward, When: when, Frame: protocol.Frame{Command: protocol.HeartRequest},
			})
		}
		return msg
	}
}

// targets returns the sessions that a heartbeat goes into: the chosen one, or all
// live ones. A session that the list follows was not chosen by the user: where it
// has ended already, the newest live session takes its place.
func (m *Model) targets() []capture.SessionID {
	// The journal is asked, since the screen may be frozen.
	overtaken := false
	if m.sessions.Following() {
		s := journal.Look(m.journal, journal.AskSession{ID: m.showing})
		overtaken = s == nil || s.Closed
	}
	if m.showing != 0 && !overtaken {
		return []capture.SessionID{m.showing}
	}
	all := journal.Look(m.journal, journal.AskSessions{Window: journal.Window{Limit: math.MaxInt}})
	var ids []capture.SessionID
	for i := range all.Rows {
		if !all.Rows[i].Closed {
			ids = append(ids, all.Rows[i].ID)
		}
	}
	if n := len(ids); m.showing != 0 && n > 0 {
		return ids[n-1:]
	}
	return ids
}

// injected shows what became of the requests that a key asked for.
func (m *Model) injected(msg injectedMsg) {
	var counts [refused + 1]int
	unread := 0
	for _, s := range msg.sessions {
		counts[s.result()]++
		if s.err == nil && s.outcome == capture.WrittenUnread {
			unread++
		}
		m.heart.requested(s.id, s.err == nil && s.outcome == capture.WaitsForStop)
	}
	if m.snapshot == nil {
		m.refreshQueues()
	}
	if len(msg.sessions) == 1 {
		text := msg.sessions[0].text(msg.toward, m.commands.Key(command.Inject{Toward: msg.toward}))
		if err := msg.sessions[0].err; errors.Is(err, capture.ErrSessionClosed) || errors.Is(err, capture.ErrNoSession) {
			text += "; " + m.commands.Key(command.Move{Motion: pane.ToEnd}) + ": the newest session"
		}
		m.say(text, msg.sessions[0].result())
		return
	}
	var parts []string
	how := refused
	if n := counts[refused]; n > 0 {
		parts = append(parts, fmt.Sprintf("refused by %d: %s", n, reasons(msg.sessions)))
	}
	if n := counts[waits]; n > 0 {
		how, parts = waits, append(parts, fmt.Sprintf("waits in %d", n))
	}
	if n := counts[done]; n > 0 {
		sent := "sent to " + cell.Plural(n, "session")
		if unread > 0 {
			sent += fmt.Sprintf(" (it may end %d, where bytes toward the other peer wait)", unread)
		}
		how, parts = done, append(parts, sent)
	}
	slices.Reverse(parts)
	m.say(fmt.Sprintf("HeartRequest toward the %vs: %s", msg.toward, strings.Join(parts, ", ")), how)
}

// result returns how far the request has come.
func (s injection) result() result {
	if s.err != nil {
		return refused
	}
	switch s.outcome {
	case capture.WaitsMidFrame, capture.WaitsWriting, capture.WaitsForStop, capture.WaitsInDoubt,
		capture.WaitsForDue, capture.WaitsForReader, capture.WaitsForAnswers:
		return waits
	default:
		return done
	}
}

// text says in words what became of the request; again is the key that requests another.
func (s injection) text(toward protocol.Peer, again string) string {
	where := fmt.Sprintf("session %d's %v", s.id, toward)
	switch {
	case s.err != nil:
		return fmt.Sprintf("no HeartRequest toward %s: %v", where, s.err)
	case s.outcome == capture.Written && s.forced:
		return fmt.Sprintf("HeartRequest sent to %s, without waiting for the padding's stop", where)
	case s.outcome == capture.Written:
		return fmt.Sprintf("HeartRequest sent to %s", where)
	case s.outcome == capture.WaitsForStop:
		return fmt.Sprintf("HeartRequest to %s %v; %s again: don't wait", where, s.outcome, again)
	default:
		return fmt.Sprintf("HeartRequest to %s %v", where, s.outcome)
	}
}

// reasons returns why requests were refused, each reason once.
func reasons(sessions []injection) string {
	var texts []string
	seen := make(map[string]bool)
	for _, s := range sessions {
		if s.err != nil && !seen[s.err.Error()] {
			seen[s.err.Error()] = true
			texts = append(texts, s.err.Error())
		}
	}
	return strings.Join(texts, "; ")
}
