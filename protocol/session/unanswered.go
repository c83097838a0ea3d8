package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// unansweredTime is how long nothing may move on a stream that the server accepted, and on
// which the client alone sent payload, before that is worth a note. Targets that only
// listen, or that keep their clients waiting, do so too.
const unansweredTime = 10 * time.Second

// unanswered tells whether the target of a stream has something to answer, and the server
// has sent nothing of it.
func (s *Stream) unanswered() bool {
	return s.State == Open && s.HasACK && !s.upAt.IsZero() && s.Down == 0
}

// expectAnswer takes note of a stream whose target may have something to answer from now on.
func (l *streamTable) expectAnswer(s *Stream) {
	if !s.unanswered() {
		return
	}
	if len(l.asked) == 0 {
		l.nextAsked = s.LastAt.Add(unansweredTime)
	}
	l.asked = append(l.compact(l.asked, (*Stream).unanswered), s)
}

// looksForUnanswered tells whether there may be streams that had no answer for too long.
func (l *streamTable) looksForUnanswered(at time.Time) bool {
	return len(l.asked) > 0 && !at.Before(l.nextAsked)
}

// unanswered removes and returns the streams on which nothing moved for too long at this
// time, and nothing of the server's ever. An upload that goes on is none of them, nor is
// payload that may have waited until free: see [Tracker.freeAt].
func (l *streamTable) unanswered(at, free time.Time) (quiet []*Stream) {
	l.nextAsked = at.Add(unansweredTime)
	kept := l.asked[:0]
	for _, s := range l.asked {
		end := later(s.LastAt, free).Add(unansweredTime)
		switch {
		case !s.unanswered(): // answered, or ended meanwhile
		case !at.Before(end):
			quiet = append(quiet, s)
		default:
			kept = append(kept, s)
			if end.Before(l.nextAsked) {
				l.nextAsked = end
			}
		}
	}
	clear(l.asked[len(kept):])
	l.asked = kept
	return quiet
}

// unanswered notes a stream that had no answer for too long. Where the server owes an
// answer and has sent nothing at all, that is what is wrong, and other diagnostics say it.
func (t *Tracker) unanswered(s *Stream) {
	const answers = protocol.ServerToClient
	for d := range t.side {
		if t.dark(protocol.Direction(d)) {
			return
		}
	}
	last := t.st.LastAt[answers]
	heard := last.After(s.LastAt)
	if t.someGone() || !heard && len(t.appendAnswers(nil, protocol.Server)) > 0 {
		return
	}
	text := fmt.Sprintf("the server accepted the stream and has sent nothing on it, though the client sent %d bytes", s.Up)
	if s.Target != "" {
		text += " for " + s.Target
	}
	text += fmt.Sprintf(" and has waited for %v since", unansweredTime)
	switch {
	case heard && t.standsStill(protocol.Server):
		text += "; the server has sent nothing at all for " + t.quiet(answers)
	case heard:
		text += fmt.Sprintf("; the session lives: the server sent other frames %v ago", rounded(t.now.Sub(last)))
	}
	t.diagnoseWait(CodeSYNACKThenNothing, s.ID, answers, t.waitBeside(protocol.Server, s.LastAt), text)
}
