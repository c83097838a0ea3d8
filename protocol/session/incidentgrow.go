package session

import (
	"maps"
	"slices"
	"strings"
	"time"

	"anytls-inspect/protocol"
)

// add adds an effect.
func (i *incident) add(at time.Time, from Place, e *effect) {
	i.last, i.grown = later(i.last, at), true
	if e.severity > i.Severity {
		i.Severity, i.risen = e.severity, true
	}
	n := slices.IndexFunc(i.Effects, func(have Effect) bool { return have.Code == e.code })
	if n < 0 {
		n = len(i.Effects)
		i.Effects = append(i.Effects, Effect{Code: e.code})
	}
	i.Effects[n].Count++
	i.Effects[n].Severity = max(i.Effects[n].Severity, e.severity)
	if e.wait.Never && e.code.rank() == peerSilent {
		_, i.causes, _ = strings.Cut(e.text, Likely)
	}
	i.beyond = i.beyond || e.wait.Answers || e.code != CodeHeartbeatUnanswered && e.code.rank() < peerSilent
	i.join(at, from, e)
	i.rise(e)
	if i.mixed || !i.onlyTarget(e) {
		i.Target = ""
	}
}

// join takes note of the session and the stream of an effect.
func (i *incident) join(at time.Time, from Place, e *effect) {
	if from.Session == 0 {
		return
	}
	p := i.sessions[from.Session]
	if p == nil {
		if len(i.sessions) >= MaxCounted { // no session that ended comes again
			maps.DeleteFunc(i.sessions, func(_ uint32, p *part) bool { return p.ended })
		}
		if len(i.sessions) >= MaxCounted {
			return
		}
		p = new(part)
		i.sessions[from.Session] = p
		i.SessionCount++
		if len(i.Sessions) < MaxListed {
			i.Sessions = append(i.Sessions, from.Session)
		}
		i.deserted = time.Time{}
	}
	p.last = at
	p.stands = p.stands || e.wait.Stands
	p.mute = p.mute || e.mute()
	ref := StreamRef{from.Session, e.stream}
	if _, known := i.streams[ref]; known || e.stream == 0 || len(i.streams) >= MaxCounted {
		return
	}
	i.streams[ref] = struct{}{}
	i.StreamCount = len(i.streams)
	if len(i.Streams) < MaxListed {
		i.Streams = append(i.Streams, ref)
	}
}

// rise gives the incident the cause that an effect shows, if that ranks higher.
func (i *incident) rise(e *effect) {
	cause := e.code
	if silent := silentCode(i.Peer == protocol.Server); i.kind == ofSilence && e.wait.Firm && silent.outranks(cause) {
		cause = silent
	}
	switch {
	case cause == i.Cause && e.code == cause && e.wait.Stands:
		i.unacknowledged = i.unacknowledged || cause == CodePathDead
	case !cause.outranks(i.Cause), cause.rank() == peerSilent && i.kind == ofCode:
		return
	}
	if cause != i.Cause {
		i.Cause, i.text, i.bare, i.dir, i.risen = cause, e.text, e.bare, e.dir, true
		if e.rule != 0 {
			i.Rule = e.rule
		}
		i.unacknowledged = cause == CodePathDead && e.wait.Stands
	}
	if cause.rank() == peerSilent || cause == CodePathDead {
		i.Since = earlier(i.Since, i.quiet)
	}
}

// onlyTarget tells whether an effect leaves it open that the incident's target alone is what
// does not answer.
func (i *incident) onlyTarget(e *effect) bool {
	switch {
	case e.wait.Firm:
		return false
	case e.code.ofTarget():
		return i.Target == e.target
	case e.code.rank() == peerSilent:
		return e.severity < Error
	default:
		return e.ends() || e.code.ofNotice()
	}
}

// earlier returns the earlier of two times, of which the second may be zero: not known.
func earlier(a, b time.Time) time.Time {
	if b.IsZero() || a.Before(b) {
		return a
	}
	return b
}
