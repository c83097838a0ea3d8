package report

import "anytls-inspect/protocol/session"

// What the server overruled stays in the list of problems, and says there that it was. It is a
// note then: it was told while nobody could know better.

// judged returns how severe a problem of some of the diagnostics is, and how many of these the
// server overruled. Of a part of them that is known only where it overruled all or none.
func (d *Diagnostic) judged(some uint64) (severity string, overruled uint64) {
	switch {
	case d.stands() == 0 && d.Count > 0:
		return session.Note.String(), some
	case some == d.Count:
		return d.severity(), d.Count - d.stands()
	default:
		return d.severity(), 0
	}
}

// judged returns how severe an incident is by what stands of its effects, and how many of these
// the server overruled. An incident names its effects by their code: of a code that was overruled
// in part, what is an incident's share shows only where all of them are its effects.
func (s *Scenario) judged(i *Incident) (severity string, overruled uint64) {
	all := make(map[session.Code]uint64)
	for n := range s.Diagnostics {
		all[s.Diagnostics[n].Code] += s.Diagnostics[n].Count
	}
	worst := session.Note // of what stands
	for n := range s.Diagnostics {
		d := &s.Diagnostics[n]
		effects := i.Effects[d.Code]
		if effects == 0 {
			continue
		}
		if d.stands() == 0 || effects == all[d.Code] {
			overruled += min(effects, d.Count-d.stands())
		}
		if d.stands() > 0 {
			worst = max(worst, session.Severity(max(rank(d.severity()), 0)))
		}
	}
	if overruled == 0 || int(worst) > rank(i.Severity) {
		return i.Severity, overruled
	}
	return worst.String(), overruled
}
