package main

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture/export"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

const (
	// maxAftermath is how many incidents are told of after the screen.
	maxAftermath = 10
	// maxSentence bounds what is said of one, in bytes: peers may have written of it.
	maxSentence = 400
)

// tellIncidents tells of what went wrong in the sessions that a screen has shown: it is gone,
// and nothing else keeps it. It tells of errors, and of warnings that are not closed; the worst
// first. What is told by other lines is left out: what the tool says of itself, and TLS that
// fails. After a run in which all went well, it tells nothing.
func tellIncidents(j *journal.Journal, tell func(string)) {
	list := slices.DeleteFunc(journal.Look(j, journal.AskIncidents{Closed: true}), func(i session.Incident) bool {
		matters := i.Severity >= session.Error || i.Severity >= session.Warning && i.IsOpen()
		return !matters || i.Cause == session.CodeTLSFailed || journal.AboutTool(i.Cause)
	})
	if len(list) == 0 {
		return
	}
	tell("what went wrong in the sessions, the worst first:")
	advised := make(map[session.Code]bool)
	for n := range list[:min(len(list), maxAftermath)] {
		i := &list[n]
		tell(incidentLine(i, time.Now()))
		if what := journal.Spec(i.Cause).Advice; what != "" && !advised[i.Cause] {
			advised[i.Cause] = true
			tell("  advice: " + what)
		}
	}
	if more := len(list) - maxAftermath; more > 0 {
		tell(fmt.Sprintf("and %d more", more))
	}
}

// incidentLine returns an incident as a line for the user. Times of another day than today have
// their date.
func incidentLine(i *session.Incident, today time.Time) string {
	told := *i
	if len(told.Text) > maxSentence {
		told.Text = strings.ToValidUTF8(told.Text[:maxSentence], "") + "…"
	}
	return export.IncidentLine(&told, today)
}
