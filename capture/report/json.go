package report

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"time"

	"anytls-inspect/protocol/session"
)

// document is the JSON form of a report: what was measured, and what follows from it.
// Keys and codes are the same in each language.
type document struct {
	Meta
	Language  Lang               `json:"language"`
	Verdict   Verdict            `json:"verdict"`
	Reason    string             `json:"reason"`
	NotSeen   []string           `json:"not_seen,omitempty"`
	Pairs     []pairDocument     `json:"pairs,omitempty"` // where there are several
	Checklist []itemDocument     `json:"checklist"`
	Problems  []problemDocument  `json:"problems"`
	Advice    []string           `json:"advice"`
	Scenarios []scenarioDocument `json:"scenarios"`
}

// A pairDocument is what follows for one of several pairs from its scenarios alone.
type pairDocument struct {
	Server    Peer    `json:"server"`
	Client    Peer    `json:"client"`
	Scenarios []int   `json:"scenarios"` // by their numbers
	Verdict   Verdict `json:"verdict"`
	// NotRun is left out unless nothing of the pair was run, for no failure of its own.
	NotRun bool   `json:"not_run,omitempty"`
	Reason string `json:"reason"`
}

type itemDocument struct {
	ID       string             `json:"id"`
	Group    string             `json:"group"`
	Status   Status             `json:"status"`
	Title    string             `json:"title"`
	Evidence []evidenceDocument `json:"evidence"`
}

type evidenceDocument struct {
	Scenario int    `json:"scenario"`
	Status   Status `json:"status"`
	Text     string `json:"text"`
}

type problemDocument struct {
	Code      string `json:"code"`
	Severity  string `json:"severity"`
	Count     uint64 `json:"count"`
	Scenarios []int  `json:"scenarios"`
	Text      string `json:"text"`
	Advice    string `json:"advice"`
	// Known says which habits of the peers may be behind it, left out where none is known.
	Known string `json:"known,omitempty"`
	// What follows is left out where it is no incident.
	*incidentsDocument
}

// An incidentsDocument is what is known of the incidents of a problem.
type incidentsDocument struct {
	Incidents []referenceDocument `json:"incidents"`
	Since     time.Time           `json:"since"`
	Until     time.Time           `json:"until,omitzero"` // the last; left out where one was not seen to be over
	Lasts     bool                `json:"lasts"`          // to the end of the run
	// Route to Sessions are those of one incident: the rest of those with one cause has none.
	Route        string                  `json:"route,omitempty"`
	Server       string                  `json:"server,omitempty"`
	Target       string                  `json:"target,omitempty"`
	Sessions     []uint32                `json:"sessions,omitempty"`
	SessionCount int                     `json:"session_count,omitempty"`
	Effects      map[session.Code]uint64 `json:"effects"`
}

// A referenceDocument names an incident of a scenario.
type referenceDocument struct {
	Scenario int    `json:"scenario"`
	Incident uint64 `json:"incident"`
}

type scenarioDocument struct {
	Number int    `json:"number"` // by which the rest of the report refers to it
	Name   string `json:"name"`
	// Guide is the guide's number of it, left out where it is none of the guide's.
	Guide  int      `json:"guide_scenario,omitempty"`
	Result Status   `json:"result"`
	Faults []string `json:"faults"`
	Errors uint64   `json:"errors"`
	*Scenario
	// Steps stands in for the scenario's, and says what each came to.
	Steps []stepDocument `json:"steps,omitempty"`
}

type stepDocument struct {
	Step
	Title  string `json:"title"`
	Status Status `json:"status"`
	Text   string `json:"text"`
}

// JSON returns the report as JSON, with its sentences in a language. [Read] reads it.
func (r *Report) JSON(l Lang) ([]byte, error) {
	verdict, why := r.judge()
	d := document{
		Meta: r.Meta, Language: l, Verdict: verdict, Reason: why.in(l),
		Checklist: []itemDocument{}, Problems: []problemDocument{}, Scenarios: []scenarioDocument{},
		Advice: append([]string{}, r.Advice(l)...),
	}
	if u := r.unseen(l); u != nil {
		d.NotSeen = u.Lines
	}
	if r.several() {
		d.Pairs = r.pairDocuments(l)
	}
	for _, item := range r.Checklist() {
		i := itemDocument{item.ID, item.Group, item.Status, item.Title(l), []evidenceDocument{}}
		for _, e := range item.Evidence {
			i.Evidence = append(i.Evidence, evidenceDocument{e.Scenario, e.Status, e.Text(l)})
		}
		d.Checklist = append(d.Checklist, i)
	}
	for _, p := range r.Problems() {
		d.Problems = append(d.Problems, problemDocument{
			p.Code, p.Severity, p.Count, p.Scenarios, p.Text(l), p.Advice(l), p.Known(l), p.incidentsDocument(),
		})
	}
	for i := range r.Scenarios {
		s := &r.Scenarios[i]
		kind, _ := s.Kind.words()
		one := scenarioDocument{i + 1, s.name(l), kind.guide, s.Result(), []string{}, s.Errors(), s.listed(), s.stepDocuments(l)}
		for _, fault := range s.faults() {
			one.Faults = append(one.Faults, fault.in(l))
		}
		d.Scenarios = append(d.Scenarios, one)
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	if err := enc.Encode(d); err != nil {
		return nil, fmt.Errorf("report: %w", err)
	}
	return b.Bytes(), nil
}

// pairDocuments returns the pairs with what follows for each.
func (r *Report) pairDocuments(l Lang) (list []pairDocument) {
	pairs := r.Pairs()
	for i := range pairs {
		p := &pairs[i]
		list = append(list, pairDocument{p.Server, p.Client, p.Scenarios, p.Verdict, p.NotRun, p.Reason(l)})
	}
	return list
}

// incidentsDocument returns what is known of the incidents, nil where it is none.
func (p *Problem) incidentsDocument() *incidentsDocument {
	if len(p.Incidents) == 0 {
		return nil
	}
	when := p.span()
	d := &incidentsDocument{Since: when.since, Lasts: when.lasts, Effects: p.Effects()}
	for n, i := range p.Incidents {
		d.Incidents = append(d.Incidents, referenceDocument{p.from[n], i.Number})
		if i.Until.After(d.Until) {
			d.Until = i.Until
		}
	}
	if slices.ContainsFunc(p.Incidents, func(i *Incident) bool { return i.Until.IsZero() }) {
		d.Until = time.Time{}
	}
	if len(p.Incidents) == 1 {
		i := p.Incidents[0]
		d.Route, d.Server, d.Target, d.Sessions, d.SessionCount = i.Route, i.Server, i.Target, i.Sessions, i.SessionCount
	}
	return d
}

// stepDocuments returns the steps with what each came to.
func (s *Scenario) stepDocuments(l Lang) (list []stepDocument) {
	for at := range s.Steps {
		status, said := s.judgeStep(at)
		list = append(list, stepDocument{s.Steps[at], s.Steps[at].ID.title().in(l), status, said.in(l)})
	}
	return list
}

// listed returns a copy in which empty lists that JSON always has are not null.
func (s *Scenario) listed() *Scenario {
	c := *s
	if c.Diagnostics == nil {
		c.Diagnostics = []Diagnostic{}
	}
	if c.Incidents == nil {
		c.Incidents = []Incident{}
	}
	if c.Notes == nil {
		c.Notes = []string{}
	}
	return &c
}

// Read reads what was measured from a report that [Report.JSON] made. The rest follows
// from it anew.
func Read(from io.Reader) (*Report, error) {
	r := new(Report)
	if err := json.NewDecoder(from).Decode(r); err != nil {
		return nil, fmt.Errorf("report: not a report in JSON: %w", err)
	}
	return r, nil
}
