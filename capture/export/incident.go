package export

import (
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol/session"
)

// An incidentLine is the line of an incident.
type incidentLine struct {
	Event string `json:"event"`
	Time  string `json:"time"`
	incidentFields
}

// incidentFields are the fields of an incident, in its line and in the summary.
type incidentFields struct {
	Incident uint64   `json:"incident"` // its number
	State    string   `json:"state"`
	Cause    string   `json:"cause"`
	Severity string   `json:"severity"`
	Since    string   `json:"since"`
	Until    string   `json:"until,omitempty"`  // left out while it lasts
	Last     string   `json:"last"`             // when it had its newest effect
	Route    string   `json:"route,omitempty"`  // where there are several
	Server   string   `json:"server,omitempty"` // left out where it is about no session
	Target   string   `json:"target,omitempty"` // where it is about one target
	Rule     uint16   `json:"rule,omitempty"`   // that may be why
	Sessions []uint32 `json:"sessions"`         // the first of them
	// SessionCount counts all sessions, where they are more than those of the list, and
	// StreamCount all streams. No more than [session.MaxCounted] are told apart.
	SessionCount int                     `json:"session_count,omitempty"`
	Streams      []streamFields          `json:"streams"`
	StreamCount  int                     `json:"stream_count,omitempty"`
	Effects      map[session.Code]uint64 `json:"effects"`
	Text         string                  `json:"text"`
	Advice       string                  `json:"advice"`
}

// streamFields name a stream of a session.
type streamFields struct {
	Session uint32 `json:"session"`
	Stream  uint32 `json:"stream"`
}

// incidentOf returns the line of an incident, as of a time.
func incidentOf(i *session.Incident, at time.Time) incidentLine {
	return incidentLine{Event: i.NoticeName(), Time: timeOf(at), incidentFields: fieldsOf(i)}
}

// fieldsOf returns the fields of an incident.
func fieldsOf(i *session.Incident) incidentFields {
	f := incidentFields{
		Incident: i.Number, State: i.State.String(), Cause: string(i.Cause), Severity: i.Severity.String(),
		Since: timeOf(i.Since), Until: timeOf(i.Until), Last: timeOf(i.Last),
		Route: i.Route, Server: i.Server, Target: i.Target, Rule: i.Rule,
		Sessions: append([]uint32{}, i.Sessions...), Streams: []streamFields{}, // never null
		Effects: make(map[session.Code]uint64, len(i.Effects)),
		Text:    i.Text, Advice: i.AdviceUnder(journal.Spec(i.Cause).Advice),
	}
	for _, s := range i.Streams {
		f.Streams = append(f.Streams, streamFields(s))
	}
	if i.SessionCount > len(i.Sessions) {
		f.SessionCount = i.SessionCount
	}
	if i.StreamCount > len(i.Streams) {
		f.StreamCount = i.StreamCount
	}
	for _, e := range i.Effects {
		f.Effects[e.Code] = e.Count
	}
	return f
}

// summaryOf returns the incidents of a run, in the order in which they are given. There is
// nothing more to come, so that those are closed that are over, and the others opened.
func summaryOf(incidents []session.Incident) []incidentFields {
	list := []incidentFields{} // never null
	for n := range incidents {
		f := fieldsOf(&incidents[n])
		f.State = session.IncidentOpened.String()
		if f.Until != "" {
			f.State = session.IncidentClosed.String()
		}
		list = append(list, f)
	}
	return list
}
