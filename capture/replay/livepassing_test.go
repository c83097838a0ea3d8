package replay_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
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
	if want.Outcomes != (journal.Outcomes{Accepted: 2}) || again.Outcomes != want.Outcomes {
		t.Errorf("live the sessions came to %+v, replayed to %+v", want.Outcomes, again.Outcomes)
	}
}

// TestLiveAndReplayAgreeOnOverruled: a server says nothing for so long that the client's preamble,
// which came in several records, seems to be why; and then it accepts the session.
func TestLiveAndReplayAgreeOnOverruled(t *testing.T) {
	t.Parallel()
	hello, _ := protocol.AppendFrame(nil, protocol.ServerSettings, 0, []byte("v=2"))
	late := func(_ context.Context, ln net.Listener, cfg peer.ServerConfig) error {
		raw, err := ln.Accept()
		if err != nil {
			return err
		}
		server := tls.Server(raw, cfg.TLS)
		if _, err := server.Read(make([]byte, 1)); err != nil {
			return err
		}
		written := make(chan error, 1)
		time.AfterFunc(5*time.Second+500*time.Millisecond, func() {
			_, err := server.Write(hello)
			written <- err
		})
		_, err = io.Copy(io.Discard, server)
		return errors.Join(err, <-written, server.Close())
	}
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	live := relayed(t, file, pcapng.Options{}, late, func(ctx context.Context, _ *capture.Registry, j *journal.Journal, cfg peer.ClientConfig) {
		raw, err := (&tls.Dialer{Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Address)
		if err != nil {
			t.Fatal(err)
		}
		preamble := protocol.Preamble{Hash: protocol.HashPassword(cfg.Password), Padding: 30}.Append(nil)
		settings, _ := protocol.AppendFrame(nil, protocol.Settings, 0, []byte("v=2\nclient=test/1"))
		for _, b := range [][]byte{preamble[:protocol.PreambleLen], preamble[protocol.PreambleLen:], settings} {
			if _, err := raw.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		until(ctx, t, j, func() bool { return j.Totals().Outcomes.Unanswered+j.Totals().Outcomes.Accepted > 0 })
		if _, err := io.ReadFull(raw, make([]byte, len(hello))); err != nil {
			t.Error(err)
		}
		if err := raw.Close(); err != nil {
			t.Error(err)
		}
	})
	want, again := live.Totals(), replayed(t, file).Totals()
	var wrong journal.BySeverity
	wrong[session.Error] = 1
	if diff := cmp.Diff(journal.Overruled{session.CodeAuthSplit: wrong}, want.Overruled); diff != "" {
		t.Errorf("live (-want +got):\n%s", diff)
	}
	if diff := cmp.Diff(want.Overruled, again.Overruled); diff != "" || want.Outcomes != (journal.Outcomes{Accepted: 1}) || again.Outcomes != want.Outcomes {
		t.Errorf("it came to %+v live and to %+v replayed; overruled (-live +replayed):\n%s", want.Outcomes, again.Outcomes, diff)
	}
}
