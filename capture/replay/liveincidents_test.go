package replay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// An incidentSight is what live and replay agree on in an incident. How often there was an
// effect is not in it: a heartbeat that is answered as it is lost may count as either.
type incidentSight struct {
	Number       uint64
	Cause        session.Code
	Severity     session.Severity
	Sessions     []uint32
	Codes        []session.Code // of its effects
	Since, Until time.Time
}

func incidentSights(j *journal.Journal) (list []incidentSight) {
	for _, i := range journal.Look(j, journal.AskIncidents{Closed: true}) {
		s := incidentSight{
			Number: i.Number, Cause: i.Cause, Severity: i.Severity, Sessions: i.Sessions,
			Since: i.Since, Until: i.Until,
		}
		for _, e := range i.Effects {
			s.Codes = append(s.Codes, e.Code)
		}
		slices.Sort(s.Codes)
		list = append(list, s)
	}
	return list
}

// TestLiveAndReplayAgreeOnIncidents: a server that stands still until heartbeats are lost, and
// then answers them, is one incident, and the same one in the recording of it.
func TestLiveAndReplayAgreeOnIncidents(t *testing.T) {
	t.Parallel()
	release := make(chan int, 1) // how many heartbeats it answers then
	frozen := func(_ context.Context, ln net.Listener, cfg peer.ServerConfig) error {
		raw, err := ln.Accept()
		if err != nil {
			return err
		}
		server := tls.Server(raw, cfg.TLS)
		hello, _ := protocol.AppendFrame(nil, protocol.ServerSettings, 0, []byte("v=2"))
		if _, err := server.Write(hello); err != nil {
			return err
		}
		gone := make(chan error, 1)
		go func() { // it ends when the relay closes
			_, err := io.Copy(io.Discard, server)
			gone <- err
		}()
		answer, _ := protocol.AppendFrame(nil, protocol.HeartResponse, 0, nil)
		_, err = server.Write(bytes.Repeat(answer, <-release))
		return errors.Join(err, <-gone, server.Close())
	}
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	live := relayed(t, file, pcapng.Options{}, frozen, func(ctx context.Context, r *capture.Registry, j *journal.Journal, cfg peer.ClientConfig) {
		client, err := peer.Dial(ctx, cfg)
		if err != nil {
			t.Fatal(err)
		}
		if err := client.Greet(ctx); err != nil {
			t.Fatal(err)
		}
		worst := func() *session.Incident {
			if list := journal.Look(j, journal.AskIncidents{Closed: true}); len(list) > 0 {
				return &list[0]
			}
			return &session.Incident{}
		}
		r.SetPeriodic(capture.Periodic{Every: 100 * ms, Toward: protocol.ByPeer[bool]{protocol.Server: true}})
		until(ctx, t, j, func() bool { return worst().Count() >= 3 })
		s := journal.Look(j, journal.AskSession{ID: 1})
		release <- int(s.Waiting[protocol.Server] + s.Lost[protocol.Server])
		until(ctx, t, j, func() bool { return !worst().Until.IsZero() })
		r.SetPeriodic(capture.Periodic{})
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	want := incidentSights(live)
	if len(want) == 0 || want[0].Cause != session.CodeServerSilent || want[0].Until.IsZero() {
		t.Fatalf("live: %+v", want)
	}
	agreeOnIncidents(t, live, replayed(t, file))
}

// agreeOnIncidents holds the incidents of a replay to those of the live run. The recording has
// the times of packets, and the run those at which the relay came to note what they mean: on a
// busy machine they lie some way apart.
func agreeOnIncidents(t *testing.T, live, replayed *journal.Journal) {
	t.Helper()
	if diff := cmp.Diff(incidentSights(live), incidentSights(replayed), cmpopts.EquateApproxTime(2*time.Second)); diff != "" {
		t.Errorf("the incidents of live and replayed differ (-live +replayed):\n%s", diff)
	}
}
