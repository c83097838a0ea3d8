package replay_test

import (
	"context"
	"io"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// TestLiveAndReplayAgreeOnPassing: what passed through a relay is the same in the recording of
// both legs: streams of two sessions that carry, are refused and cut, and heartbeats under their
// load.
func TestLiveAndReplayAgreeOnPassing(t *testing.T) {
	t.Parallel()
	const rounds, each = 6, journal.BusyStreams / 2
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	live := relayed(t, file, pcapng.Options{}, peer.Serve, func(ctx context.Context, _ *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		var streams []io.ReadWriteCloser
		var clients []*peer.Client
		for range 2 {
			client, err := peer.Dial(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			if err := client.Greet(ctx); err != nil {
				t.Fatal(err)
			}
			clients = append(clients, client)
			for port := range uint16(each + 1) {
				stream, err := client.OpenStream(ctx, protocol.Address{Host: "target.example", Port: 9 + port})
				if err != nil {
					t.Fatal(err)
				}
				if port > 0 { // the first is refused
					streams = append(streams, stream)
				}
			}
		}
		for range rounds {
			for _, stream := range streams {
				echo(t, stream, 100)
			}
			for _, client := range clients {
				if _, err := client.Heartbeat(ctx); err != nil {
					t.Fatal(err)
				}
			}
		}
		for _, client := range clients {
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		}
	})
	want := live.Totals()
	again := replayed(t, file).Totals()
	if p := want.Passing; p.Carried != 2*each || p.Refused != 2 || p.Streams != p.Carried+p.Refused || p.Cut != 0 || p.Bytes != 2*100*2*each*rounds ||
		p.Busy != (journal.Busy{Streams: journal.BusyStreams, Answered: 2 * rounds}) {
		t.Errorf("live: %+v", p)
	}
	if diff := cmp.Diff(want.Passing, again.Passing); diff != "" {
		t.Errorf("what passed live and replayed differs (-live +replayed):\n%s", diff)
	}
	if want.Outcomes != (journal.Outcomes{Carried: 2}) || again.Outcomes != want.Outcomes {
		t.Errorf("live the sessions came to %+v, replayed to %+v", want.Outcomes, again.Outcomes)
	}
}
