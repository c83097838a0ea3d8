package session_test

import (
	"fmt"
	"slices"
	"sync"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// A visitor asks the fleet for its lock whenever it is told something: a tracker that
// still had it would be stuck.
type visitor struct{ fleet *session.Fleet }

func (v visitor) Frame(*session.Frame)  {}
func (v visitor) Notice(session.Notice) { v.fleet.Held() }

// A crowd is sessions of one client whose trackers run at the same time.
type crowd struct {
	cfg      session.Config
	trackers []*session.Tracker
}

// all runs something for each of some sessions, all at the same time, and returns once
// it is done for all.
func (c *crowd) all(ids []int, do func(id int, t *session.Tracker)) {
	var wg sync.WaitGroup
	for _, id := range ids {
		wg.Go(func() { do(id, c.trackers[id]) })
	}
	wg.Wait()
}

// add adds n sessions and returns their numbers.
func (c *crowd) add(n int) []int {
	var ids []int
	for range n {
		ids = append(ids, len(c.trackers))
		c.trackers = append(c.trackers, session.NewTracker(c.cfg, visitor{c.cfg.Fleet}))
	}
	return ids
}

// found returns how often all sessions together were diagnosed, by code.
func (c *crowd) found() map[session.Code]uint64 {
	sum := make(map[session.Code]uint64)
	for _, t := range c.trackers {
		for code, n := range t.Diagnostics() {
			sum[code] += n
		}
	}
	return sum
}

// TestFleetOfConcurrentSessions holds that the trackers of one client's sessions may
// run at the same time, and that together they find what they would find one after the
// other. Each part of it is so that the order within it makes no difference.
func TestFleetOfConcurrentSessions(t *testing.T) {
	const old, others, rounds = 50, 20, 3
	c := crowd{cfg: session.Config{Fleet: session.NewFleet()}}
	scheme, err := protocol.ParsePaddingScheme([]byte("stop=1\n0=30-30"))
	if err != nil {
		t.Fatal(err)
	}
	opens := func(at time.Time, id int, tracker *session.Tracker) {
		tracker.Opened(at, uint32(id), "host:1", "server:443")
		tracker.Data(at, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
		tracker.Data(at, c2s, frame(protocol.Settings, 0, []byte("v=2\nclient=same\npadding-md5=other")), session.Fate{})
		tracker.Data(at, s2c, frame(protocol.ServerSettings, 0, []byte("v=2")), session.Fate{})
	}
	stream := func(at time.Time, id uint32, tracker *session.Tracker) {
		target, _ := protocol.AppendTarget(nil, protocol.Address{Host: "a", Port: 1})
		tracker.Data(at, c2s, frame(protocol.SYN, id, nil), session.Fate{})
		tracker.Data(at, s2c, frame(protocol.SYNACK, id, nil), session.Fate{})
		tracker.Data(at, c2s, frame(protocol.PSH, id, target), session.Fate{})
		tracker.Data(at, s2c, frame(protocol.PSH, id, []byte("answer")), session.Fate{})
	}
	ends := func(at time.Time, id uint32, tracker *session.Tracker) {
		tracker.Data(at, c2s, frame(protocol.FIN, id, nil), session.Fate{})
		tracker.Data(at, s2c, frame(protocol.PSH, id, []byte("late")), session.Fate{}) // no stream is busy
		tracker.Data(at, s2c, frame(protocol.FIN, id, nil), session.Fate{})
	}

	// The later a session opens, the later it is idle.
	first := c.add(old)
	at := func(id int) time.Time { return start.Add(time.Duration(id) * 3 * time.Second) }
	c.all(first, func(id int, tracker *session.Tracker) {
		opens(at(id), id, tracker)
		stream(at(id), 1, tracker)
		ends(at(id), 1, tracker)
	})

	// Each is sent a scheme, and all but the newest are used again: the newest is the
	// better one.
	now := at(old).Add(time.Minute)
	c.all(first[:old-1], func(_ int, tracker *session.Tracker) {
		tracker.Data(now, s2c, frame(protocol.UpdatePaddingScheme, 0, []byte(scheme.Text)), session.Fate{})
		stream(now, 2, tracker)
		ends(now, 2, tracker)
	})
	if n := c.found()[session.CodeIdlePoolOrder]; n != old-1 {
		t.Errorf("the order was found wrong %d times, want %d", n, old-1)
	}

	// Sessions that are opened at one time count once. The third time is too often.
	var late []int
	for range rounds {
		now = now.Add(5 * time.Second)
		more := c.add(others)
		c.all(more, func(id int, tracker *session.Tracker) { opens(now, id, tracker) })
		late = append(late, more...)
	}
	if n := c.found()[session.CodePaddingIgnored]; n != 1 {
		t.Errorf("the scheme was found ignored %d times, want once", n)
	}
	if hosts, clients, members := c.cfg.Fleet.Held(); hosts != 0 || clients != 1 || members != old+rounds*others {
		t.Errorf("%d hosts, %d clients and %d sessions are held", hosts, clients, members)
	}

	// The tenth that ends young is diagnosed, and no other so soon after; the first ones are
	// old.
	c.all(slices.Concat(first, late), func(_ int, tracker *session.Tracker) {
		tracker.Close(now.Add(time.Second), session.ClosedByServer)
	})
	if n := c.found()[session.CodeSessionChurn]; n != 1 {
		t.Errorf("churn was found %d times, want once", n)
	}
	if hosts, clients, members := c.cfg.Fleet.Held(); hosts != 1 || clients != 1 || members != 0 {
		t.Errorf("after the end %d hosts, %d clients and %d sessions are held", hosts, clients, members)
	}
}

// TestPayloadLeavesTheFleetAlone holds that payload of open streams does not wait for
// other sessions: it is taken while somebody has the fleet's lock.
func TestPayloadLeavesTheFleetAlone(t *testing.T) {
	cfg := session.Config{Fleet: session.NewFleet()}
	tracker := join(cfg, 1, "host:1", "same")
	tracker.Data(start, c2s, frame(protocol.SYN, 1, nil), session.Fate{})
	done := make(chan struct{})
	cfg.Fleet.Locked(func() {
		go func() {
			defer close(done)
			for i := range 10 {
				now := start.Add(time.Duration(i) * time.Second)
				tracker.Data(now, c2s, frame(protocol.PSH, 1, fmt.Append(nil, "payload", i)), session.Fate{})
				tracker.Data(now, s2c, frame(protocol.PSH, 1, fmt.Append(nil, "payload", i)), session.Fate{})
			}
		}()
		select {
		case <-done:
		case <-time.After(20 * time.Second):
			t.Error("payload waits for the fleet's lock")
		}
	})
	<-done
	if got := tracker.State().Frames; got[s2c] != 10 {
		t.Errorf("only %v frames were seen", got)
	}
}
