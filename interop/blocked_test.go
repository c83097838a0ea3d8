package interop

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
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
				peer := FindPeer("sing-anytls")
				p := startWatched(ctx, t, Pair{peer, peer})
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
				sent, received := <-x.sent, <-x.received
				if err := errors.Join(sent.err, received.err); err != nil {
					t.Error(err)
				}
				if received.n != stalled || received.sum != sent.sum {
					t.Errorf("%d bytes arrived of %d, or others", received.n, stalled)
				}
			})
		}
	}
}

// A watched is a pair with a relay in this process between its ends, whose events the test sees.
type watched struct {
	*rig
	registry *capture.Registry
	events   chan capture.Event // but for those of bytes that the peers sent
}

func startWatched(ctx context.Context, t *testing.T, pair Pair) *watched {
	t.Helper()
	w := &watched{registry: capture.NewRegistry(), events: make(chan capture.Event, 1024)}
	w.rig = start(ctx, t, pair, func(server string) string { return serveRelay(ctx, t, server, w.registry, w) })
	return w
}

// serveRelay serves a relay in this process in front of a server, until the test ends. It returns
// where the relay listens.
func serveRelay(ctx context.Context, t *testing.T, server string, registry *capture.Registry, sink capture.Sink) (addr string) {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	r := relay.New(relay.Config{
		Route:       capture.Route{Server: server, Insecure: true},
		Certificate: authority.Certificate, Registry: registry,
	}, sink)
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	serving, stop := context.WithCancel(ctx)
	served := make(chan error, 1)
	go func() { served <- r.Serve(serving, ln) }() // until the test ends
	t.Cleanup(func() {
		stop()
		if err := <-served; err != nil {
			t.Error(err)
		}
	})
	return ln.Addr().String()
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
	w.registry.SetPeriodic(capture.Periodic{Every: time.Second, Toward: protocol.ByPeer[bool]{true, true}})
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
	case sent := <-x.sent:
		if after := time.Since(began); sent.err == nil || after < 4*time.Second || after > 8*time.Second {
			t.Errorf("the stream ended %v behind the heartbeat, with %v; want 5 s, and an error", after, sent.err)
		}
	case <-ctx.Done():
		t.Error("the session lives")
	}
}

// A transfer is bytes on their way through a stream, of which the receiver takes none until
// it is told to go on.
type transfer struct {
	goOn           chan struct{}
	sent, received chan moved // what came of it on either side
}

// A moved is what one side of a transfer saw of it.
type moved struct {
	n   int64
	sum [sha256.Size]byte
	err error
}

// move copies until the end of what is read, or until either stream has ended.
func move(to io.Writer, from io.Reader) (m moved) {
	hash := sha256.New()
	m.n, m.err = io.Copy(to, io.TeeReader(from, hash))
	hash.Sum(m.sum[:0])
	return m
}

// transfer sends much in a direction of a new stream.
func (w *watched) transfer(ctx context.Context, t *testing.T, dir protocol.Direction) *transfer {
	t.Helper()
	target, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer target.Close()
	near, err := w.Dial(ctx, "tcp", target.Addr().String())
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
	x := &transfer{goOn: make(chan struct{}), sent: make(chan moved, 1), received: make(chan moved, 1)}
	go func() { // until all is sent, or the stream has ended
		x.sent <- move(from, io.LimitReader(rand.NewChaCha8([32]byte{}), stalled))
	}()
	go func() { // until all has arrived, or the stream has ended
		<-x.goOn
		x.received <- move(io.Discard, io.LimitReader(to, stalled))
	}()
	return x
}
