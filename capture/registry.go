package capture

import (
	"slices"
	"sync"
)

// A LiveSession is a session of a live source that has not ended, as its [Registry]
// knows it. Its methods do what those of [Control] do for one session. They are safe
// for concurrent use, also after the session's end, and do not wait for a peer.
type LiveSession interface {
	Inject(Insert) (Outcome, error)
	Waiting() []Waiting
	Cancel(Ticket) bool
	Release(Ticket) bool
}

// A Registry is what the routes of a run share: the numbers of the sessions, the way to
// those that are live, and the periodic heartbeats. It is the run's [Control].
//
// Its lock guards its own fields, and is never held while a session is called.
type Registry struct {
	mu       sync.Mutex
	routes   []Route
	last     SessionID // the newest session's
	live     map[SessionID]LiveSession
	readOnly bool
	periodic Periodic
	changed  chan struct{} // closed when periodic changes; then there is another
}

// NewRegistry returns a registry without routes and sessions.
func NewRegistry() *Registry {
	return &Registry{live: make(map[SessionID]LiveSession), changed: make(chan struct{})}
}

// AddRoute enters a route, whose address is the one that clients connect to.
func (r *Registry) AddRoute(route Route) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.routes = append(r.routes, route)
}

// Routes returns the routes in the order in which they were entered.
func (r *Registry) Routes() []Route {
	r.mu.Lock()
	defer r.mu.Unlock()
	return slices.Clone(r.routes)
}

// SetReadOnly has nothing injected from now on: Inject refuses, and there are no periodic
// heartbeats.
func (r *Registry) SetReadOnly() {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.readOnly = true
	r.setPeriodic(Periodic{})
}

// Begin numbers a session that begins. It can be called from now on, also before Begin
// returns. The source calls End when the session has ended.
func (r *Registry) Begin(s LiveSession) SessionID {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.last++
	r.live[r.last] = s
	return r.last
}

// End forgets a session that has ended. Its number is not given again.
func (r *Registry) End(id SessionID) {
	r.mu.Lock()
	defer r.mu.Unlock()
	delete(r.live, id)
}

// find returns a live session.
func (r *Registry) find(id SessionID) (LiveSession, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	s := r.live[id]
	switch {
	case s != nil:
		return s, nil
	case id > 0 && id <= r.last:
		return nil, ErrSessionClosed
	default:
		return nil, ErrNoSession
	}
}

// Inject implements [Control].
func (r *Registry) Inject(id SessionID, in Insert) (Outcome, error) {
	s, err := r.find(id)
	if err == nil && r.isReadOnly() {
		err = ErrReadOnly
	}
	if err != nil {
		return 0, err
	}
	return s.Inject(in)
}

// Waiting implements [Control].
func (r *Registry) Waiting(id SessionID) []Waiting {
	s, err := r.find(id)
	if err != nil {
		return nil
	}
	return s.Waiting()
}

// Cancel implements [Control].
func (r *Registry) Cancel(id SessionID, t Ticket) bool {
	s, err := r.find(id)
	return err == nil && s.Cancel(t)
}

// Release implements [Control].
func (r *Registry) Release(id SessionID, t Ticket) bool {
	s, err := r.find(id)
	return err == nil && s.Release(t)
}

// Periodic implements [Control].
func (r *Registry) Periodic() Periodic {
	p, _ := r.Pace()
	return p
}

// SetPeriodic implements [Control].
func (r *Registry) SetPeriodic(p Periodic) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if !r.readOnly {
		r.setPeriodic(p)
	}
}

// setPeriodic sets what Pace returns. The caller holds mu.
func (r *Registry) setPeriodic(p Periodic) {
	r.periodic = p
	close(r.changed)
	r.changed = make(chan struct{})
}

// isReadOnly tells whether nothing is injected.
func (r *Registry) isReadOnly() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.readOnly
}

// Pace returns how often a source sends heartbeats into its sessions, and a channel
// that is closed when that is no longer so.
func (r *Registry) Pace() (Periodic, <-chan struct{}) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.periodic, r.changed
}
