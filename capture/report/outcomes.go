package report

import (
	"slices"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// A pair whose sessions came to nothing is not clean because nothing else is wrong with it. Its
// scenario fails for that alone, with the cause in front. Where the server accepted other
// sessions, the pair works, and those that failed are told beside the diagnostics that they have.

// notBegun returns how many sessions failed before the server accepted them.
func (s *Scenario) notBegun() uint64 {
	if o := s.Outcomes; o != nil {
		return o.Unanswered + o.Rejected + o.TLSFailed
	}
	return 0
}

// noneAccepted tells whether sessions were looked at, and the server was seen to accept none.
func (s *Scenario) noneAccepted() bool { return s.Outcomes != nil && s.Outcomes.Accepted == 0 }

// failedToBegin tells whether sessions failed and none came about. Where not all was seen, one
// that nothing is known of may have.
func (s *Scenario) failedToBegin() bool {
	n := s.notBegun()
	return n > 0 && s.noneAccepted() && !s.works() && (!s.partlySeen() || n >= s.Sessions)
}

// failedSessions says how many sessions failed before the server accepted them, and how.
func (s *Scenario) failedSessions() (said text, ok bool) {
	if s.notBegun() == 0 {
		return text{}, false
	}
	var list []text
	for _, how := range [...]struct {
		n         uint64
		one, some key
	}{
		{s.Outcomes.Rejected, kOneRejected, kSomeRejected},
		{s.Outcomes.Unanswered, kOneUnanswered, kSomeUnanswered},
		{s.Outcomes.TLSFailed, kOneTLSFailed, kSomeTLSFailed},
	} {
		if how.n > 0 {
			list = append(list, counted(how.n, how.one, how.some))
		}
	}
	return join(kComma, list...), true
}

// noSession says why no session came about: the sentence of the worst incident, where one is
// known, and what became of the sessions.
func (s *Scenario) noSession() []text {
	said, _ := s.failedSessions()
	list := []text{join(kColon, say(kNoSessionBegan), said)}
	if cause := s.cause(session.Error, session.Warning); cause != "" {
		list = slices.Insert(list, 0, literal(cause))
	}
	return list
}

// cause returns what the worst incident says that is as severe as one of some severities, the
// worst of which is first; where none is known, the worst diagnostic. It is empty where neither is.
func (s *Scenario) cause(severities ...session.Severity) string {
	if in := s.worst(severities...); in != nil {
		return in.itself()
	}
	if d := s.worstDiagnostic(severities...); d != nil {
		return clean(d.Text)
	}
	return ""
}

// worst returns the worst incident that is as severe as one of some severities, the worst of which is
// first; nil: there is none.
func (s *Scenario) worst(severities ...session.Severity) *Incident {
	for _, severity := range severities {
		for i := range s.Incidents {
			in := &s.Incidents[i]
			if judged, _ := s.judged(in); !journal.AboutTool(in.Cause) && judged == severity.String() {
				return in
			}
		}
	}
	return nil
}

// worstDiagnostic returns the worst diagnostic, likewise.
func (s *Scenario) worstDiagnostic(severities ...session.Severity) *Diagnostic {
	for _, severity := range severities {
		for i := range s.Diagnostics {
			if d := &s.Diagnostics[i]; d.counts(severity) && d.stands() > 0 && d.Text != "" {
				return d
			}
		}
	}
	return nil
}

// errorsFound counts errors, and says of a scenario that began which is the worst. One that did
// not begin has that in front.
func (s *Scenario) errorsFound(n uint64, begun bool) text {
	worst := s.cause(session.Error)
	switch {
	case !begun || worst == "":
		return found(n)
	case n == 1:
		return join(kColon, found(n), literal(worst))
	default:
		return say(kTheWorst, found(n), worst)
	}
}
