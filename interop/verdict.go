package interop

import (
	"fmt"
	"maps"
	"slices"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Problems says what is wrong with a run that has ended, by the relay's events alone:
// malformed output, lost heartbeats, figures of the summary that differ from the events,
// and diagnostics of severity error that are not allowed. At least enough injected
// heartbeats must have been answered toward each side.
func (t Tally) Problems(enough uint64, allowed ...string) []string {
	problems := append(t.malformed(), t.errors(allowed)...)
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if t.Summary == nil {
		return problems
	}
	if t.Summary.Sessions != t.Sessions {
		say("the summary has %d sessions, the events %d", t.Summary.Sessions, t.Sessions)
	}
	for _, way := range []struct {
		name    string
		events  session.Figures
		summary session.Figures
	}{
		{"server", t.Toward(protocol.Server), t.Summary.Heartbeats.TowardServer.Injected},
		{"client", t.Toward(protocol.Client), t.Summary.Heartbeats.TowardClient.Injected},
	} {
		events, summary := way.events, way.summary
		if events.Lost > 0 || summary.Lost > 0 {
			say("toward the %s %d heartbeats were lost (the summary says %d)", way.name, events.Lost, summary.Lost)
		}
		if summary.Sent != summary.Answered+summary.Lost+summary.Cut+summary.Unsupported {
			say("toward the %s the summary does not add up: %+v", way.name, summary)
		}
		if events.Sent != summary.Sent {
			say("toward the %s %d heartbeats are among the frames, and the summary has %d", way.name, events.Sent, summary.Sent)
		}
		if events.Answered != summary.Answered {
			say("toward the %s %d heartbeats were answered by the events, %d by the summary", way.name, events.Answered, summary.Answered)
		}
		// A session that ends cuts off the heartbeat under way. More than one a
		// session would be losses by another name.
		if summary.Cut > t.Sessions {
			say("toward the %s %d heartbeats were cut off, in only %d sessions", way.name, summary.Cut, t.Sessions)
		}
		if events.Answered < enough {
			say("toward the %s %d heartbeats were answered, too few to go by (%d)", way.name, events.Answered, enough)
		}
	}
	return problems
}

// malformed says what is wrong with the form of the output.
func (t Tally) malformed() []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }
	if t.Bad > 0 {
		say("%d lines are not events, among them:", t.Bad)
		problems = append(problems, t.Why...)
	}
	if t.First != "listen" {
		say("the first event is %q, not listen", t.First)
	}
	if t.Last != "summary" {
		say("the last event is %q, not summary", t.Last)
	}
	if t.Summary == nil {
		say("there is no summary")
	}
	return problems
}

// errors returns the diagnostics of severity error that are not allowed.
func (t Tally) errors(allowed []string) []string {
	var problems []string
	for _, code := range slices.Sorted(maps.Keys(t.Diagnostics)) {
		if d := t.Diagnostics[code]; d.Severity == "error" && !slices.Contains(allowed, code) {
			problems = append(problems, fmt.Sprintf("%d diagnostics of severity error: %s: %s", d.Count, code, d.Text))
		}
	}
	return problems
}
