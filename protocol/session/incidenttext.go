package session

import (
	"fmt"
	"strings"
	"time"
)

// WithEffects stands between what an incident is and the codes of what followed from it, in its text.
const WithEffects = "; with it "

// sentence says what the incident is, as of a time.
func (i *incident) sentence(now time.Time) string {
	text, state := i.stateText(now)
	if !state {
		text = i.codeText()
	}
	if i.Rule != 0 {
		if did := fmt.Sprintf("rule %d", i.Rule); !strings.Contains(text, did+" ") {
			text += byRule + did + " of this run did it"
		}
	}
	var effects []string
	for _, e := range i.Effects {
		if e.Code != i.Cause {
			effects = append(effects, fmt.Sprintf("%d × %s", e.Count, e.Code))
		}
	}
	if len(effects) > 0 {
		text += WithEffects + strings.Join(effects, ", ")
	}
	return text
}

// stateText says what the cause is, where that is the state of a peer.
func (i *incident) stateText(now time.Time) (text string, state bool) {
	lasted, over := i.lasted(now), !i.over.IsZero()
	switch i.Cause {
	case CodeServerSilent, CodeSessionSilent:
		text = fmt.Sprintf("the %v %s nothing for %s", i.Peer, tense(over, "has sent", "sent"), lasted) + i.silentText(over)
	case CodePathDead:
		is, stands := tense(over, "is", "was"), tense(over, "stands", "stood")
		text = fmt.Sprintf("nothing %s from the %v for %s: the path to it %s dead, or it %s still%s",
			tense(over, "has come", "came"), i.Peer, lasted, is, stands, i.ignoring())
		if i.unacknowledged {
			text = fmt.Sprintf("the TCP of the %v %s nothing for %s: the path to it %s dead",
				i.Peer, tense(over, "has acknowledged", "acknowledged"), lasted, is)
		}
	case CodePeerNotReading:
		text = fmt.Sprintf("the %v %s no byte for %s", i.Peer, tense(over, "has taken", "took"), lasted)
		_, what, found := strings.Cut(i.text, ": ")
		switch {
		case found && over: // it was told in the present tense
			text += " (when it was noticed: " + what + ")"
		case found:
			text += ": " + what
		}
	default:
		return "", false
	}
	return text, true
}

// tense returns a verb as it is used of what lasts, or of what is over.
func tense(over bool, lasts, past string) string {
	if over {
		return past
	}
	return lasts
}

// silentText says over what a peer has sent nothing and, while that lasts, why that may be.
func (i *incident) silentText(over bool) (text string) {
	switch {
	case i.kind == ofMuteSessions && over:
		return fmt.Sprintf(" over %d of its sessions", i.SessionCount)
	case i.kind == ofMuteSessions && i.SessionCount == 1:
		return ", though it has over other sessions: the connection is dead, or the session is stuck"
	case i.kind == ofMuteSessions:
		return fmt.Sprintf(" over %d sessions, though it has over others: their connections are dead, or they are stuck", i.SessionCount)
	case i.SessionCount > 1:
		text = ", over any of its sessions"
	}
	switch {
	case over && i.Target != "":
		return text + ": it stood still, or " + i.Target + " did not answer"
	case over:
		return text
	case i.causes != "":
		return text + Likely + i.causes
	case i.Target != "":
		return text + ": the path to it is dead, it stands still, or " + i.Target + " does not answer"
	default:
		return text + ": the path to it is dead, or it stands still" + i.ignoring()
	}
}

// ignoring says what else may be behind a silence of which heartbeats without an answer are the
// only sign, where the peer was never seen to answer one.
func (i *incident) ignoring() string {
	if i.beyond {
		return ""
	}
	return ", or it answers no heartbeats"
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
	case CodeHeartbeatSlow:
		if _, took, found := strings.Cut(text, " after "); times > 1 && found {
			return fmt.Sprintf("the %v has answered %d heartbeats slowly, the first of them after %s", i.dir.Receiver(), times, took)
		}
	case CodeHeartbeatUnanswered:
		if times > 1 && i.Rule != 0 {
			return fmt.Sprintf("%d heartbeats toward the %v had no answer", times, i.dir.Receiver())
		}
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
	switch {
	case i.mixed && i.Cause.ofTarget():
		text = "more targets: " + text
	case i.mixed && i.Server == "":
		text += ", and other servers"
	case i.mixed:
		text += ", and other texts"
	case i.Target != "" && !strings.Contains(text, i.Target):
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

// AdviceUnder returns what to do about an incident: what its code advises and, before that, the
// rule of this run that may be why there is one, if any.
func (i *Incident) AdviceUnder(advice string) string {
	if i.Rule == 0 {
		return advice
	}
	return fmt.Sprintf("Rule %d of this run did it. %s", i.Rule, advice)
}
