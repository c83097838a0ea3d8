package peer

import (
	"context"
	"crypto/tls"
	"errors"
	"sync"
	"testing"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestHeartbeatsBothWays: each end answers heartbeats while it sends its own.
func TestHeartbeatsBothWays(t *testing.T) {
	p := newPair(t)
	const rounds = 50
	done := make(chan struct{})
	addr, _ := p.serveRaw(t, &tls.Config{}, func(s *rawServer) {
		// A server of this package that sends heartbeats, which Serve has no way to ask for.
		e := newEndpoint(s.conn, protocol.ServerToClient, nil, new(trace))
		e.role = &serverSession{server: &server{scheme: parseScheme(t, protocol.DefaultPaddingScheme)}, e: e}
		e.start(nil)
		for range rounds {
			if rtt, err := e.heartbeat(t.Context()); err != nil || rtt <= 0 {
				t.Errorf("toward the client: %v, %v", rtt, err)
			}
		}
		close(done)
		e.loops.Wait()
	})
	c := dial(t, p.clientConfig(addr))
	var pingers sync.WaitGroup
	for range 4 {
		pingers.Go(func() {
			for range rounds {
				if rtt, err := c.Heartbeat(t.Context()); err != nil || rtt <= 0 {
					t.Errorf("toward the server: %v, %v", rtt, err)
				}
			}
		})
	}
	pingers.Wait()
	<-done
	if n := c.e.beats.unanswered(); n != 0 {
		t.Errorf("%d heartbeats are unanswered", n)
	}
}

// TestLateAnswer: a late answer is not taken for the next request's.
func TestLateAnswer(t *testing.T) {
	p := newPair(t)
	asked, gaveUp, taken := make(chan struct{}), make(chan struct{}), make(chan struct{})
	addr, _ := p.serveRaw(t, &tls.Config{}, func(s *rawServer) {
		answer, ask := frame{command: protocol.HeartResponse}, frame{command: protocol.HeartRequest}
		s.record()
		s.record()
		close(asked)
		<-gaveUp
		s.record() // the second request
		s.send(answer, ask)
		s.record() // the answer to ask: the client has read the first answer
		taken <- struct{}{}
		<-taken
		s.send(answer, answer, ask)
		s.record()
		s.rest()
	})
	cfg := p.clientConfig(addr)
	cfg.Scheme = parseScheme(t, "stop=1")
	c := dial(t, cfg)
	ctx, giveUp := context.WithCancel(t.Context())
	lost := make(chan error)
	go func() {
		_, err := c.Heartbeat(ctx)
		lost <- err
	}()
	<-asked
	giveUp()
	if err := <-lost; !errors.Is(err, context.Canceled) {
		t.Errorf("the first: %v", err)
	}
	close(gaveUp)

	answered := make(chan error)
	go func() {
		_, err := c.Heartbeat(t.Context())
		answered <- err
	}()
	// The first answer settles the first request, for which nobody waits.
	<-taken
	if n := c.e.beats.unanswered(); n != 1 {
		t.Errorf("%d requests are unanswered, want the second", n)
	}
	select {
	case err := <-answered:
		t.Errorf("the second got the first one's answer: %v", err)
	default:
	}
	taken <- struct{}{}
	if err := <-answered; err != nil {
		t.Errorf("the second: %v", err)
	}
	// Nobody asked for the third answer. It does no harm.
	openStream(t, c)
}

// TestHeartbeatOfALostSession: a heartbeat fails with the reason of the session's end.
func TestHeartbeatOfALostSession(t *testing.T) {
	p := newPair(t)
	addr, _ := p.serveRaw(t, &tls.Config{}, func(s *rawServer) {
		s.record()
		s.record()
	})
	c := dial(t, p.clientConfig(addr))
	if _, err := c.Heartbeat(t.Context()); !errors.Is(err, ErrClosedByPeer) {
		t.Errorf("Heartbeat: %v, want ErrClosedByPeer", err)
	}
}

// TestFlood: what waits for a peer that asks for answers and reads none is bounded.
func TestFlood(t *testing.T) {
	x := newControls()
	request := control{frame: frame{command: protocol.HeartResponse}}
	for range session.MaxOwed {
		if err := x.push(request); err != nil {
			t.Fatal(err)
		}
	}
	if err := x.push(request); !errors.Is(err, ErrTooManyHeartbeats) {
		t.Errorf("push: %v", err)
	}
	if err := x.push(control{frame: frame{command: protocol.FIN}}); err != nil {
		t.Errorf("a FIN was not taken: %v", err)
	}
	if _, ok := x.pop(); !ok {
		t.Error("nothing to pop")
	}
	if err := x.push(request); err != nil {
		t.Errorf("push, after one was written: %v", err)
	}
}
