package session

import (
	"fmt"
	"strings"
	"time"
)

// sentence says what the incident is, as of a time.
func (i *incident) sentence(now time.Time) string {
	text, state := i.stateText(now)
	if !state {
		text = i.codeText()
	}
	var effects []string
	for _, e := range i.Effects {
		if e.Code != i.Cause {
			effects = append(effects, fmt.Sprintf("%d × %s", e.Count, e.Code))
		}
	}
	if len(effects) > 0 {
		text += "; with it " + strings.Join(effects, ", ")
	}
	return text
}

// stateText says what the cause is, where that is the state of a peer.
func (i *incident) stateText(now time.Time) (text string, state bool) {
	lasted := i.lasted(now)
	switch i.Cause {
	case CodeServerSilent, CodeSessionSilent:
		text = fmt.Sprintf("the %v has sent nothing for %s", i.Peer, lasted)
		switch {
		case i.kind == ofMuteSessions && i.SessionCount == 1:
			text += ", though it has over other sessions"
		case i.kind == ofMuteSessions:
			text += fmt.Sprintf(" over %d sessions, though it has over others", i.SessionCount)
		case i.SessionCount > 1:
			text += ", over any of its sessions"
		}
		switch {
		case i.causes != "":
			text += likely + i.causes
		case i.Target != "":
			text += ": it stands still, or " + i.Target + " does not answer"
		}
	case CodePathDead:
		text = fmt.Sprintf("nothing has come from the %v for %s: the path to it is dead, or it stands still", i.Peer, lasted)
		if i.unacknowledged {
			text = fmt.Sprintf("the TCP of the %v has acknowledged nothing for %s: the path to it is dead", i.Peer, lasted)
		}
	case CodePeerNotReading:
		text = fmt.Sprintf("the %v has taken no byte for %s", i.Peer, lasted)
	default:
		return "", false
	}
	return text, true
}

// codeText says what the cause is by the text of its first effect, and how often there was one.
func (i *incident) codeText() string {
	text, times := i.text, i.times()
	switch i.Cause {
	case CodeAlert:
		text = fmt.Sprintf("the %v sent an Alert: %s", i.dir.Sender(), text)
	case CodeSYNACKLate:
		if times > 1 { // the rest is of one stream
			text = fmt.Sprintf("no SYNACK within %v of the SYN", SYNACKTimeout)
		}
	case CodeHeartbeatUnanswered:
		if times > 1 {
			return fmt.Sprintf("the %v has left %d heartbeats unanswered", i.dir.Receiver(), times)
		}
	case CodeSYNACKThenNothing:
		if times > 1 {
			text = "the server accepted streams and has sent nothing on them"
		}
	case CodeClosedBy:
		if times > 1 { // the streams are of one session
			text, _, _ = strings.Cut(text, "; ")
		}
	}
	if i.Target != "" && !strings.Contains(text, i.Target) {
		text = i.Target + ": " + text
	}
	if times > 1 {
		text += fmt.Sprintf(" (%d times)", times)
	}
	return text
}

// times returns how many effects have the cause's code.
func (i *incident) times() uint64 {
	for _, e := range i.Effects {
		if e.Code == i.Cause {
			return e.Count
		}
	}
	return 0
}
