package relay

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// lookedAt returns a session between two legs, both links of which have written.
func lookedAt() (s *liveSession, legs protocol.ByPeer[*tcpLeg], now time.Time) {
	now = time.Unix(1000, 0)
	shared := gate.NewShared(time.Second, session.NewSchemes(), new(gate.Rooms))
	s = &liveSession{relay: New(Config{}, nil)}
	for d := range s.links {
		s.links[d] = newLink(protocol.Direction(d), shared)
		s.links[d].since = now
		s.links[d].emit = func(*capture.Event) {}
		s.links[d].clock = func() time.Time { return now }
	}
	for p := range s.legs {
		legs[p] = new(tcpLeg)
		s.legs[p] = legs[p]
	}
	return s, legs, now
}

// TestFreed: the leg of a peer that is gone is closed once nothing has gone toward it for
// some seconds, and once only.
func TestFreed(t *testing.T) {
	s, _, now := lookedAt()
	to := s.links[protocol.ServerToClient]
	if s.frees(protocol.Client, now.Add(time.Hour)) {
		t.Error("the leg of a client that is there")
	}
	s.goneSince[protocol.Client] = now
	if s.frees(protocol.Client, now.Add(freePatience-1)) {
		t.Error("at once")
	}
	to.since = now.Add(time.Second) // it has written
	if s.frees(protocol.Client, now.Add(freePatience)) {
		t.Error("while something goes toward it")
	}
	to.taken = true
	if s.frees(protocol.Client, now.Add(time.Hour)) {
		t.Error("while a write toward it goes on")
	}
	to.taken = false
	if at := now.Add(time.Second + freePatience); !s.frees(protocol.Client, at) || s.frees(protocol.Client, at) {
		t.Error("not once behind that")
	}
}
