package journal

import (
	"slices"
	"strings"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol/session"
)

// A Route is one of several routes of a relay: where it listens, its server, and how
// many sessions came by it. A recording does not tell where it listened, which is empty then.
// Where there is one route, the journal has none.
type Route struct {
	Name, Listen, Server string
	Sessions             uint64
}

// ExpectCredentials says which credentials the clients of a route send; none: they are not
// known. Sessions of this route are judged by these, and not by those of the journal's
// [session.Config]. It is called before the route has sessions.
func (j *Journal) ExpectCredentials(route string, credentials []session.Credential) {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	if j.credentials == nil {
		j.credentials = make(map[string][]session.Credential)
	}
	j.credentials[route] = credentials
}

// AskRoutes asks for the routes, in the order in which they were announced. The answer
// is a list of [Route], empty where there is one route, which has no name.
type AskRoutes struct{}

func (AskRoutes) answer(j *Journal) []Route {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	return slices.Clone(j.ring.routes)
}

func (AskRoutes) asOf(s *Snapshot) []Route { return slices.Clone(s.routes) }

// listening takes note of what listens, and makes its entry.
func (j *Journal) listening(e *capture.Event) {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	j.listen = e.Client
	listen, number := Listen{Address: e.Client}, j.route(e.Route)
	if number > 0 {
		r := &j.ring.routes[number-1]
		r.Listen, r.Server = e.Client, e.Server
		listen.Server = e.Server
		j.listen = j.listens()
	}
	j.begin(e.At)
	j.ring.push(&item{at: e.At, route: number, notice: listen, end: j.ring.written})
	j.news.tell()
}

// listens returns where all routes listen. j.ringMu is held.
func (j *Journal) listens() string {
	var all []string
	for i := range j.ring.routes {
		if listen := j.ring.routes[i].Listen; listen != "" {
			all = append(all, listen)
		}
	}
	return strings.Join(all, ", ")
}

// opened takes note of the first event of a session, and returns the number of its
// route and what its client should send.
func (j *Journal) opened(e *capture.Event) (route uint16, credentials []session.Credential) {
	j.ringMu.Lock()
	defer j.ringMu.Unlock()
	j.begin(e.At)
	if route = j.route(e.Route); route > 0 {
		r := &j.ring.routes[route-1]
		r.Sessions++
		if r.Server == "" { // a recording does not tell that its relay listened
			r.Server = e.Server
		}
	}
	credentials, said := j.credentials[e.Route]
	if !said {
		credentials = j.cfg.Credentials
	}
	return route, credentials
}

// route returns the number of the route with a name, which is entered where it is new.
// It is 0 where there is no name, or no room. j.ringMu is held, as below.
func (j *Journal) route(name string) uint16 {
	if name == "" {
		return 0
	}
	i := slices.IndexFunc(j.ring.routes, func(known Route) bool { return known.Name == name })
	switch {
	case i >= 0:
		return uint16(i + 1)
	case len(j.ring.routes) == capture.MaxRoutes:
		return 0
	}
	j.ring.routes = append(j.ring.routes, Route{Name: name})
	return uint16(len(j.ring.routes))
}

// begin takes note of when the first event was recorded.
func (j *Journal) begin(at time.Time) {
	if j.started.IsZero() {
		j.started = at
	}
}
