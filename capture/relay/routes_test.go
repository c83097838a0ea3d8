package relay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
)

// A listed sink keeps which route the sessions came by, and what listens where.
type listed struct {
	capture.Sink
	mu     sync.Mutex
	events []capture.Event // Listening and Opened
}

func (l *listed) Record(e *capture.Event) {
	if e.Kind <= capture.Opened {
		l.mu.Lock()
		l.events = append(l.events, *e)
		l.mu.Unlock()
	}
	l.Sink.Record(e)
}

// of returns the events of a kind.
func (l *listed) of(k capture.Kind) (events []capture.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for i := range l.events {
		if l.events[i].Kind == k {
			events = append(events, l.events[i])
		}
	}
	return events
}

// newRoutes returns two rigs that share a registry and a journal.
func newRoutes(t *testing.T) (a, b *rig, sink *listed) {
	t.Helper()
	sink = new(listed)
	a = newRig(t, options{
		relay: func(c *relay.Config) { c.Name = "a" },
		sink: func(s capture.Sink) capture.Sink {
			sink.Sink = s
			return sink
		},
	})
	b = newRig(t, options{
		relay: func(c *relay.Config) { c.Name, c.Registry, c.Schemes = "b", a.registry, a.schemes },
		sink:  func(capture.Sink) capture.Sink { return sink },
	})
	b.registry, b.journal = a.registry, a.journal
	return a, b, sink
}

// TestTwoRoutes: sessions of two routes are numbered in one row, and what is injected
// into one reaches its own peers.
func TestTwoRoutes(t *testing.T) {
	a, b, sink := newRoutes(t)
	_, first := ready(t, a)
	_, second := ready(t, b)
	_, third := ready(t, a)
	servers := []*tls.Conn{first, second, third}
	for i, id := range []capture.SessionID{2, 3, 1} {
		if _, err := a.registry.Inject(id, request(protocol.Server, capture.WhenUnpadded)); err != nil {
			t.Fatal(err)
		}
		if got := read(t, servers[id-1]); !bytes.Equal(got, heartRequest) {
			t.Errorf("%d: the server of session %d read %x", i, id, got)
		}
	}
	var routes []string
	for _, e := range sink.of(capture.Listening) {
		routes = append(routes, e.Route+" "+e.Client)
	}
	if want := []string{"a " + a.addr, "b " + b.addr}; !slices.Equal(routes, want) {
		t.Errorf("listening: %q, want %q", routes, want)
	}
	for i, e := range sink.of(capture.Opened) {
		if want := []string{"a", "b", "a"}[i]; e.Route != want || e.Session != capture.SessionID(i+1) {
			t.Errorf("session %d came by %q, want session %d by %q", e.Session, e.Route, i+1, want)
		}
	}
	a.await("the sessions", func(v *view) bool { return v.Totals.Live == 3 })
}

// TestPeriodicOnAllRoutes: one setting reaches the sessions of all routes, also of one
// that comes later.
func TestPeriodicOnAllRoutes(t *testing.T) {
	a := newRig(t, options{})
	_, first := ready(t, a)
	a.registry.SetPeriodic(capture.Periodic{Every: time.Millisecond, Toward: protocol.ByPeer[bool]{protocol.Server: true}})
	b := newRig(t, options{relay: func(c *relay.Config) { c.Registry = a.registry }})
	_, second := ready(t, b)
	for _, server := range []*tls.Conn{first, second} {
		if got := read(t, server); !bytes.Equal(got, heartRequest) {
			t.Errorf("the server read %x", got)
		}
	}
}

// TestRouteEndsAlone: where one route's relay ends, its sessions are closed, and those of
// the others go on.
func TestRouteEndsAlone(t *testing.T) {
	a, b, _ := newRoutes(t)
	_, _ = ready(t, a)
	client, server := ready(t, b)
	a.stop()
	<-a.done
	if _, err := a.registry.Inject(1, request(protocol.Server, capture.WhenUnpadded)); !errors.Is(err, capture.ErrSessionClosed) {
		t.Errorf("into the session that ended: %v", err)
	}
	exchange(t, client, server, frame(t, protocol.PSH, 1, []byte("still here")))
	if _, err := a.registry.Inject(2, request(protocol.Server, capture.WhenUnpadded)); err != nil {
		t.Errorf("into the session that goes on: %v", err)
	}
}

// TestRoutesInCircle: two routes whose servers are one another end the client's session
// instead of connecting for ever.
func TestRoutesInCircle(t *testing.T) {
	lnA, lnB := listen(t), listen(t)
	registry := capture.NewRegistry()
	a := newRig(t, options{})
	var wg sync.WaitGroup
	ctx, cancel := context.WithCancel(t.Context())
	defer wg.Wait()
	defer cancel()
	relays := []*relay.Relay{
		relay.New(relay.Config{Route: capture.Route{Name: "a", Server: lnB.Addr().String()}, Certificate: a.ca.Certificate, Registry: registry}, a.journal),
		relay.New(relay.Config{Route: capture.Route{Name: "b", Server: lnA.Addr().String()}, Certificate: a.ca.Certificate, Registry: registry}, a.journal),
	}
	relays[0].Announce(lnA.Addr())
	relays[1].Announce(lnB.Addr())
	wg.Go(func() { _ = relays[0].Serve(ctx, lnA) })
	wg.Go(func() { _ = relays[1].Serve(ctx, lnB) })
	if c, err := tls.Dial("tcp", lnA.Addr().String(), &tls.Config{RootCAs: a.ca.Pool(), ServerName: "example.com"}); err == nil {
		t.Error("the client's handshake succeeded")
		_ = c.Close()
	}
	v := a.await("the end of the session", func(v *view) bool { return v.Session != nil && v.Session.Closed })
	if !strings.Contains(v.Session.Reason, "the relay itself") {
		t.Errorf("the reason is %q", v.Session.Reason)
	}
}
