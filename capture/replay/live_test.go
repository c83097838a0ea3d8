package replay_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/peer"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/replay"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestLiveAndReplayAgree: a session that is relayed live while it is recorded, and
// the recording replayed, give the same view, times apart. One leg of it is as it was on the
// wire.
func TestLiveAndReplayAgree(t *testing.T) {
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	live := relayed(t, file, pcapng.Options{}, peer.Serve, func(ctx context.Context, r *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		converse(ctx, t, r, cfg)
	})
	want := timeless(live)
	for toward, h := range want.Heartbeats {
		if h.Injected.Answered < 20 {
			t.Fatalf("toward the %v too little happened: %+v", protocol.Peer(toward), want)
		}
	}
	if want.Heartbeats[protocol.Server].Own.Answered < 3 || len(want.Streams) != 3 {
		t.Fatalf("too little happened: %+v", want)
	}
	agree(t, want, timeless(replayed(t, file)))
	for _, leg := range []capture.Leg{capture.ClientLeg, capture.ServerLeg} {
		got := timeless(replayedLeg(t, file, leg))
		if got.Leg != leg || (got.Server == want.Server) != (leg == capture.ServerLeg) || (got.Client == want.Client) != (leg == capture.ClientLeg) {
			t.Errorf("the %v leg is called the %q leg, from %s to %s", leg, got.Leg, got.Client, got.Server)
		}
		if diff := cmp.Diff(want.Heartbeats[leg.Peer()], got.Heartbeats[leg.Peer()]); diff != "" {
			t.Errorf("heartbeats toward the %v (-both +its leg):\n%s", leg.Peer(), diff)
		}
		if other := got.Heartbeats[leg.Peer().Other()].Injected; other != (counts{}) {
			t.Errorf("on the %v leg the relay asked the other peer: %+v", leg, other)
		}
	}
}

// agree holds a replay to what was seen live.
func agree(t *testing.T, live, replayed sight) {
	t.Helper()
	if diff := cmp.Diff(live, replayed, cmpopts.IgnoreUnexported(session.Stream{})); diff != "" {
		t.Errorf("live and replayed differ (-live +replayed):\n%s", diff)
	}
}

// TestLiveAndReplayAgreeOnGone: they agree on a client that is gone while its server keeps
// the session, for longer than goes without saying.
func TestLiveAndReplayAgreeOnGone(t *testing.T) {
	for name, leave := range map[string]func(*tls.Conn) error{
		"in good order":        (*tls.Conn).Close,
		"without close_notify": func(c *tls.Conn) error { return c.NetConn().Close() },
		"in good order, and its TCP stream stays": func(c *tls.Conn) error {
			time.AfterFunc(5*time.Second+400*time.Millisecond, func() { _ = c.Close() })
			return c.CloseWrite()
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			goneAgrees(t, leave)
		})
	}
}

func goneAgrees(t *testing.T, leave func(*tls.Conn) error) {
	t.Helper()
	release := make(chan struct{})
	keep := func(_ context.Context, ln net.Listener, cfg peer.ServerConfig) error {
		raw, err := ln.Accept()
		if err != nil {
			return err
		}
		server := tls.Server(raw, cfg.TLS)
		_, err = io.Copy(io.Discard, server)
		<-release
		return errors.Join(err, server.Close())
	}
	file := filepath.Join(t.TempDir(), "rec.pcapng")
	live := relayed(t, file, pcapng.Options{}, keep, func(ctx context.Context, _ *capture.Registry, _ *journal.Journal, cfg peer.ClientConfig) {
		raw, err := (&tls.Dialer{Config: cfg.TLS}).DialContext(ctx, "tcp", cfg.Address)
		if err != nil {
			t.Fatal(err)
		}
		client := raw.(*tls.Conn)
		preamble := protocol.Preamble{Hash: protocol.HashPassword(cfg.Password), Padding: 30}.Append(nil)
		settings, _ := protocol.AppendFrame(nil, protocol.Settings, 0, []byte("v=2\nclient=test/1"))
		for _, b := range [][]byte{preamble, settings} {
			if _, err := client.Write(b); err != nil {
				t.Fatal(err)
			}
		}
		if err := leave(client); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(5*time.Second+200*time.Millisecond, func() { close(release) })
	})
	want, got := timeless(live), timeless(replayed(t, file))
	if want.Codes[session.CodeSessionKeptOpen] != 1 {
		t.Fatalf("diagnostics: %v", want.Codes)
	}
	agree(t, want, got)
}

// replayed replays a recording, and returns the journal.
func replayed(t *testing.T, file string) *journal.Journal {
	t.Helper()
	return replayedLeg(t, file, capture.NoLeg)
}

// usual is what sessions are judged by.
func usual() session.Config { return session.Config{Fingerprints: protocol.FingerprintKey{1}} }

// replayedLeg replays a recording or, unless it is NoLeg, one leg of it.
func replayedLeg(t *testing.T, file string, leg capture.Leg) *journal.Journal {
	t.Helper()
	return replayedBy(t, usual(), file, leg)
}

// replayedBy is replayedLeg with a configuration of sessions.
func replayedBy(t *testing.T, cfg session.Config, file string, leg capture.Leg) *journal.Journal {
	t.Helper()
	f, err := os.Open(file)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = f.Close() }()
	j := journal.New(journal.Limits{Entries: 1 << 16}, cfg)
	if err := replay.New(replay.Config{Input: f, Leg: leg}).Run(t.Context(), j); err != nil {
		t.Fatal(err)
	}
	return j
}

// A clientFunc is what a client does with this configuration. The journal is that of the
// relay.
type clientFunc func(context.Context, *capture.Registry, *journal.Journal, peer.ClientConfig)

// A serveFunc serves AnyTLS, such as [peer.Serve].
type serveFunc func(context.Context, net.Listener, peer.ServerConfig) error

// relayed relays what the client does with this configuration, and returns the journal.
// The file is its recording.
func relayed(t *testing.T, file string, o pcapng.Options, serve serveFunc, client clientFunc) *journal.Journal {
	t.Helper()
	return relayedBy(t, usual(), file, o, serve, client)
}

// relayedBy is relayed with a configuration of sessions.
func relayedBy(t *testing.T, cfg session.Config, file string, o pcapng.Options, serve serveFunc, client clientFunc) *journal.Journal {
	t.Helper()
	return relayedUnder(t, nil, cfg, file, o, serve, client)
}

// relayedUnder is relayedBy under rules, unless they are nil.
func relayedUnder(t *testing.T, rules *rule.Book, cfg session.Config, file string, o pcapng.Options, serve serveFunc, client clientFunc) *journal.Journal {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 30*time.Second)
	defer cancel()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	listen := func() net.Listener {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		return ln
	}
	server, front := listen(), listen()
	serving, stopServer := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() {
		served <- serve(serving, server, peer.ServerConfig{
			TLS: &tls.Config{GetCertificate: authority.Certificate}, Password: "secret", Dial: echoOrRefuse,
		})
	}()
	rec, err := pcapng.Create(file, o)
	if err != nil {
		t.Fatal(err)
	}
	j := journal.New(journal.Limits{Entries: 1 << 16}, cfg)
	registry := capture.NewRegistry()
	r := relay.New(relay.Config{
		Route: capture.Route{Server: server.Addr().String()}, Roots: authority.Pool(), Certificate: authority.Certificate,
		Recorder: rec, Registry: registry, HeartbeatTimeout: cfg.HeartbeatTimeout, Rules: rules,
	}, j)
	r.Announce(front.Addr())
	relaying, stopRelay := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- r.Serve(relaying, front) }()

	client(ctx, registry, j, peer.ClientConfig{
		Address: front.Addr().String(), Password: "secret", Name: "test/1",
		TLS: &tls.Config{RootCAs: authority.Pool(), ServerName: "server.test"},
	})
	until(ctx, t, j, func() bool { return journal.Look(j, journal.AskSummary{}).Live == 0 })
	stopRelay()
	if err := <-ended; err != nil {
		t.Error(err)
	}
	stopServer()
	if err := <-served; err != nil && serving.Err() == nil {
		t.Error(err)
	}
	if err := rec.Close(); err != nil {
		t.Error(err)
	}
	return j
}

// until waits until a journal shows something.
func until(ctx context.Context, t *testing.T, j *journal.Journal, shows func() bool) {
	t.Helper()
	for {
		changed := j.Changed(j.Version())
		if shows() {
			return
		}
		select {
		case <-changed:
		case <-ctx.Done():
			t.Fatal("the journal does not come to show it")
		}
	}
}

// echoOrRefuse is what is behind the server: it refuses port 9, and echoes on
// others.
func echoOrRefuse(_ context.Context, target protocol.Address) (net.Conn, error) {
	if target.Port == 9 {
		return nil, &net.OpError{Op: "dial", Net: "tcp", Err: os.ErrPermission}
	}
	near, far := net.Pipe()
	go func() {
		_, _ = io.Copy(far, far)
		_ = far.Close()
	}()
	return near, nil
}

// converse does what the client does: it opens streams, of which one is refused,
// and sends heartbeats. Between them the relay injects others toward both.
func converse(ctx context.Context, t *testing.T, r *capture.Registry, cfg peer.ClientConfig) {
	t.Helper()
	client, err := peer.Dial(ctx, cfg)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = client.Close() }()
	if err := client.Greet(ctx); err != nil {
		t.Fatal(err)
	}
	for i, port := range []uint16{80, 9, 443} {
		stream, err := client.OpenStream(ctx, protocol.Address{Host: "target.example", Port: port})
		if err != nil {
			t.Fatal(err)
		}
		if port == 9 {
			if _, err := stream.Read(make([]byte, 1)); err == nil {
				t.Error("the target was to be refused")
			}
			_ = stream.Close()
			continue
		}
		for range 10 {
			echo(t, stream, 100+40_000*i)
			for _, to := range []protocol.Peer{protocol.Server, protocol.Client} {
				if _, err := r.Inject(1, capture.Insert{Toward: to, Frame: protocol.Frame{Command: protocol.HeartRequest}}); err != nil {
					t.Fatal(err)
				}
			}
			echo(t, stream, 10)
		}
		_ = stream.Close()
		for range 2 {
			if _, err := client.Heartbeat(ctx); err != nil {
				t.Fatal(err)
			}
		}
	}
}

// echo sends n bytes and reads them back. They look like no frames: zeros would pass for Waste
// behind missing bytes.
func echo(t *testing.T, stream io.ReadWriter, n int) {
	t.Helper()
	done := make(chan error, 1)
	go func() {
		_, err := stream.Write(bytes.Repeat([]byte{0xee}, n))
		done <- err
	}()
	if _, err := io.ReadFull(stream, make([]byte, n)); err != nil {
		t.Fatal(err)
	}
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}
