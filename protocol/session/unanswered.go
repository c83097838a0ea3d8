package session

import (
	"fmt"
	"time"

	"anytls-inspect/protocol"
)

// unansweredTime is how long a server may send nothing on a stream that it accepted, though
// the client sent payload, before that is worth a note. Targets that only listen, or that
// keep their clients waiting, do so too.
const unansweredTime = 10 * time.Second

// askedAt returns since when the target of a stream has had something to answer: the
// stream was accepted, and the client sent payload behind the target's address.
func (s *Stream) askedAt() time.Time {
	accepted := s.OpenedAt.Add(s.SYNACK)
	if s.upAt.After(accepted) {
		return s.upAt
	}
	return accepted
}

// unanswered tells whether the target of a stream has something to answer, and the server
// has sent nothing of it.
func (s *Stream) unanswered() bool {
	return s.State == Open && s.HasACK && !s.upAt.IsZero() && s.Down == 0
}

// expectAnswer takes note of a stream whose target may have something to answer from now on.
func (l *streamTable) expectAnswer(s *Stream) {
	if s.unanswered() {
		l.asked = append(l.compact(l.asked, (*Stream).unanswered), s)
	}
}

// unanswered removes and returns a stream that has had no answer for too long. It returns
// nil where there is none.
func (l *streamTable) unanswered(at time.Time) *Stream {
	for len(l.asked) > 0 {
		s := l.asked[0]
		if s.unanswered() && at.Sub(s.askedAt()) < unansweredTime {
			return nil
		}
		l.asked[0] = nil
		l.asked = l.asked[1:]
		if s.unanswered() {
			return s
		}
	}
	return nil
}

// unanswered notes a stream that had no answer for too long. Where a direction is blocked,
// or the server owes an answer and has sent nothing at all, that is what is wrong, and other
// diagnostics say it.
func (t *Tracker) unanswered(s *Stream) {
	const answers = protocol.ServerToClient
	for d := range t.side {
		if t.side[d].framing.State().Opaque() || !t.st.Blocked[d].Since.IsZero() {
			return
		}
	}
	since, last := s.askedAt(), t.st.LastAt[answers]
	heard := last.After(since)
	if t.someGone() || !heard && !t.side[answers].silence.since.IsZero() {
		return
	}
	text := fmt.Sprintf("the server accepted the stream and has sent nothing on it for %v, though the client sent %d bytes", unansweredTime, s.Up)
	if s.Target != "" {
		text += " for " + s.Target
	}
	if heard {
		text += fmt.Sprintf("; the session lives: the server sent other frames %v ago", t.now.Sub(last).Round(time.Millisecond))
	}
	t.diagnose(CodeSYNACKThenNothing, s.ID, answers, text)
}
