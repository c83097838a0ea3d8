package report

import (
	"cmp"
	"regexp"
	"slices"

	"anytls-inspect/protocol/session"
)

// A Problem is something wrong or odd: an incident, or a fault that only a run as a whole
// shows. Diagnostics of which no incident is known are problems by their code.
type Problem struct {
	Code     string // the cause of an incident
	Severity string // of the worst one: "error", "warning", "note"
	// Count is how many effects the incidents had, or how many diagnostics or failures
	// there were.
	Count     uint64
	Scenarios []int // from 1, where it was found
	// Incidents are the incident that it is, or the rest of those with one cause, where
	// they are many. They belong to the report.
	Incidents []*Incident

	from      []int  // the scenario of each incident
	place     int    // among those of its scenario, the worst first
	seen      string // in the first of the worst
	said      text   // the same as a sentence in any language, where it is the report's own
	equal     bool   // several incidents, which differ in figures only
	forgotten bool   // diagnostics of incidents that are no longer remembered
	overruled uint64 // how many of Count the server overruled, as far as is known
	advice    func(Lang) string
	known     []known // habits that may be behind it
}

// Text says in a language what was seen in the first of the worst, and whether the server
// overruled it. What peers and the program said then is in its own language.
func (p *Problem) Text(l Lang) string {
	said := literal(p.seen)
	if p.said.key != 0 {
		said = p.said
	}
	switch seen := cmp.Or(p.seen, "–"); {
	case p.equal:
		said = say(kEqual, len(p.Incidents), seen)
	case len(p.Incidents) > 1:
		said = say(kMoreAlike, len(p.Incidents), seen)
	case p.forgotten:
		said = say(kForgotten, seen)
	}
	switch {
	case p.overruled == 0:
	case p.isOverruled():
		said = say(kOverruledAll, said)
	default:
		said = say(kOverruledSome, said, p.overruled, p.Count)
	}
	return said.in(l)
}

// Advice says in a language what the problem means and what to do about it.
func (p *Problem) Advice(l Lang) string { return p.advice(l) }

// isOverruled tells whether the server overruled all of it: there is nothing to do about it.
func (p *Problem) isOverruled() bool { return p.Count > 0 && p.overruled >= p.Count }

// Effects says how many effects of each code the incidents had; nil where it is none.
func (p *Problem) Effects() map[session.Code]uint64 {
	if len(p.Incidents) == 0 {
		return nil
	}
	sum := make(map[session.Code]uint64)
	for _, i := range p.Incidents {
		for code, n := range i.Effects {
			sum[code] += n
		}
	}
	return sum
}

// span returns when the incidents were seen.
func (p *Problem) span() (s span) {
	for _, i := range p.Incidents {
		s = s.with(i.span())
	}
	return s
}

// same tells whether two problems of several scenarios are one. Incidents never are.
func (p *Problem) same(o *Problem) bool {
	return p.Code == o.Code && p.forgotten == o.forgotten && len(p.Incidents)+len(o.Incidents) == 0
}

// add adds a problem with the same code. What was seen is that of the worse one.
func (p *Problem) add(o *Problem) {
	p.Count += o.Count
	p.overruled += o.overruled
	p.addKnown(o.known)
	p.Incidents, p.from = append(p.Incidents, o.Incidents...), append(p.from, o.from...)
	for _, n := range o.Scenarios {
		if at, found := slices.BinarySearch(p.Scenarios, n); !found {
			p.Scenarios = slices.Insert(p.Scenarios, at, n)
		}
	}
	switch worse := rank(o.Severity) > rank(p.Severity); {
	case worse:
		p.Severity = o.Severity
		if o.seen != "" || o.said.key != 0 {
			p.seen, p.said = o.seen, o.said
		}
	case p.seen == "" && p.said.key == 0:
		p.seen, p.said = o.seen, o.said
	}
}

// compare orders problems, the worst first. Incidents come before what may follow from them,
// and those of one scenario in their own order.
func (p *Problem) compare(o *Problem) int {
	return cmp.Or(
		cmp.Compare(rank(o.Severity), rank(p.Severity)),
		cmp.Compare(min(len(o.Incidents), 1), min(len(p.Incidents), 1)),
		cmp.Compare(p.place, o.place),
		cmp.Compare(o.Count, p.Count),
		cmp.Compare(p.Code, o.Code),
	)
}

// rank orders severities. An unknown one ranks below all.
func rank(severity string) int {
	for _, s := range [...]session.Severity{session.Note, session.Warning, session.Error} {
		if s.String() == severity {
			return int(s)
		}
	}
	return -1
}

// maxAlike is how many problems stand for the incidents with one cause.
const maxAlike = 8

// foldAlike makes one problem of the incidents with one cause that are beyond maxAlike. It
// takes the list, the worst first.
func foldAlike(list []Problem) []Problem {
	alike := make(map[string]int)
	for i := range list {
		if len(list[i].Incidents) > 0 {
			alike[list[i].Code]++
		}
	}
	rest := make(map[string]int) // where the problem of the rest stands
	count := make(map[string]int)
	kept := list[:0]
	for _, p := range list {
		if len(p.Incidents) == 0 || alike[p.Code] <= maxAlike {
			kept = append(kept, p)
			continue
		}
		switch count[p.Code]++; {
		case count[p.Code] < maxAlike:
			kept = append(kept, p)
		case count[p.Code] == maxAlike:
			rest[p.Code] = len(kept)
			kept = append(kept, p)
		default:
			kept[rest[p.Code]].add(&p)
			kept[rest[p.Code]].equal = false
		}
	}
	return kept
}

// figures matches what differs between problems that are equal: numbers, addresses of IPv4, spans of time.
var figures = regexp.MustCompile(`(?:[0-9][0-9.:]*(?:ns|µs|ms|s|m|h)?)+`)

// foldEqual makes one problem of incidents of several scenarios that are no errors and differ in figures
// only, such as the port of a target that refuses, or how often an end was slow. Each error stands for
// itself.
func foldEqual(list []Problem) []Problem {
	type kind struct{ code, severity, text string }
	at := make(map[kind]int)
	kept := list[:0]
	for _, p := range list {
		k := kind{p.Code, p.Severity, figures.ReplaceAllString(p.seen, "#")}
		n, known := at[k]
		switch {
		case len(p.Incidents) == 0 || p.Severity == session.Error.String():
			kept = append(kept, p)
		case known && !slices.Contains(kept[n].Scenarios, p.Scenarios[0]):
			kept[n].add(&p)
			kept[n].equal = true
		default: // or another one of its scenario, which has told them apart
			at[k] = len(kept)
			kept = append(kept, p)
		}
	}
	return kept
}
