package interop

import (
	"context"
	"maps"
	"slices"
	"testing"
	"time"

	"anytls-inspect/capture/report"
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

// TestSummaryOfFailing: of pairs that fail, the relay's summary says the same as its events, too, of
// which each incident was opened before it has any. A cause of the failure is among them. Of pairs that
// fail only sometimes, requests are tried until one fails, or often.
func TestSummaryOfFailing(t *testing.T) {
	const (
		maxRounds = 10
		requests  = 200 // of a round; where each fails, a few will do
		atOnce    = 8
	)
	for _, pair := range []Pair{
		PairOf("sing-anytls", "anytls-rs 0.3.0"), PairOf("anytls", "anytls-rs 0.5.4"), PairOf("anytls-rs 0.5.4", "anytls-rs 0.5.4"),
	} {
		t.Run(pair.String(), func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
			defer cancel()
			e := says(pair.expected(false), report.StepRelayed)
			rig, relay := startRelayed(ctx, t, pair, RelayMode{})
			failed, rounds := uint64(0), 0
			for failed == 0 && rounds < maxRounds {
				rounds++
				if e.Sometimes {
					failed = rig.Parallel(ctx, requests, atOnce).Failed
				} else if sent := rig.Parallel(ctx, atOnce, atOnce); sent.Requests != atOnce || sent.Failed != atOnce {
					t.Fatalf("%d of %d requests failed", sent.Failed, sent.Requests)
				} else {
					failed = sent.Failed
				}
			}
			tally, err := relay.Finish(ctx)
			if err != nil {
				t.Error(err)
			}
			complain(t, tally.Problems(0, slices.Concat(e.Others, e.Causes)...))
			raised := slices.Sorted(maps.Keys(tally.Diagnostics))
			caused := slices.ContainsFunc(e.Causes, func(code string) bool { return slices.Contains(raised, code) })
			if failed > 0 && !caused {
				t.Errorf("%d requests failed, and of %v none was raised, but %v", failed, e.Causes, raised)
			}
			t.Logf("%d requests failed in round %d: %v", failed, rounds, raised)
		})
	}
}
