package interop

import "fmt"

// Problems says what is wrong with a run that has ended, by the relay's events
// alone. Toward each side at least enough heartbeats must have been answered.
func (t Tally) Problems(enough int) []string {
	var problems []string
	say := func(format string, args ...any) { problems = append(problems, fmt.Sprintf(format, args...)) }

	if t.Bad > 0 {
		say("%d lines are not events, among them:", t.Bad)
		problems = append(problems, t.Why...)
	}
	for _, diagnostic := range t.Errors {
		say("diagnostic of severity error: %s", diagnostic)
	}
	if t.First != "listen" {
		say("the first event is %q, not listen", t.First)
	}
	if t.Last != "summary" {
		say("the last event is %q, not summary", t.Last)
	}
	if t.Summary == nil {
		say("there is no summary")
		return problems
	}
	if t.Summary.Sessions != t.Sessions {
		say("the summary has %d sessions, the events %d", t.Summary.Sessions, t.Sessions)
	}
	for _, way := range []struct {
		name    string
		events  Beats
		summary Heartbeats
	}{
		{"server", t.Toward("server"), t.Summary.Heartbeats.TowardServer},
		{"client", t.Toward("client"), t.Summary.Heartbeats.TowardClient},
	} {
		events, summary := way.events, way.summary
		if events.Lost > 0 || summary.Lost > 0 {
			say("toward the %s %d heartbeats were lost (the summary says %d)", way.name, events.Lost, summary.Lost)
		}
		if summary.Sent != summary.Answered+summary.Lost+summary.Cut {
			say("toward the %s the summary does not add up: %+v", way.name, summary)
		}
		if events.Injected != summary.Sent {
			say("toward the %s %d heartbeats are among the frames, and the summary has %d", way.name, events.Injected, summary.Sent)
		}
		if events.Answered != summary.Answered {
			say("toward the %s %d heartbeats were answered by the events, %d by the summary", way.name, events.Answered, summary.Answered)
		}
		// A session that ends cuts off the one that is under way. More would be
		// losses by another name.
		if summary.Cut > t.Sessions {
			say("toward the %s %d heartbeats were cut off, in only %d sessions", way.name, summary.Cut, t.Sessions)
		}
		if events.Answered < enough {
			say("toward the %s %d heartbeats were answered, too few to go by (%d)", way.name, events.Answered, enough)
		}
	}
	return problems
}
