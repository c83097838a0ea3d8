package report

import (
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// Which diagnostics stand against a pair. All are told, among the problems; some say nothing of
// the peers. Those about the tool itself don't count: a full disk says nothing of the pair. Nor
// do those that the server overruled: they say that a session can't work, and it did.

// severity returns the severity, that of the code where none is set.
func (d *Diagnostic) severity() string {
	if d.Severity == "" {
		return journal.Spec(d.Code).Severity.String()
	}
	return d.Severity
}

// stands returns how many were not overruled.
func (d *Diagnostic) stands() uint64 { return d.Count - min(d.Overruled, d.Count) }

// counts tells whether a diagnostic is about the peers, and of a severity.
func (d *Diagnostic) counts(severity session.Severity) bool {
	return d.severity() == severity.String() && !journal.AboutTool(d.Code)
}

// count returns how many diagnostics of a severity stand against the pair.
func (s *Scenario) count(severity session.Severity) (n uint64) {
	for i := range s.Diagnostics {
		if d := &s.Diagnostics[i]; d.counts(severity) {
			n += d.stands()
		}
	}
	return n
}

// overruled returns how many errors and warnings the server overruled.
func (s *Scenario) overruled() (n uint64) {
	for i := range s.Diagnostics {
		if d := &s.Diagnostics[i]; d.counts(session.Error) || d.counts(session.Warning) {
			n += d.Count - d.stands()
		}
	}
	return n
}

// aboutTargets returns how many of the warnings say that a target could not be reached: the
// server did what it owed, and said so.
func (s *Scenario) aboutTargets() (n uint64) {
	for i := range s.Diagnostics {
		if d := &s.Diagnostics[i]; d.Code == session.CodeSYNACKError && d.counts(session.Warning) {
			n += d.stands()
		}
	}
	return n
}

// Errors returns the number of errors: diagnostics of that severity that stand, failed requests and
// datagrams through the relay, and targets that did not go as they should. Where no session came
// about, there is at least one error for each that failed.
//
// Where others did, sessions that failed add nothing: each has diagnostics of its own, by whose
// severity it counts, and would count twice. Whoever knocks at a relay that works, without
// speaking AnyTLS or without the password, is no error of the pair beyond that.
func (s *Scenario) Errors() uint64 {
	n := s.count(session.Error)
	if s.failedToBegin() {
		n = max(n, s.notBegun())
	}
	if s.Relayed != nil {
		n += s.Relayed.Failed
	}
	if s.Load != nil {
		n += s.Load.Failed
	}
	if s.Spaced != nil {
		n += s.Spaced.Failed
	}
	if lost := s.lostDatagrams(); lost != nil && lost == s.UDP {
		n += lost.Failed
	}
	if s.idleFailed() {
		n += s.Idle.Failed
	}
	n += s.targetsFailed()
	return n
}
