package journal

import (
	"slices"
	"time"

	"anytls-inspect/capture"
)

// A Route is one of several routes of a relay: where it listens, its server, and how
// many sessions came by it. Where there is one route, the journal has none.
type Route struct {
	Name, Listen, Server string
	Sessions             uint64
}

// maxRoutes bounds the routes that are remembered, where a source names ever new ones.
const maxRoutes = 1024

// routes are what the journal knows of routes. The journal's lock guards it.
type routes struct {
	known       []Route // in the order of their names' first events
	credentials map[string]*[32]byte
}

// ExpectCredential says which hash the clients of a route send; nil: it is not known.
// Sessions of this route are judged by that, and not by the Credential of the journal's
// [session.Config]. It is called before the route has sessions.
func (j *Journal) ExpectCredential(route string, credential *[32]byte) {
	j.mu.Lock()
	defer j.mu.Unlock()
	if j.routes.credentials == nil {
		j.routes.credentials = make(map[string]*[32]byte)
	}
	j.routes.credentials[route] = credential
}

// Routes returns a copy of the routes, in the order in which they were announced. It is
// empty where there is one route, which has no name.
func (j *Journal) Routes() []Route {
	j.mu.Lock()
	defer j.mu.Unlock()
	return slices.Clone(j.routes.known)
}

// listening takes note of what listens, and makes its entry. j.mu is held, as for all
// functions below.
func (j *Journal) listening(e *capture.Event) {
	if e.Route == "" || j.listen == "" {
		j.listen = e.Client
	} else {
		j.listen += ", " + e.Client
	}
	if r := j.routes.named(e.Route); r != nil {
		r.Listen, r.Server = e.Client, e.Server
	}
	n := j.push(e.At, 0)
	n.Notice, n.Route = Listen{Address: e.Client}, e.Route
}

// named returns the route of a name, which is entered where it is new. It returns nil
// where there is no name, or no room.
func (r *routes) named(name string) *Route {
	if name == "" {
		return nil
	}
	i := slices.IndexFunc(r.known, func(known Route) bool { return known.Name == name })
	switch {
	case i >= 0:
		return &r.known[i]
	case len(r.known) == maxRoutes:
		return nil
	default:
		r.known = append(r.known, Route{Name: name})
		return &r.known[len(r.known)-1]
	}
}

// begin takes note of the route that the first event of a session names.
func (r *routes) begin(s *trackedSession, route string) {
	s.route = route
	if known := r.named(route); known != nil {
		known.Sessions++
	}
}

// push makes an entry of the session, to be filled in.
func (s *trackedSession) push(at time.Time) *Entry {
	e := s.journal.push(at, s.id)
	e.Route = s.route
	return e
}
