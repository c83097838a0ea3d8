package report

import (
	"cmp"
	"slices"
	"strconv"
)

// A page is a report in one language, as text that is not escaped yet. Markdown and HTML
// are made from it.
type page struct {
	Lang      Lang
	Title     string
	Facts     []fact
	Matrix    *matrix // nil where there are not several pairs
	Overview  *table  // nil for a single scenario
	Shares    string  // what its columns count
	Unseen    *unseen // nil where all was seen
	Sections  []section
	Checklist checklist
	Summary   summary
}

type fact struct{ Name, Value string }

type table struct {
	Title    string
	Head     []string
	Rows     [][]string
	Statuses []Status // of the rows, where a column has their texts
	statusAt int      // that column
	Cards    bool     // narrow screens show a row as lines, each headed by its column
}

type section struct {
	Title    string
	Facts    []fact
	Tables   []table
	Charts   []chart
	Known    []bullets
	result   Status // of which the value of one fact is the text
	resultAt int    // that fact
}

// bullets are a list of phrases with a title.
type bullets struct {
	Title string
	Lines []string
}

type checklist struct {
	Title  string
	Groups []group
}

type group struct {
	Title string
	Items []itemLine
}

type itemLine struct {
	Ticked   bool
	Status   string // with its mark
	Class    Status
	Title    string
	Evidence []string
}

type summary struct {
	Title           string
	Interoperable   string
	Verdict, Reason string
	Front           string // the first of the reason
	FrontAdvice     string // what to do about it, where something failed
	Class           Verdict
	Problems        table
	NoProblems      string // where there are none
	AdviceTitle     string
	Advice          []string
}

// page returns the report in a language.
func (r *Report) page(l Lang) *page {
	p := &page{Lang: l, Title: cmp.Or(clean(r.Title), say(kTitle).in(l)), Facts: []fact{
		{say(kDate).in(l), r.date()},
		{say(kTester).in(l), clean(r.Tester)},
		{say(kTool).in(l), clean(r.Tool)},
	}}
	if r.FingerprintsOfRun {
		p.Facts = append(p.Facts, fact{say(kFingerprints).in(l), say(kFingerprintsOfRun).in(l)})
	}
	p.Facts = append(p.Facts, r.ruleFacts(l)...)
	p.Matrix = r.matrix(l)
	if len(r.Scenarios) > 1 {
		p.Overview, p.Shares = r.overview(l), say(kShares).in(l)
	}
	p.Unseen = r.unseen(l)
	known := r.unexplaining(l)
	for i := range r.Scenarios {
		s := r.Scenarios[i].section(i+1, len(r.Scenarios), l)
		s.Known = known[i]
		p.Sections = append(p.Sections, s)
	}
	p.Checklist = r.checklistLines(l)
	p.Summary = r.summary(l)
	return p
}

func (r *Report) date() string {
	if r.Generated.IsZero() {
		return ""
	}
	return r.Generated.Format("2006-01-02 15:04 MST")
}

func (s Status) text() text {
	switch s {
	case Passed:
		return say(kPassed)
	case Failed:
		return say(kFailed)
	case Observed:
		return say(kObserved)
	default:
		return say(kNotMeasured)
	}
}

func (v Verdict) text() text {
	switch v {
	case Fully:
		return say(kFully)
	case Partly:
		return say(kPartly)
	case Not:
		return say(kNot)
	default:
		return say(kUndecided)
	}
}

func (r *Report) overview(l Lang) *table {
	t := &table{Title: say(kOverview).in(l), Head: heads(l,
		kNumber, kWhat, kServer, kClient, kResult, kDirect, kRelayed, kTowardServer, kTowardClient, kErrors)}
	t.statusAt = slices.Index(t.Head, say(kResult).in(l))
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		t.Statuses = append(t.Statuses, s.Result())
		t.Rows = append(t.Rows, []string{
			strconv.Itoa(i + 1), cmp.Or(s.whatIs(l), "–"),
			s.Server.column(l), s.Client.column(l), s.Result().text().in(l),
			s.Direct.share(), s.Relayed.share(), s.Heartbeats.TowardServer.share(), s.Heartbeats.TowardClient.share(),
			strconv.FormatUint(s.Errors(), 10),
		})
	}
	return t
}

// share returns how many of all requests succeeded.
func (t *Traffic) share() string {
	if t == nil || t.Requests == 0 {
		return "–"
	}
	return share(t.Requests-min(t.Failed, t.Requests), t.Requests)
}

// share returns how many of all heartbeats were answered.
func (t *Toward) share() string {
	f := t.all()
	if f.Sent == 0 {
		return "–"
	}
	return share(f.Answered, f.Sent)
}

func share(part, all uint64) string {
	return strconv.FormatUint(part, 10) + "/" + strconv.FormatUint(all, 10)
}

func heads(l Lang, keys ...key) []string {
	list := make([]string, len(keys))
	for i, k := range keys {
		list[i] = say(k).in(l)
	}
	return list
}
