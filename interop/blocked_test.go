package interop

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
)

const (
	// standstill is how long a peer reads nothing in these tests: more than twice the time
	// that the reference's library gives a write behind a control frame.
	standstill = 12 * time.Second
	// stalled is how much is sent to it: more than all systems and programs between hold.
	// Linux takes up to 32 MiB for each of three connections.
	stalled = 256 << 20
)

// TestHeartbeatBesideBlocked: a HeartRequest toward a peer that can't write, since the other
// one does not read, ends the session of the reference's library 5 s later. So none goes
// there unless it is forced: then the session lives, and goes on when reading does.
func TestHeartbeatBesideBlocked(t *testing.T) {
	for _, dir := range [...]protocol.Direction{protocol.ServerToClient, protocol.ClientToServer} {
		for _, forced := range []bool{false, true} {
			t.Run(fmt.Sprintf("%v/forced %v", dir, forced), func(t *testing.T) {
				t.Parallel()
				ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
				defer cancel()
				p := startWatched(ctx, t, FindPeer("sing-anytls"))
				x := p.transfer(ctx, t, dir)
				p.await(ctx, t, capture.Blocked, dir)
				if forced {
					p.dies(ctx, t, dir.Sender(), x)
					close(x.goOn)
					return
				}
				p.lives(t, dir.Sender())
				close(x.goOn)
				p.await(ctx, t, capture.Unblocked, dir)
				if err := errors.Join(<-x.sent, <-x.received); err != nil {
					t.Error(err)
				}
			})
		}
	}
}

// A watched is a peer with itself, through a relay whose events the test sees.
type watched struct {
	Proxy
	registry *capture.Registry
	events   chan capture.Event // but for those of bytes that the peers sent
}

func startWatched(ctx context.Context, t *testing.T, peer Peer) *watched {
	t.Helper()
	fail := func(err error) {
		if err != nil {
			t.Fatal(err)
		}
	}
	server, addr, err := peer.StartServer(ctx, t.TempDir(), password)
	fail(err)
	t.Cleanup(server.Kill)
	authority, err := ca.Ephemeral()
	fail(err)
	w := &watched{registry: capture.NewRegistry(), events: make(chan capture.Event, 1024)}
	r := relay.New(relay.Config{
		Route:       capture.Route{Server: addr, Insecure: true},
		Certificate: authority.Certificate, Registry: w.registry,
	}, w)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	fail(err)
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- r.Serve(serving, ln) }() // until the test ends
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	client, socks, err := peer.StartClient(ctx, t.TempDir(), ln.Addr().String(), password)
	fail(err)
	t.Cleanup(client.Kill)
	target, err := NewTarget()
	fail(err)
	t.Cleanup(target.Close)
	w.Proxy, err = NewProxy(socks, target)
	fail(err)
	return w
}

// Record implements [capture.Sink].
func (w *watched) Record(e *capture.Event) {
	if e.Kind != capture.Data || e.Fate.Made() {
		kept := *e
		kept.Data, kept.Pieces = nil, nil
		select {
		case w.events <- kept:
		default: // the test has ended
		}
	}
}

// await waits for an event of a kind and direction.
func (w *watched) await(ctx context.Context, t *testing.T, k capture.Kind, dir protocol.Direction) capture.Event {
	t.Helper()
	for {
		select {
		case e := <-w.events:
			if e.Kind == k && e.Dir == dir {
				return e
			}
			if e.Kind == capture.Closed {
				t.Fatalf("the session has ended, by the %v: %s", e.By, e.Reason)
			}
		case <-ctx.Done():
			t.Fatalf("waited in vain for event %d of %v", k, dir)
		}
	}
}

// lives has heartbeats sent each second toward both peers, and checks that none goes toward
// the one that can't write, and that the session lives.
func (w *watched) lives(t *testing.T, writer protocol.Peer) {
	t.Helper()
	w.registry.SetPeriodic(capture.Periodic{Every: beat, Toward: protocol.ByPeer[bool]{true, true}})
	over, told := time.After(standstill), false
	for {
		select {
		case e := <-w.events:
			switch {
			case e.Kind == capture.Data && e.Dir.Receiver() == writer:
				t.Errorf("a heartbeat went toward the %v", writer)
			case e.Kind == capture.HeartbeatsWait && e.Dir.Receiver() == writer:
				told = true
			case e.Kind == capture.Closed:
				t.Fatalf("the session has ended, by the %v: %s", e.By, e.Reason)
			}
		case <-over:
			if !told {
				t.Error("nobody was told that heartbeats wait")
			}
			return
		}
	}
}

// dies sends one heartbeat toward the peer that can't write, and checks that it ends the
// session. The relay does not see that: the end stands behind what it can't read.
func (w *watched) dies(ctx context.Context, t *testing.T, writer protocol.Peer, x *transfer) {
	t.Helper()
	outcome, err := w.registry.Inject(1, capture.Insert{
		Toward: writer, When: capture.WhenPossible, Frame: protocol.Frame{Command: protocol.HeartRequest},
	})
	if err != nil || outcome != capture.WrittenUnread {
		t.Fatalf("forced toward the %v: %v, %v", writer, outcome, err)
	}
	began := time.Now()
	select {
	case err := <-x.sent:
		if after := time.Since(began); err == nil || after < 4*time.Second || after > 8*time.Second {
			t.Errorf("the stream ended %v behind the heartbeat, with %v; want 5 s, and an error", after, err)
		}
	case <-ctx.Done():
		t.Error("the session lives")
	}
}

// A transfer is bytes on their way through a stream, of which the receiver takes none until
// it is told to go on.
type transfer struct {
	goOn           chan struct{}
	sent, received chan error // what came of it on either side
}

// transfer sends much in a direction of a new stream.
func (w *watched) transfer(ctx context.Context, t *testing.T, dir protocol.Direction) *transfer {
	t.Helper()
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	near, err := w.dial(ctx, "tcp", target.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := target.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		near.Close()
		far.Close()
	})
	from, to := near, far
	if dir == protocol.ServerToClient {
		from, to = far, near
	}
	x := &transfer{goOn: make(chan struct{}), sent: make(chan error, 1), received: make(chan error, 1)}
	go func() { // until all is sent, or the stream has ended
		_, err := io.Copy(from, noise(stalled))
		x.sent <- err
	}()
	go func() { // until all has arrived, or the stream has ended
		<-x.goOn
		sum, n, err := digest(io.LimitReader(to, stalled))
		if err == nil && sum != w.target.digest(stalled) {
			err = fmt.Errorf("%d bytes arrived of %d, or others", n, stalled)
		}
		x.received <- err
	}()
	return x
}
