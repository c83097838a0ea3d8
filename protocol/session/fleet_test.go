package session_test

import (
	"fmt"
	"testing"
	"time"

	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// join brings a session to where it is a member of its fleet.
func join(cfg session.Config, id int, client, name string) *session.Tracker {
	t := session.NewTracker(cfg, nothing{})
	t.Opened(start, uint32(id), client, "server:443")
	t.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
	t.Data(start, c2s, frame(protocol.Settings, 0, []byte("v=2\nclient="+name)), session.Fate{})
	return t
}

// TestFleetIsBounded holds that clients can't make a fleet hold on to more and
// more: not by coming from many hosts, with many names, or with many sessions.
func TestFleetIsBounded(t *testing.T) {
	cfg := session.Config{Fleet: session.NewFleet()}
	var trackers []*session.Tracker
	for i := range 2000 {
		trackers = append(trackers,
			join(cfg, i, fmt.Sprintf("host%d:1", i), "same"),
			join(cfg, i, "host:1", fmt.Sprintf("client%d", i)),
			join(cfg, i, fmt.Sprintf("host:%d", i), "same"))
	}
	hosts, clients, members := cfg.Fleet.Held()
	if clients != session.MaxClients || members > session.MaxClients+session.MaxMembers {
		t.Errorf("%d hosts, %d clients and %d sessions are held", hosts, clients, members)
	}
	for _, tracker := range trackers {
		tracker.Close(start.Add(time.Second), session.ClosedByClient)
	}
	if hosts, _, members := cfg.Fleet.Held(); hosts != session.MaxHosts || members != 0 {
		t.Errorf("after the end %d hosts and %d sessions are held", hosts, members)
	}
}

// TestFleetForgetsTheOldest holds that a client that is seen again and again is
// not forgotten for others that come once.
func TestFleetForgetsTheOldest(t *testing.T) {
	cfg := session.Config{Fleet: session.NewFleet()}
	now := start
	churned := uint64(0)
	end := func(client string) {
		tracker := session.NewTracker(cfg, nothing{})
		tracker.Opened(now, 1, client, "server:443")
		now = now.Add(time.Millisecond)
		tracker.Close(now, session.ClosedByClient)
		churned += tracker.Diagnostics()[session.CodeSessionChurn]
	}
	for i := range 10 {
		end(fmt.Sprintf("often:%d", i))
		for k := range session.MaxHosts - 1 {
			end(fmt.Sprintf("once%d-%d:1", i, k))
		}
	}
	if churned != 1 {
		t.Errorf("%d were diagnosed, want the one that came ten times", churned)
	}
}

// TestFleetOfSessionsFromNowhere holds that sessions whose client is not known
// are compared with no other.
func TestFleetOfSessionsFromNowhere(t *testing.T) {
	cfg := session.Config{Fleet: session.NewFleet()}
	for range 20 {
		tracker := session.NewTracker(cfg, nothing{})
		tracker.Data(start, c2s, protocol.Preamble{}.Append(nil), session.Fate{})
		tracker.Data(start, c2s, frame(protocol.Settings, 0, []byte("v=2")), session.Fate{})
		tracker.Close(start, session.ClosedByServer)
		if found := tracker.Diagnostics(); len(found) != 1 || found[session.CodeRejected] != 1 {
			t.Fatalf("diagnosed: %v, want that the server rejects each", found)
		}
	}
}
