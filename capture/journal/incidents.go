package journal

import (
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// AskIncidents asks for the incidents that are not closed, or for all that are remembered. The
// answer is a list of [session.Incident], the worst first, as of the newest event or tick.
type AskIncidents struct{ Closed bool }

func (a AskIncidents) answer(j *Journal) []session.Incident {
	j.ringMu.Lock()
	held := j.incidents.Held()
	j.ringMu.Unlock()
	if a.Closed {
		return held.List()
	}
	return held.Open()
}

func (a AskIncidents) asOf(s *Snapshot) []session.Incident {
	list := make([]session.Incident, 0, len(s.incidents))
	for n := range s.incidents {
		if i := &s.incidents[n]; a.Closed || i.State != session.IncidentClosed {
			list = append(list, i.Clone())
		}
	}
	return list
}

// placeOf returns where a session comes from, by one of its events.
func placeOf(e *capture.Event) session.Place {
	return session.Place{Session: uint32(e.Session), Route: e.Route, Client: session.HostOf(e.Client), Server: e.Server}
}

// join makes a notice that is about to get an entry an effect of an incident, whose opening
// precedes it. j.ringMu is held, as below.
func (j *Journal) join(it *item, from session.Place) {
	joined, told := j.incidents.Join(it.at, from, it.notice)
	it.notice = joined
	for _, i := range told {
		j.ring.push(&item{at: it.at, route: j.route(i.Route), notice: i, end: it.end})
	}
}

// hear takes note of whom the session's draft shows to live.
func (j *Journal) hear(s *trackedSession, at time.Time) {
	if !j.incidents.Listens() {
		return
	}
	for peer, heard := range s.draft.heard {
		if heard {
			j.incidents.Heard(at, s.place, protocol.Peer(peer))
		}
	}
}

// tellIncidents makes entries of the incidents that have grown by a time, or are closed. end is
// where the data of the frames before them ends.
func (j *Journal) tellIncidents(now time.Time, end uint64) {
	for i, due := j.incidents.Due(now); due; i, due = j.incidents.Due(now) {
		j.ring.push(&item{at: now, route: j.route(i.Route), notice: i, end: end})
		j.news.tell()
	}
}

// nextStop returns when there may be something to tell of an incident, between two times, and
// else the later one: what the sessions have for it by then comes before.
func (j *Journal) nextStop(from, to time.Time) time.Time {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	if due := j.incidents.NextDue(); due.After(from) && due.Before(to) {
		return due
	}
	return to
}
