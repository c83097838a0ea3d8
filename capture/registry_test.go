package capture_test

import (
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
)

// A fakeSession counts what reaches it. Where it has a registry, it calls that from
// inside, as a session of a source may.
type fakeSession struct {
	mu       sync.Mutex
	injected int
	tickets  []capture.Ticket
	calls    *capture.Registry
}

func (s *fakeSession) Inject(in capture.Insert) (capture.Outcome, error) {
	if s.calls != nil {
		s.calls.SetPeriodic(s.calls.Periodic())
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if in.Toward == protocol.Client {
		return 0, capture.ErrNotAnyTLS
	}
	s.injected++
	s.tickets = append(s.tickets, capture.Ticket(s.injected))
	return capture.WaitsMidFrame, nil
}

func (s *fakeSession) Waiting() (waiting []capture.Waiting) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, t := range s.tickets {
		waiting = append(waiting, capture.Waiting{Ticket: t})
	}
	return waiting
}

func (s *fakeSession) Cancel(t capture.Ticket) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	i := slices.Index(s.tickets, t)
	if i >= 0 {
		s.tickets = slices.Delete(s.tickets, i, i+1)
	}
	return i >= 0
}

func (s *fakeSession) Release(t capture.Ticket) bool { return s.Cancel(t) }

var toServer = capture.Insert{Toward: protocol.Server}

// TestRegistry: what is meant for a session reaches that one and no other, and what it
// answers comes back.
func TestRegistry(t *testing.T) {
	r := capture.NewRegistry()
	a, b := new(fakeSession), &fakeSession{calls: r}
	var control capture.Control = r
	if _, err := control.Inject(1, toServer); !errors.Is(err, capture.ErrNoSession) {
		t.Errorf("before it began: %v", err)
	}
	if x, y := r.Begin(a), r.Begin(b); x != 1 || y != 2 {
		t.Fatalf("the sessions are %d and %d, want 1 and 2", x, y)
	}
	if got, err := control.Inject(2, toServer); got != capture.WaitsMidFrame || err != nil || a.injected != 0 || b.injected != 1 {
		t.Errorf("injected: %v, %v; %d in the first, %d in the second", got, err, a.injected, b.injected)
	}
	if _, err := control.Inject(2, capture.Insert{Toward: protocol.Client}); !errors.Is(err, capture.ErrNotAnyTLS) {
		t.Errorf("the session's own error: %v", err)
	}
	if w := control.Waiting(2); len(w) != 1 || len(control.Waiting(1)) != 0 || len(control.Waiting(3)) != 0 {
		t.Errorf("waiting: %v", w)
	}
	if control.Cancel(1, 1) || control.Cancel(3, 1) || !control.Cancel(2, 1) || control.Cancel(2, 1) {
		t.Error("what waits in the second session was not cancelled there, and once")
	}

	r.End(2)
	if _, err := control.Inject(2, toServer); !errors.Is(err, capture.ErrSessionClosed) {
		t.Errorf("after its end: %v", err)
	}
	for _, id := range []capture.SessionID{0, 3} {
		if _, err := control.Inject(id, toServer); !errors.Is(err, capture.ErrNoSession) {
			t.Errorf("session %d: %v", id, err)
		}
	}
	if id := r.Begin(b); id != 3 {
		t.Errorf("the next session is %d, want 3", id)
	}
}

// TestRegistryPace: whoever looks learns of each change, also a source that comes later.
func TestRegistryPace(t *testing.T) {
	r := capture.NewRegistry()
	p, first := r.Pace()
	if p != (capture.Periodic{}) {
		t.Errorf("nothing was set: %+v", p)
	}
	want := capture.Periodic{Every: time.Second, Toward: protocol.ByPeer[bool]{protocol.Client: true}}
	r.SetPeriodic(want)
	<-first
	later, second := r.Pace()
	if later != want || r.Periodic() != want {
		t.Errorf("the pace is %+v, want %+v", later, want)
	}
	select {
	case <-second:
		t.Error("a change is told that has not come")
	default:
	}
	r.SetPeriodic(capture.Periodic{})
	<-second
}

// TestRegistryReadOnly: a run that only looks injects nothing, and has no periodic heartbeats.
func TestRegistryReadOnly(t *testing.T) {
	every := capture.Periodic{Every: time.Second}
	r := capture.NewRegistry()
	r.SetPeriodic(every)
	s := new(fakeSession)
	id := r.Begin(s)
	_, changed := r.Pace()
	r.SetReadOnly()
	select {
	case <-changed:
	default:
		t.Error("nobody is told that there are no heartbeats any more")
	}
	r.SetPeriodic(every)
	if p := r.Periodic(); p != (capture.Periodic{}) {
		t.Errorf("the heartbeats are %+v", p)
	}
	if _, err := r.Inject(id, toServer); !errors.Is(err, capture.ErrReadOnly) || s.injected != 0 {
		t.Errorf("%d frames were injected: %v", s.injected, err)
	}
	if _, err := r.Inject(id+1, toServer); !errors.Is(err, capture.ErrNoSession) {
		t.Errorf("no such session: %v", err)
	}
}

// TestRegistryRoutes: they stand in the order in which they were entered, and what is
// handed out is a copy.
func TestRegistryRoutes(t *testing.T) {
	r := capture.NewRegistry()
	r.AddRoute(capture.Route{Name: "b"})
	r.AddRoute(capture.Route{Name: "a"})
	r.Routes()[0].Name = "changed"
	if got := r.Routes(); len(got) != 2 || got[0].Name != "b" || got[1].Name != "a" {
		t.Errorf("routes: %+v", got)
	}
}

// TestRegistryConcurrently: sessions of several routes begin and end while others are
// called. Each number is given once, those of one route rise, and nothing is left.
func TestRegistryConcurrently(t *testing.T) {
	const routes, sessions = 4, 200
	r := capture.NewRegistry()
	seen := make(chan []capture.SessionID, routes)
	var wg sync.WaitGroup
	for range routes {
		wg.Go(func() {
			var ids []capture.SessionID
			for range sessions {
				s := new(fakeSession)
				id := r.Begin(s)
				ids = append(ids, id)
				if _, err := r.Inject(id, toServer); err != nil || s.injected != 1 {
					t.Errorf("session %d: %v, %d injected", id, err, s.injected)
				}
				_ = r.Waiting(id - 1) // another route's, which may have ended
				r.SetPeriodic(capture.Periodic{Every: time.Duration(id)})
				r.End(id)
				if _, err := r.Inject(id, toServer); !errors.Is(err, capture.ErrSessionClosed) {
					t.Errorf("session %d after its end: %v", id, err)
				}
			}
			seen <- ids
		})
	}
	wg.Wait()
	var all []capture.SessionID
	for range routes {
		ids := <-seen
		if !slices.IsSorted(ids) {
			t.Errorf("the numbers of a route do not rise: %v", ids)
		}
		all = append(all, ids...)
	}
	slices.Sort(all)
	for i, id := range all {
		if id != capture.SessionID(i+1) {
			t.Fatalf("the numbers are not 1 to %d, each once: %v", len(all), all)
		}
	}
	if n := r.Held(); n != 0 {
		t.Errorf("%d sessions are held after their end", n)
	}
}
