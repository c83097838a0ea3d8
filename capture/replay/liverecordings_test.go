package replay_test

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/replay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// visits returns what a client does that comes several times, and asks for a heartbeat.
func visits(t *testing.T, times int) clientFunc {
	return func(ctx context.Context, r *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		r.SetPeriodic(capture.Periodic{Every: 1000 * ms, Toward: protocol.ByPeer[bool]{true, true}})
		for range times {
			client, err := peer.Dial(ctx, cfg)
			if err != nil {
				t.Fatal(err)
			}
			stream, err := client.OpenStream(ctx, protocol.Address{Host: "target.example", Port: 443})
			if err != nil {
				t.Fatal(err)
			}
			echo(t, stream, 100)
			if _, err := client.Heartbeat(ctx); err != nil {
				t.Fatal(err)
			}
			_ = client.Close()
		}
	}
}

// recordedVisits returns a recording of several sessions.
func recordedVisits(t *testing.T, times int, o pcapng.Options) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "rec.pcapng")
	relayed(t, name, o, peer.Serve, visits(t, times))
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRecordingsInOneCapture: recordings that follow one another, each with numbers from 1,
// give each session once.
func TestRecordingsInOneCapture(t *testing.T) {
	t.Parallel()
	const first, second = 3, 2
	b := bytes.Join([][]byte{recordedVisits(t, first, pcapng.Options{}), recordedVisits(t, second, pcapng.Options{})}, nil)
	p := file(t, b, nil)
	closed := make(map[capture.SessionID]bool)
	for _, e := range p.events {
		switch e.Kind {
		case capture.Opened:
			if e.Leg != capture.NoLeg {
				t.Errorf("session %d is one of the %v leg", e.Session, e.Leg)
			}
		case capture.Closed:
			closed[e.Session] = true
			if e.By != session.ClosedByClient {
				t.Errorf("%s", line(&e))
			}
			if n := len(p.plaintext(e.Session, up)); n < 200 {
				t.Errorf("session %d: %d bytes of the client", e.Session, n)
			}
		}
	}
	for id := range capture.SessionID(first + second) {
		if !closed[id+1] {
			t.Errorf("session %d is missing", id+1)
		}
	}
	if len(closed) != first+second {
		t.Errorf("%d sessions, want %d", len(closed), first+second)
	}
}

// TestOneLegRecorded: a recording of one leg has each session as that leg shows it.
func TestOneLegRecorded(t *testing.T) {
	t.Parallel()
	for _, skip := range []protocol.Peer{protocol.Client, protocol.Server} {
		var o pcapng.Options
		o.Skip[skip] = true
		p := file(t, recordedVisits(t, 2, o), nil)
		want := capture.LegWith(skip.Other())
		if p.legs[1] != want || p.legs[2] != want || len(p.legs) != 2 {
			t.Errorf("without the %v's leg: %v", skip, p.legs)
		}
		if got := len(p.closings()); got != 2 {
			t.Errorf("without the %v's leg %d sessions are closed", skip, got)
		}
	}
}

// TestRecordingAnyWorkers: however many workers there are, a recording gives the same events
// in the same order; and the source says how often the relay asked.
func TestRecordingAnyWorkers(t *testing.T) {
	t.Parallel()
	b := recordedVisits(t, 5, pcapng.Options{})
	one := play(t, replay.Config{Input: bytes.NewReader(b), Workers: 1})
	many := play(t, replay.Config{Input: bytes.NewReader(b), Workers: 3})
	if len(one.events) < 50 {
		t.Errorf("%d events", len(one.events))
	}
	if diff := cmp.Diff(one.events, many.events, cmpopts.IgnoreUnexported(session.Piece{})); diff != "" {
		t.Errorf("one worker and three (-one +three):\n%s", diff)
	}
	source := replay.New(replay.Config{Input: bytes.NewReader(b)})
	if err := source.Run(t.Context(), &played{legs: make(map[capture.SessionID]capture.Leg)}); err != nil {
		t.Fatal(err)
	}
	want := capture.Periodic{Every: 1000 * ms, Toward: protocol.ByPeer[bool]{true, true}}
	if got := source.Periodic(); got != want {
		t.Errorf("the relay asked %+v, want %+v", got, want)
	}
}
