package export

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// incidentNumber returns the number of the incident that a notice is an effect of, 0 where
// it is of none.
func incidentNumber(n session.Notice) uint64 {
	switch x := n.(type) {
	case session.Diagnostic:
		return x.Incident
	case session.Blocked:
		return x.Incident
	case session.HeartbeatWaiting:
		return x.Incident
	default:
		return 0
	}
}

// adviceColumn is where advice begins: below the text that it is about.
const adviceColumn = 43

// incident writes what is new about an incident, if anything, and once what to do about its
// cause. In the place of the session's number stands 0 where it is about several.
func (t *Text) incident(e *journal.Entry, i *session.Incident) error {
	what, before := t.told.take(i, e.At)
	of := *e
	where := place(i)
	if i.SessionCount == 1 {
		of.Session = capture.SessionID(i.Sessions[0])
		where = where[1:]
	}
	cause, text := t.named(i)+string(i.Cause), i.Text+inBrackets(where)
	switch what {
	case nothingNew:
		return nil
	case isOver:
		return t.line(&of, "·", e.Notice.NoticeName(), fmt.Sprintf("%s: over after %s: %s", cause, span(i.Until.Sub(i.Since)), text))
	case isWorse:
		if before.cause != i.Cause {
			cause += ", at first " + string(before.cause)
		}
	}
	if err := t.line(&of, "!", i.Severity.String(), cause+": "+text); err != nil || !t.told.advises(i) {
		return err
	}
	_, err := fmt.Fprintf(t.buf, "%*sadvice: %s\n", adviceColumn, "", i.AdviceUnder(journal.Spec(i.Cause).Advice))
	return err
}

// place says in which sessions and streams an incident was seen. Where there are sessions,
// they come first.
func place(i *session.Incident) (parts []string) {
	switch {
	case i.SessionCount == 1:
		parts = append(parts, fmt.Sprintf("session %d", i.Sessions[0]))
	case i.SessionCount > 1:
		parts = append(parts, "sessions "+numbers(i.Sessions, i.SessionCount))
	}
	switch {
	case i.SessionCount == 1 && i.StreamCount == 1:
		parts = append(parts, fmt.Sprintf("stream %d", i.Streams[0].Stream))
	case i.StreamCount > 0:
		parts = append(parts, counted(i.StreamCount, "stream"))
	}
	if i.Route != "" {
		parts = append(parts, "route "+i.Route)
	}
	return parts
}

// named names an incident where its effects do.
func (t *Text) named(i *session.Incident) string {
	if t.options.All {
		return incidentName(i.Number) + ": "
	}
	return ""
}

// incidentName is how text names an incident.
func incidentName(number uint64) string { return fmt.Sprintf("incident %d", number) }

// inBrackets returns parts as they stand behind a text, which may end with round brackets.
func inBrackets(parts []string) string {
	if len(parts) == 0 {
		return ""
	}
	return " [" + strings.Join(parts, "; ") + "]"
}

// counted says how many things an incident was seen in, no more of which it tells apart
// than [session.MaxCounted].
func counted(n int, what string) string {
	switch {
	case n == 1:
		return "1 " + what
	case n < session.MaxCounted:
		return fmt.Sprintf("%d %ss", n, what)
	default:
		return fmt.Sprintf("at least %d %ss", n, what)
	}
}

// maxNumbers is how many numbers, or runs of them, a line lists.
const maxNumbers = 6

// numbers lists the first of so many numbers in their order.
func numbers(list []uint32, all int) string {
	text, left := session.Runs(slices.Sorted(slices.Values(list)), maxNumbers)
	if left += all - len(list); left > 0 {
		text += fmt.Sprintf(" and %d more", left)
	}
	return text
}

// maxSummed is how many incidents the summary lists, unless all are wanted.
const maxSummed = 20

// incidents writes the list of the incidents of a run, the worst first, and says how many
// it lacks.
func (t *Text) incidents(totals *journal.Totals) {
	list := totals.Incidents
	if !t.options.All {
		list = list[:min(len(list), maxSummed)]
	}
	for n := range list {
		fmt.Fprintln(t.buf, summed(&list[n], t.named(&list[n]), t.days.only()))
	}
	if cut := len(totals.Incidents) - len(list); cut > 0 {
		fmt.Fprintf(t.buf, "and %d more incidents: --all lists them\n", cut)
	}
	if ever := totals.IncidentsEver; ever > uint64(len(totals.Incidents)) {
		fmt.Fprintf(t.buf, "of %d incidents no more are remembered\n", ever)
	}
}

// IncidentLine returns an incident in one line, as the summary of a run has it: how bad it is,
// when it was seen, what it is, and where. Today is a time of the day that needs no date; zero
// where there is none.
func IncidentLine(i *session.Incident, today time.Time) string { return summed(i, "", today) }

// summed does what IncidentLine does, with a name before the cause.
func summed(i *session.Incident, name string, today time.Time) string {
	return fmt.Sprintf("%-8s %-17s %s%s: %s%s", i.Severity, when(i, today), name, i.Cause, i.Text, inBrackets(place(i)))
}

// when says from when until when an incident was seen. What is a state of a peer lasts while
// nobody has seen it end; all else was where it had its effects. Times of another day than
// today have their date.
func when(i *session.Incident, today time.Time) string {
	since, end := clock(i.Since, today), i.Until
	if end.IsZero() {
		if i.Cause.IsState() {
			return "since " + since
		}
		end = i.Last
	}
	if sameDay(i.Since, end) {
		today = end
	}
	if until := clock(end, today); end.After(i.Since) && !strings.HasSuffix(since, until) {
		return since + "–" + until
	}
	return since
}
