package interop

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// TestSummaryOfRelay: of a pair under load, with heartbeats toward both sides, the relay's summary
// says the same as its events, counted line by line. No request fails and no heartbeat is lost; only
// what is under way when a session ends may be cut off.
func TestSummaryOfRelay(t *testing.T) {
	const (
		enough    = 30 // heartbeats that must be answered toward each side while traffic flows
		maxRounds = 20 // of traffic, until they are
		size      = 8 << 20
	)
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	peer := FindPeer("sing-box v1.13.5")
	rig, relay := startRelayed(ctx, t, Pair{peer, peer}, RelayMode{Heartbeat: 50 * time.Millisecond})
	for range maxRounds {
		sent := rig.Parallel(ctx, 200, 8)
		_, down := rig.Download(ctx, size)
		_, up := rig.Upload(ctx, size)
		if sent.Requests != 200 || sent.Failed > 0 || down != nil || up != nil {
			t.Errorf("%d of %d requests failed: %q; the download: %v; the upload: %v", sent.Failed, sent.Requests, sent.Failures, down, up)
			break
		}
		now := relay.events.Tally()
		if min(now.Toward(protocol.Server).Answered, now.Toward(protocol.Client).Answered) >= enough {
			break
		}
	}
	tally, err := relay.Finish(ctx)
	if err != nil {
		t.Error(err)
	}
	complain(t, tally.Problems(enough))
	t.Logf("%d lines; toward the server %+v, toward the client %+v", tally.Lines, tally.Toward(protocol.Server), tally.Toward(protocol.Client))
}

// TestSummaryOfFailing: of a pair that fails, the relay's summary says the same as its events, too, of
// which each incident was opened before it has any. The cause is among them.
func TestSummaryOfFailing(t *testing.T) {
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	pair := PairOf("sing-anytls", "anytls-rs 0.3.0")
	rig, relay := startRelayed(ctx, t, pair, RelayMode{Heartbeat: 50 * time.Millisecond})
	if sent := rig.Parallel(ctx, 8, 8); sent.Requests != 8 || sent.Failed != 8 {
		t.Errorf("%d of %d requests failed", sent.Failed, sent.Requests)
	}
	tally, err := relay.Finish(ctx)
	if err != nil {
		t.Error(err)
	}
	for _, e := range pair.expected(false) {
		complain(t, tally.Problems(0, append(slices.Clone(e.Others), e.Causes...)...))
		if !slices.ContainsFunc(e.Causes, func(code string) bool { return tally.Diagnostics[code].Severity == "error" }) {
			t.Errorf("none of %v was raised, but %v", e.Causes, slices.Collect(maps.Keys(tally.Diagnostics)))
		}
	}
}
