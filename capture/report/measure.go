package report

import (
	"maps"
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// Measure adds to a scenario what the journal knows at the end of a run. It leaves what
// the caller set: the kind, the interval, the peers' names, the notes, what came of
// requests. Without a collector (nil), it reads what the journal still holds: only the
// end of a long run.
func Measure(j *journal.Journal, c *Collector, s Scenario) Scenario {
	if c == nil {
		c = new(Collector)
		c.Read(j)
	}
	t := j.Totals()
	s.Sessions, s.Streams, s.Frames = t.Sessions, t.Streams, t.Frames
	s.Evidence = t.Evidence.Figures()
	s.Passing, s.Outcomes = &t.Passing, &t.Outcomes
	s.Heartbeats = c.Heartbeats()
	for _, p := range [...]protocol.Peer{protocol.Server, protocol.Client} {
		to := s.toward(p)
		to.TowardFigures = t.Toward(p)
		to.stood(&t, p)
	}
	c.Watch.tell(&s)
	s.Diagnostics = nil
	for _, code := range slices.Sorted(maps.Keys(t.Severities)) {
		for _, severity := range [...]session.Severity{session.Error, session.Warning, session.Note} {
			if n := t.Severities[code][severity]; n > 0 {
				s.Diagnostics = append(s.Diagnostics, Diagnostic{
					Code: code, Count: n, Severity: severity.String(), Text: c.texts[finding{code, severity}],
					Overruled: t.Overruled[code][severity],
				})
			}
		}
	}
	s.what(j, t.Incidents)
	s.when(j)
	s.who(j)
	s.by(j)
	s.under(&t)
	return s
}

// what notes the incidents of the journal.
func (s *Scenario) what(j *journal.Journal, incidents []session.Incident) {
	s.Incidents = nil
	end := newest(j, journal.Look(j, journal.AskSummary{}).Newest)
	for n := range incidents {
		i := incidentOf(&incidents[n])
		if cutOff(j, &incidents[n], end) {
			i.Until = time.Time{}
		}
		s.Incidents = append(s.Incidents, i)
	}
}

// cutOff tells whether an incident was over for no other reason than that the run came to its
// end: the relay ended the sessions in which a peer did not read, or the capture does.
func cutOff(j *journal.Journal, i *session.Incident, end time.Time) bool {
	if i.Until.IsZero() || end.Sub(i.Until) > grace.Duration() {
		return false
	}
	return slices.ContainsFunc(i.Sessions, func(id uint32) bool {
		s := journal.Look(j, journal.AskSession{ID: capture.SessionID(id)})
		return s != nil && s.Closed && s.ClosedAt.Equal(i.Until) &&
			(s.State.ClosedBy == session.ClosedByRelay || s.State.ClosedBy == session.ClosedByCapture)
	})
}

// when fills in the start and the duration where the caller left them out: from the first
// entry of the journal to the last.
func (s *Scenario) when(j *journal.Journal) {
	all := journal.Look(j, journal.AskSummary{})
	if s.Started.IsZero() {
		s.Started = all.Started
	}
	if s.Duration != 0 {
		return
	}
	if end := newest(j, all.Newest); !s.Started.IsZero() && end.After(s.Started) {
		s.Duration = session.Millis(end.Sub(s.Started))
	}
}

// newest returns the latest time among the last few entries. The last entry need not have
// it: a notice that time alone raises can stand behind later frames.
func newest(j *journal.Journal, last uint64) (end time.Time) {
	const few = 64
	b := &journal.Batch{Next: max(last, few) - few + 1}
	for j.Read(b, few) {
		for i := range b.Entries {
			if at := b.Entries[i].At; at.After(end) {
				end = at
			}
		}
	}
	return end
}

// who names the peers where the caller did not: the client as its Settings call it, or as it
// looks, the server by its address, and as it looks.
func (s *Scenario) who(j *journal.Journal) {
	const many = 64
	rows := journal.Look(j, journal.AskSessions{Window: journal.Window{Limit: many}}).Rows
	var clients, servers []string
	like := newLikeness(rows)
	for i := range rows {
		clients = addName(clients, like.client(&rows[i]))
		servers = addName(servers, like.server(&rows[i]))
	}
	if s.Client.Name == "" {
		s.Client.Name = strings.Join(clients, namesSeparator)
	}
	if s.Server.Name == "" {
		s.Server.Name = strings.Join(servers, namesSeparator)
	}
}

// namesSeparator stands between the names of several peers.
const namesSeparator = ", "

// addName adds a name to a short list, unless it is there already.
func addName(list []string, name string) []string {
	const most = 4
	switch name = clip(name); {
	case name == "" || slices.Contains(list, name) || len(list) > most:
		return list
	case len(list) == most:
		name = "…"
	}
	return append(list, name)
}
