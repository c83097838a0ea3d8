package report

import (
	"cmp"
	"slices"
	"strconv"

	"anytls-inspect/protocol/session"
)

// problemTable returns the list of problems of the page. It leaves out a column that would say
// nothing: when and in which sessions, where no incident is known, and the scenario, where
// there is one.
func (r *Report) problemTable(l Lang) table {
	problems := r.Problems()
	known := slices.ContainsFunc(problems, func(p Problem) bool { return len(p.Incidents) > 0 })
	columns := [...]struct {
		head  key
		shown bool
		cell  func(*Problem) string
	}{
		{kSeverity, true, func(p *Problem) string { return severityIn(p.Severity, l) }},
		{kCode, true, func(p *Problem) string { return clean(p.Code) }},
		{kWhen, known, func(p *Problem) string { return p.span().text(r.Generated).in(l) }},
		{kSessionsOf, known, func(p *Problem) string { return p.where().in(l) }},
		{kCount, true, func(p *Problem) string { return strconv.FormatUint(p.Count, 10) }},
		{kWhere, len(r.Scenarios) > 1, func(p *Problem) string { return runs(p.Scenarios) }},
		{kSeen, true, func(p *Problem) string { return p.whole(l) }},
	}
	t := table{Title: say(kProblems).in(l), Cards: true}
	for _, c := range columns {
		if c.shown {
			t.Head = append(t.Head, say(c.head).in(l))
		}
	}
	for i := range problems {
		var row []string
		for _, c := range columns {
			if c.shown {
				row = append(row, c.cell(&problems[i]))
			}
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

func severityIn(severity string, l Lang) string {
	severities := map[string]key{"error": kError, "warning": kWarning, "note": kNote}
	if k, known := severities[severity]; known {
		return say(k).in(l)
	}
	return clean(severity)
}

// maxSessions is how many numbers and ranges of sessions a problem shows.
const maxSessions = 6

// where says in which sessions an incident was seen, and by which route they came. The rest of
// incidents with one cause may be in any.
func (p *Problem) where() text {
	if len(p.Incidents) != 1 {
		return literal("–")
	}
	i := p.Incidents[0]
	list := slices.Compact(slices.Sorted(slices.Values(i.Sessions)))
	shown, more := session.Runs(list, maxSessions)
	more += max(i.SessionCount-len(list), 0)
	where := literal(cmp.Or(shown, "–"))
	switch {
	case more > 0 && i.SessionCount >= session.MaxCounted:
		where = say(kAndAtLeastMore, shown, more)
	case more > 0:
		where = say(kAndMore, shown, more)
	}
	if i.Route != "" {
		where = join(kSemicolon, where, say(kOfRoute, clean(i.Route)))
	}
	return where
}
