package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

const (
	// maxAftermath is how many incidents are told of after the screen.
	maxAftermath = 10
	// maxNamed is how many sessions of one are named.
	maxNamed = 4
	// maxSentence bounds what is said of one, in bytes: peers may have written of it.
	maxSentence = 400
)

// tellIncidents tells of what went wrong in the sessions that a screen has shown: it is gone,
// and nothing else keeps it. It tells of errors, and of warnings about what lasts; the worst
// first. What is told by other lines is left out: what the tool says of itself, and TLS that
// fails. After a run in which all went well, it tells nothing.
func tellIncidents(j *journal.Journal, tell func(string)) {
	list := slices.DeleteFunc(journal.Look(j, journal.AskIncidents{Closed: true}), func(i session.Incident) bool {
		matters := i.Severity >= session.Error || i.Severity >= session.Warning && i.Lasts()
		return !matters || i.Cause == session.CodeTLSFailed || journal.AboutTool(i.Cause)
	})
	if len(list) == 0 {
		return
	}
	tell("what went wrong in the sessions, the worst first:")
	advised := make(map[session.Code]bool)
	for n := range list[:min(len(list), maxAftermath)] {
		i := &list[n]
		tell(incidentLine(i))
		if what := journal.Spec(i.Cause).Advice; what != "" && !advised[i.Cause] {
			advised[i.Cause] = true
			tell("  advice: " + what)
		}
	}
	if more := len(list) - maxAftermath; more > 0 {
		tell(fmt.Sprintf("and %d more", more))
	}
}

// incidentLine returns an incident as a line for the user.
func incidentLine(i *session.Incident) string {
	span := "since " + timeOfDay(i.Since)
	if !i.Until.IsZero() {
		span = timeOfDay(i.Since) + "–" + timeOfDay(i.Until)
	}
	route := ""
	if i.Route != "" {
		route = ", route " + i.Route
	}
	text := i.Text
	if len(text) > maxSentence {
		text = strings.ToValidUTF8(text[:maxSentence], "") + "…"
	}
	return fmt.Sprintf("%v %s, %s%s%s: %s", i.Severity, i.Cause, span, route, sessionsOf(i), text)
}

// sessionsOf names the sessions of an incident.
func sessionsOf(i *session.Incident) string {
	if len(i.Sessions) == 0 {
		return ""
	}
	var b strings.Builder
	b.WriteString(", session")
	if i.SessionCount > 1 {
		b.WriteString("s")
	}
	for n, id := range i.Sessions[:min(len(i.Sessions), maxNamed)] {
		if n > 0 {
			b.WriteString(",")
		}
		fmt.Fprintf(&b, " %d", id)
	}
	if more := i.SessionCount - maxNamed; more > 0 {
		fmt.Fprintf(&b, " and %d more", more)
	}
	return b.String()
}

func timeOfDay(at time.Time) string { return at.Local().Format(time.TimeOnly) }
