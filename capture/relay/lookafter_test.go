package relay

import (
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay/gate"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A tcpLeg is a leg of which TCP shows what a test says.
type tcpLeg struct {
	leg.Leg
	shows   leg.Unacked
	unknown bool
	asked   int
	aborted bool
}

func (l *tcpLeg) Unacked() (leg.Unacked, bool) {
	l.asked++
	return l.shows, !l.unknown
}

func (l *tcpLeg) Abort() { l.aborted = true }

// TestPaths: a session ends where TCP had no answer of a peer for a minute, and not where
// the peer lives: it reads slowly, or nothing at all, or the session idles.
func TestPaths(t *testing.T) {
	// What TCP shows at each look, 10 s apart.
	type looks []leg.Unacked
	sent := func(acked uint64) leg.Unacked { return leg.Unacked{Bytes: 100, Acked: acked, Outstanding: true} }
	full := func(acked uint64) leg.Unacked { return leg.Unacked{Bytes: 5000, Acked: acked} }
	for _, tc := range []struct {
		name  string
		looks looks
		dead  bool
	}{
		{"vanished", looks{sent(7), sent(7), sent(7), sent(7), sent(7), sent(7), sent(7)}, true},
		{"a little less than a minute", looks{sent(7), sent(7), sent(7), sent(7), sent(7), sent(7)}, false},
		{"slow", looks{sent(7), sent(7), sent(7), sent(8), sent(8), sent(8), sent(9), sent(9), sent(9)}, false},
		{"reads nothing", looks{full(7), full(7), full(7), full(7), full(7), full(7), full(7), full(7)}, false},
		{"reads nothing, and vanished", looks{full(7), full(7), sent(7), sent(7), sent(7), sent(7), sent(7), sent(7), sent(7)}, true},
		{"answers a probe in between", looks{sent(7), sent(7), sent(7), full(7), sent(7), sent(7), sent(7), sent(7)}, false},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s, legs, now := lookedAt()
			for _, shown := range tc.looks {
				legs[protocol.Server].shows = shown
				lookAtPaths(s, now)
				now = now.Add(10 * time.Second)
			}
			by, why := s.ending()
			if dead := legs[0].aborted && legs[1].aborted; dead != tc.dead || dead != (why != "") {
				t.Errorf("ended %v by %v: %q; want %v", dead, by, why, tc.dead)
			}
			if tc.dead && by != session.ClosedByRelay {
				t.Errorf("ended by %v", by)
			}
		})
	}
}

// TestIdlePaths: where nothing was written since nothing waited, the system is not asked.
func TestIdlePaths(t *testing.T) {
	s, legs, now := lookedAt()
	for range 5 {
		lookAtPaths(s, now)
	}
	if legs[protocol.Server].asked != 1 || legs[protocol.Client].asked != 1 {
		t.Errorf("asked %d and %d times", legs[protocol.Server].asked, legs[protocol.Client].asked)
	}
	now = now.Add(time.Second)
	s.links[protocol.ClientToServer].since = now // it has written
	lookAtPaths(s, now)
	if legs[protocol.Server].asked != 2 || legs[protocol.Client].asked != 1 {
		t.Errorf("behind a write toward the server: asked %d and %d times", legs[protocol.Server].asked, legs[protocol.Client].asked)
	}
	now = now.Add(90 * time.Second)
	s.links[protocol.ClientToServer].clock = func() time.Time { return now }
	s.links[protocol.ClientToServer].wrote() // the end of the stream, which is no write
	lookAtPaths(s, now)
	if legs[protocol.Server].asked != 3 {
		t.Errorf("behind the end of the stream: asked %d times", legs[protocol.Server].asked)
	}
	legs[protocol.Server].unknown = true // another system
	s.links[protocol.ClientToServer].since = now.Add(2 * time.Second)
	for range 5 {
		lookAtPaths(s, now.Add(time.Hour))
	}
	if _, why := s.ending(); why != "" {
		t.Errorf("ended: %q, though nothing is known", why)
	}
}

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

func lookAtPaths(s *liveSession, now time.Time) {
	for p := range s.paths {
		peer := protocol.Peer(p)
		since, writes := s.links[peer.Toward()].written()
		s.lookAtPath(peer, since, writes, now)
	}
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
