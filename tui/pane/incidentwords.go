package pane

import (
	"fmt"
	"strings"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
	"anytls-inspect/tui/cell"
)

// incidentName says in a few words what an incident is, and how often where that counts.
func incidentName(i *session.Incident) string {
	var name string
	switch i.Cause {
	case session.CodeServerSilent, session.CodeSessionSilent:
		name = i.Peer.String() + " silent"
	case session.CodePathDead:
		name = i.Peer.String() + " or path dead" // which of them does not show
	case session.CodePeerNotReading:
		name = i.Peer.String() + " reads nothing"
	case session.CodeSYNACKError:
		name = "target refused"
	default:
		name = codeWords(i.Cause)
	}
	for _, e := range i.Effects {
		if e.Code == i.Cause && e.Count > 1 && !i.Cause.IsState() {
			name += " ×" + cell.Count(e.Count)
		}
	}
	return name
}

// codeWords returns a code of diagnostics as words of a sentence, which have to say what it is
// without the table of codes.
func codeWords(c session.Code) string {
	switch c {
	case session.CodeClosedBy:
		return "cut short"
	case journal.CodePreflight:
		return "first try"
	}
	words := strings.Split(string(c), "-")
	for n, w := range words {
		switch w {
		case "syn", "synack", "fin", "tls":
			words[n] = strings.ToUpper(w)
		case "heartbeat":
			words[n] = "♥"
		case "anytls":
			words[n] = "AnyTLS"
		}
	}
	return strings.Join(words, " ")
}

// incidentTime says for how long an incident has lasted by a time, or did until it was over;
// of what does not last, how long ago there was some: what goes on looks new.
func incidentTime(i *session.Incident, now time.Time) string {
	switch {
	case !i.Cause.IsState():
		return cell.Age(now.Sub(i.Last)) + " ago"
	case i.Lasts():
		return lasting(now.Sub(i.Since))
	default:
		return "(over, " + lasting(i.Until.Sub(i.Since)) + ")"
	}
}

// lasting returns how long something takes: below a minute in tenths of a second, rounded as
// the sentence of an incident rounds them.
func lasting(d time.Duration) string {
	if d = max(d, 0).Round(100 * time.Millisecond); d >= time.Minute {
		return cell.Age(d)
	}
	return fmt.Sprintf("%.1fs", d.Seconds())
}

// incidentSessions names the sessions of an incident in at most so many cells; empty where it
// has none, or where there is no room for one and how many more there are.
func incidentSessions(i *session.Incident, cells int) string {
	text := ""
	for n := len(i.Sessions); n > 0 && text == ""; n-- {
		names := make([]string, 0, n+1)
		for _, id := range i.Sessions[:n] {
			names = append(names, fmt.Sprintf("#%d", id))
		}
		if more := i.SessionCount - n; more > 0 {
			names = append(names, fmt.Sprintf("+%d", more))
		}
		if t := strings.Join(names, " "); len(t) <= cells {
			text = t
		}
	}
	return text
}

// incidentEffects says in at most so many cells what followed from the cause of an incident,
// the worst first; empty where nothing did, or where there is no room. What has none is
// counted.
func incidentEffects(i *session.Incident, cells int) string {
	var effects []string
	for _, e := range i.Effects {
		if e.Code != i.Cause {
			effects = append(effects, cell.Count(e.Count)+" "+codeWords(e.Code))
		}
	}
	for n := len(effects); n > 0; n-- {
		text := strings.Join(effects[:n], ", ")
		if more := len(effects) - n; more > 0 {
			text += fmt.Sprintf(", +%d", more)
		}
		if cell.Width(text) <= cells {
			return text
		}
	}
	if text := fmt.Sprintf("+%d", len(effects)); len(effects) > 0 && len(text) <= cells {
		return text
	}
	return ""
}
