package interop

import (
	"context"
	"testing"
	"time"
)

const (
	password = "interop"

	// enough heartbeats must be answered toward each side while traffic flows.
	// Traffic is repeated until they are, for a bounded number of rounds.
	enough    = 100
	maxRounds = 20

	// settling is how long the last heartbeats may take, more than the relay's
	// own limit of 3 s.
	settling = 15 * time.Second

	// patience is for one run as a whole; nothing that a run waits for waits longer.
	patience = 3 * time.Minute
)

// pairs are the peers that are run against each other.
var pairs = []struct{ server, client Peer }{
	{SingBox{"v1.13.5"}, SingBox{"v1.13.5"}},
}

// TestRelay sends traffic through each pair of peers with the relay in between,
// which injects heartbeats both ways: no request may fail, no byte may change
// and every heartbeat must be answered. The same traffic is sent past the
// relay, so that a pair that fails by itself is told from a relay that fails.
func TestRelay(t *testing.T) {
	for _, pair := range pairs {
		name := pair.client.String() + " to " + pair.server.String()
		t.Run(name, func(t *testing.T) {
			var direct, relayed Traffic
			var tally Tally
			t.Run("relayed", func(t *testing.T) { relayed, tally = runRelayed(t, pair.server, pair.client) })
			t.Run("direct", func(t *testing.T) { direct = runDirect(t, pair.server, pair.client) })
			t.Log("\n" + Report(name, direct, relayed, tally))
		})
	}
}

func runRelayed(t *testing.T, server, client Peer) (traffic Traffic, tally Tally) {
	ctx, target := begin(t)
	addr := startServer(ctx, t, server)
	relay, err := StartRelay(ctx, t.TempDir(), addr, password)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(relay.Kill)
	socks := startClient(ctx, t, client, relay.Addr)

	for range maxRounds {
		if err := traffic.Round(ctx, socks, target); err != nil {
			t.Error(err)
			break
		}
		tally = relay.Events.Tally()
		if traffic.Failed+tally.Bad > 0 || min(tally.Toward("server").Answered, tally.Toward("client").Answered) >= enough {
			break
		}
	}
	// Ended now, the relay could pass off a lost heartbeat as one that was cut
	// off. So wait until it is known what became of those under way.
	settled, cancel := context.WithTimeout(ctx, settling)
	defer cancel()
	_, err = relay.Events.Wait(settled, relay.Process, func(now Tally) bool { return now.Settled(tally) })
	if err != nil {
		t.Errorf("heartbeats neither answered nor lost after %v: %v", settling, err)
	}
	if err := relay.Stop(ctx); err != nil {
		t.Error(err)
	}
	tally = relay.Events.Tally()
	checkTraffic(t, traffic)
	for _, problem := range tally.Problems(enough) {
		t.Error(problem)
	}
	if t.Failed() {
		t.Logf("the relay's log:\n%s", relay.Log())
	}
	return traffic, tally
}

func runDirect(t *testing.T, server, client Peer) (traffic Traffic) {
	ctx, target := begin(t)
	socks := startClient(ctx, t, client, startServer(ctx, t, server))
	if err := traffic.Round(ctx, socks, target); err != nil {
		t.Error(err)
	}
	checkTraffic(t, traffic)
	return traffic
}

func begin(t *testing.T) (context.Context, Target) {
	ctx, cancel := context.WithTimeout(t.Context(), patience)
	t.Cleanup(cancel)
	target := NewTarget()
	t.Cleanup(target.Close)
	return ctx, target
}

func startServer(ctx context.Context, t *testing.T, peer Peer) string {
	t.Helper()
	p, addr, err := peer.Server(ctx, t.TempDir(), password)
	if err != nil {
		t.Fatal(err)
	}
	watch(t, "server "+peer.String(), p)
	return addr
}

func startClient(ctx context.Context, t *testing.T, peer Peer, server string) string {
	t.Helper()
	p, socks, err := peer.Client(ctx, t.TempDir(), server, password)
	if err != nil {
		t.Fatal(err)
	}
	watch(t, "client "+peer.String(), p)
	return socks
}

// watch ends a peer with the test, and shows what it said if the test failed.
func watch(t *testing.T, name string, p *Process) {
	t.Cleanup(func() {
		p.Kill()
		if t.Failed() {
			t.Logf("%s's log:\n%s", name, p.Log())
		}
	})
}

func checkTraffic(t *testing.T, traffic Traffic) {
	t.Helper()
	if traffic.Failed > 0 {
		t.Errorf("%d of %d requests failed, among them:", traffic.Failed, traffic.Requests)
	}
	for _, failure := range traffic.Failures {
		t.Error(failure)
	}
}
