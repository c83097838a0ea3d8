package replay_test

import (
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestLiveAndReplayAgreeOnBlocked: they agree on a server that does not read for a while, and
// on heartbeats that wait for that.
func TestLiveAndReplayAgreeOnBlocked(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	slow := func(_ context.Context, ln net.Listener, cfg peer.ServerConfig) error {
		raw, err := ln.Accept()
		if err != nil {
			return err
		}
		server := tls.Server(raw, cfg.TLS)
		if err := server.Handshake(); err != nil {
			return err
		}
		<-release
		_, err = io.Copy(io.Discard, server)
		return errors.Join(err, server.Close())
	}
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	live := relayed(t, file, pcapng.Options{}, slow, func(ctx context.Context, r *capture.Registry, j *journal.Journal, cfg peer.ClientConfig) {
		client, err := (&tls.Dialer{Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Address)
		if err != nil {
			t.Fatal(err)
		}
		preamble := protocol.Preamble{Hash: protocol.HashPassword(cfg.Password), Padding: 30}.Append(nil)
		settings, _ := protocol.AppendFrame(nil, protocol.Settings, 0, []byte("v=2\nclient=test/1"))
		syn, _ := protocol.AppendFrame(nil, protocol.SYN, 1, nil)
		psh, _ := protocol.AppendFrame(nil, protocol.PSH, 1, make([]byte, 60_000))
		written := make(chan error, 1)
		go func() {
			_, err := client.Write(append(append(preamble, settings...), syn...))
			for range 200 { // more than the kernel takes by itself
				if err == nil {
					_, err = client.Write(psh)
				}
			}
			written <- err
		}()
		state := func() session.State {
			if s := journal.Look(j, journal.AskSession{ID: 1}); s != nil {
				return s.State
			}
			return session.State{}
		}
		until(ctx, t, j, func() bool { return !state().Blocked[protocol.ClientToServer].Since.IsZero() })
		r.SetPeriodic(capture.Periodic{Every: 100 * ms, Toward: protocol.ByPeer[bool]{protocol.Server: true}})
		until(ctx, t, j, func() bool { return !state().Waits[protocol.Server].Since.IsZero() })
		close(release)
		until(ctx, t, j, func() bool {
			s := state()
			return s.Blocked[protocol.ClientToServer].Since.IsZero() && s.Waits[protocol.Server].Since.IsZero()
		})
		r.SetPeriodic(capture.Periodic{})
		if err := <-written; err != nil {
			t.Error(err)
		}
		if err := client.Close(); err != nil {
			t.Error(err)
		}
	})
	recorded := replayed(t, file)
	stood := standstills(t, live)
	if all := strings.Join(stood, "\n"); !strings.Contains(all, "c2s moves again") || !strings.Contains(all, "heartbeats toward the server wait") {
		t.Fatalf("what stood: %q", stood)
	}
	wants(t, standstills(t, recorded), stood...)
	agree(t, timeless(live), timeless(recorded))
}

// standstills returns what a journal tells of bytes that stood and heartbeats that waited,
// with the times since when they did.
func standstills(t testing.TB, j *journal.Journal) (lines []string) {
	t.Helper()
	for _, n := range notices(t, j) {
		switch n := n.(type) {
		case session.Blocked:
			if n.Ended {
				lines = append(lines, n.Dir.String()+" moves again")
				continue
			}
			lines = append(lines, fmt.Sprintf("%v %d bytes since %v: %s", n.Dir, n.Bytes, n.Since.UTC(), n.Text))
		case session.HeartbeatWaiting:
			lines = append(lines, fmt.Sprintf("heartbeats toward the %v wait since %v, %v: %s", n.Toward, n.Since.UTC(), n.Ended, n.Why))
		}
	}
	return lines
}
