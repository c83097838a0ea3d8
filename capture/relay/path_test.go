package relay

import (
	"testing"
	"time"

	"anytls-inspect/capture"
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

func lookAtPaths(s *liveSession, now time.Time) {
	for p := range s.paths {
		peer := protocol.Peer(p)
		since, writes := s.links[peer.Toward()].written()
		s.lookAtPath(peer, since, writes, now)
	}
}

// TestFlow: bytes that have not moved for a second are told, with when they last did; again
// once a second where they become more; and as soon as they move. What moves, be it ever so
// slowly, and what waits for less long is not told.
func TestFlow(t *testing.T) {
	const began, again, ends = "blocked", "more", "moves"
	at := func(bytes int, acked uint64) leg.Unacked {
		return leg.Unacked{Bytes: bytes, Acked: acked, Outstanding: true}
	}
	type look struct {
		after time.Duration
		shows leg.Unacked
		told  string
	}
	for name, looks := range map[string][]look{
		"stops": {
			{0, at(100, 7), ""},
			{900 * time.Millisecond, at(100, 7), ""},
			{200 * time.Millisecond, at(100, 7), began},
			{5 * time.Second, at(100, 7), ""},
			{100 * time.Millisecond, at(50, 57), ends},
		},
		"becomes more": {
			{0, at(100, 7), ""},
			{time.Second, at(100, 7), began},
			{100 * time.Millisecond, at(200, 7), ""}, // not so soon
			{time.Second, at(300, 7), again},
			{time.Second, at(300, 7), ""},
			{time.Second, at(200, 7), ""}, // less can't be, and is no news
			{time.Second, leg.Unacked{Acked: 307}, ends},
		},
		"slow": {
			{0, at(100, 7), ""},
			{900 * time.Millisecond, at(99, 8), ""},
			{900 * time.Millisecond, at(98, 9), ""},
			{900 * time.Millisecond, at(97, 10), ""},
		},
		"stops twice": {
			{0, at(100, 7), ""},
			{time.Second, at(100, 7), began},
			{time.Second, at(90, 17), ends},
			{time.Second, at(90, 17), began},
		},
		"only the end of the stream": {
			{0, at(0, 7), ""},
			{time.Second, at(0, 7), ""},
			{time.Second, at(0, 7), ""},
		},
	} {
		t.Run(name, func(t *testing.T) {
			s, legs, now := lookedAt()
			var told []capture.Event
			l := s.links[protocol.ClientToServer]
			l.emit = func(e *capture.Event) { told = append(told, *e) }
			l.clock = func() time.Time { return now }
			moved := now
			var acked uint64
			for i, look := range looks {
				now = now.Add(look.after)
				legs[protocol.Server].shows = look.shows
				if look.shows.Acked != acked {
					moved, acked = now, look.shows.Acked
				}
				told = nil
				lookAtPaths(s, now)
				got := ""
				for _, e := range told {
					switch {
					case e.Kind == capture.Unblocked && e.Dir == protocol.ClientToServer && l.blocked.Load() == 0:
						got += ends
					case e.Kind == capture.Blocked && e.Dir == protocol.ClientToServer && l.blocked.Load() != 0:
						got += look.told
						if e.Since != moved || e.Bytes != uint64(look.shows.Bytes) {
							t.Errorf("look %d: %d bytes since %v, want %d since %v", i, e.Bytes, e.Since, look.shows.Bytes, moved)
						}
					}
				}
				if got != look.told || len(told) > 1 || look.told == "" && len(told) > 0 {
					t.Errorf("look %d tells %+v, want %q", i, told, look.told)
				}
			}
		})
	}
}

// TestBusyPath: TCP is asked once a second where writes go on one after the other, at each
// look where one does not end, and not at all where nothing is written.
func TestBusyPath(t *testing.T) {
	s, legs, now := lookedAt()
	to, l := legs[protocol.Server], s.links[protocol.ClientToServer]
	to.shows = leg.Unacked{Bytes: 1}
	asked := func(looks int, step func()) int {
		before := to.asked
		for range looks {
			now = now.Add(lookEvery)
			to.shows.Acked++
			step()
			lookAtPaths(s, now)
		}
		return to.asked - before
	}
	if n := asked(100, func() { l.since = now }); n < 9 || n > 11 {
		t.Errorf("asked %d times in 10 s of writes", n)
	}
	if n := asked(100, func() {}); n < 99 {
		t.Errorf("asked %d times of a write that waits for 100 looks", n)
	}
	to.shows.Bytes = 0
	if n := asked(100, func() {}); n != 1 {
		t.Errorf("asked %d times where nothing waits", n)
	}
}

// TestUnknownPath: where the system tells nothing, a write that does not end is all that is
// known.
func TestUnknownPath(t *testing.T) {
	s, legs, now := lookedAt()
	to, l := legs[protocol.Server], s.links[protocol.ClientToServer]
	to.unknown = true
	var told []capture.Event
	l.emit = func(e *capture.Event) { told = append(told, *e) }
	l.taken, l.since, to.shows.Bytes = true, now, 70
	began := now
	for range 15 {
		now = now.Add(lookEvery)
		lookAtPaths(s, now)
	}
	if len(told) != 1 || told[0].Kind != capture.Blocked || told[0].Since != began || told[0].Bytes != 70 {
		t.Errorf("told %+v", told)
	}
	l.taken = false
	lookAtPaths(s, now)
	if len(told) != 2 || told[1].Kind != capture.Unblocked {
		t.Errorf("told %+v", told)
	}
}

// TestBlockedToTheEnd: bytes that do not move when the leg is closed have not moved again.
func TestBlockedToTheEnd(t *testing.T) {
	s, legs, now := lookedAt()
	var told []capture.Event
	s.links[protocol.ClientToServer].emit = func(e *capture.Event) { told = append(told, *e) }
	legs[protocol.Server].shows = leg.Unacked{Bytes: 100, Acked: 7}
	for range 15 {
		now = now.Add(lookEvery)
		lookAtPaths(s, now)
	}
	legs[protocol.Server].shows, legs[protocol.Server].unknown = leg.Unacked{}, true
	for range 15 {
		now = now.Add(lookEvery)
		lookAtPaths(s, now)
	}
	if len(told) != 1 || told[0].Kind != capture.Blocked {
		t.Errorf("told %+v", told)
	}
}

// TestSilentPath: bytes that a peer's TCP does not acknowledge are told as such, and others
// are not: a peer that reads nothing has a TCP that answers. It is told again where that
// changes.
func TestSilentPath(t *testing.T) {
	s, legs, now := lookedAt()
	to, l := legs[protocol.Server], s.links[protocol.ClientToServer]
	var told []capture.Event
	l.emit = func(e *capture.Event) { told = append(told, *e) }
	look := func(outstanding bool) {
		to.shows.Outstanding = outstanding
		for range 15 {
			now = now.Add(lookEvery)
			lookAtPaths(s, now)
		}
	}
	l.since, to.shows.Bytes = now, 70
	for _, silent := range []bool{false, true, false} {
		look(silent)
		if n := len(told); n == 0 || told[n-1].Kind != capture.Blocked || told[n-1].Silent != silent {
			t.Fatalf("told %+v, want that the peer's TCP is silent: %v", told, silent)
		}
	}
	if len(told) != 3 {
		t.Errorf("told %d times: %+v", len(told), told)
	}
}
