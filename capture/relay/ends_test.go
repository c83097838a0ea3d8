package relay_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/relay/leg"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// tcp returns the TCP connection below TLS.
func tcp(c *tls.Conn) *net.TCPConn { return c.NetConn().(*net.TCPConn) }

// fill lets a peer write until nobody takes more: the relay is stuck writing to the other
// one, and does not read from this one.
func fill(t *testing.T, from, to *tls.Conn) {
	t.Helper()
	if err := errors.Join(tcp(to).SetReadBuffer(16<<10), tcp(from).SetWriteBuffer(64<<10)); err != nil {
		t.Fatal(err)
	}
	_ = tcp(from).SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	push := frame(t, protocol.PSH, 1, make([]byte, 16<<10-protocol.HeaderLen))
	for {
		if _, err := from.Write(push); err != nil {
			if !errors.Is(err, os.ErrDeadlineExceeded) {
				t.Fatal(err)
			}
			return
		}
	}
}

// abort resets a connection.
func abort(t *testing.T, c *tls.Conn) {
	t.Helper()
	if err := errors.Join(tcp(c).SetLinger(0), tcp(c).Close()); err != nil {
		t.Fatal(err)
	}
}

// closed waits for the end of the first session.
func (r *rig) closed() *view {
	r.t.Helper()
	return r.await("the end of the session", func(v *view) bool { return v.Session.Closed })
}

// TestResetBehindStuckWrite: a peer resets its connection while nobody reads from it, since
// the other one does not read. The other one is reset, too, though it still does not read.
func TestResetBehindStuckWrite(t *testing.T) {
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		t.Run("by the "+peer.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, options{})
			client, server := ready(t, r)
			ends := protocol.ByPeer[*tls.Conn]{client, server}
			from, to := ends[peer], ends[peer.Other()]
			fill(t, from, to)
			abort(t, from)
			v := r.closed()
			if want := capture.ReasonReset(peer); v.Session.Reason != want || v.Session.State.ClosedBy != session.Closer(peer) {
				t.Errorf("closed by %v: %q, want %q", v.Session.State.ClosedBy, v.Session.Reason, want)
			}
			if _, err := io.Copy(io.Discard, tcp(to)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("behind what it had, the other end reads %v, want a reset", err)
			}
		})
	}
}

// TestResetMeetsWrite: a peer resets its connection while the relay writes to it, so that
// the write learns of it first. The other peer is reset, and reads no end before that.
func TestResetMeetsWrite(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("what a write has told of, only Linux tells a read")
	}
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		t.Run("by the "+peer.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, options{})
			client, server := ready(t, r)
			ends := protocol.ByPeer[*tls.Conn]{client, server}
			from, to := ends[peer], ends[peer.Other()]
			fill(t, to, from)
			abort(t, from)
			if _, err := io.Copy(io.Discard, tcp(to)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the other end reads %v, want a reset", err)
			}
			v := r.closed()
			if want := capture.ReasonReset(peer); v.Session.Reason != want || v.Session.State.ClosedBy != session.Closer(peer) {
				t.Errorf("closed by %v: %q, want %q", v.Session.State.ClosedBy, v.Session.Reason, want)
			}
		})
	}
}

// stick returns a client and a server between which the relay is stuck: the server reads
// nothing. The last of what the client sent stands in the relay's receive buffer, and the
// client's end will stand right behind it.
func stick(t *testing.T) (r *rig, client, server *tls.Conn, sent int64) {
	t.Helper()
	recorded := make(chan struct{}, 1)
	r = newRig(t, options{sink: func(next capture.Sink) capture.Sink {
		return sinkFunc(func(e *capture.Event) {
			next.Record(e)
			if e.Kind == capture.Data {
				select {
				case recorded <- struct{}{}:
				default:
				}
			}
		})
	}})
	client, server = ready(t, r)
	if err := tcp(server).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	push := frame(t, protocol.PSH, 1, make([]byte, 8<<10))
	for stuck := false; !stuck; {
		write(t, client, push)
		sent += int64(len(push))
		select {
		case <-recorded:
		case <-time.After(500 * time.Millisecond):
			stuck = true
		}
	}
	return r, client, server, sent
}

// TestEndsBehindStuckWrite: both peers end their TCP streams while the relay is stuck
// between them. Nobody will say more: the session is over.
func TestEndsBehindStuckWrite(t *testing.T) {
	t.Parallel()
	r, client, server, _ := stick(t)
	if err := errors.Join(tcp(client).CloseWrite(), tcp(server).CloseWrite()); err != nil {
		t.Fatal(err)
	}
	r.closed()
}

// TestEndFollows: a peer that closes while the relay is stuck loses nothing: its end follows
// the bytes that wait, once the other one reads again.
func TestEndFollows(t *testing.T) {
	t.Parallel()
	_, client, server, sent := stick(t)
	if err := errors.Join(client.Close(), tcp(server).SetReadBuffer(4<<20)); err != nil {
		t.Fatal(err)
	}
	got, err := io.Copy(io.Discard, server)
	if got != sent || err != nil {
		t.Errorf("the server reads %d bytes, %v; want %d, and close_notify", got, err, sent)
	}
	if n, err := tcp(server).Read(make([]byte, 1)); n > 0 || !errors.Is(err, io.EOF) {
		t.Errorf("behind close_notify: %d bytes, %v", n, err)
	}
}

// TestCloseNotifies: two peers that say close_notify, and keep their TCP connections, keep
// no session.
func TestCloseNotifies(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	client, server := ready(t, r)
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(io.Discard, server); err != nil {
		t.Fatal(err)
	}
	if err := server.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	v := r.closed()
	if v.Session.Reason != "" || v.Session.State.ClosedBy != session.ClosedByClient {
		t.Errorf("closed by %v: %q, want in good order by the client", v.Session.State.ClosedBy, v.Session.Reason)
	}
}

// TestSlowLastWords: peers that have both ended keep the session as long as one of them takes
// what waits for it, though so slowly that no write of the relay ends meanwhile.
func TestSlowLastWords(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux tells what a peer has taken while a write waits")
	}
	t.Parallel()
	r := newRig(t, options{})
	client, server := ready(t, r)
	if err := errors.Join(tcp(client).SetReadBuffer(64<<10), client.CloseWrite()); err != nil {
		t.Fatal(err)
	}
	const pushes = 1 << 8
	push := frame(t, protocol.PSH, 1, make([]byte, 16<<10-protocol.HeaderLen))
	said := make(chan error, 1)
	go func() {
		for range pushes {
			if _, err := server.Write(push); err != nil {
				said <- err
				return
			}
		}
		said <- errors.Join(server.CloseWrite(), tcp(server).CloseWrite(), tcp(client).CloseWrite())
	}()
	got, slow := int64(0), time.Now().Add(7*time.Second)
	for buf := make([]byte, 16<<10); time.Now().Before(slow); time.Sleep(100 * time.Millisecond) {
		n, err := io.ReadFull(client, buf)
		if got += int64(n); err != nil {
			t.Fatalf("read %d bytes: %v", got, err)
		}
	}
	rest, err := io.Copy(io.Discard, client)
	if got += rest; got != pushes*int64(len(push)) || err != nil {
		t.Errorf("read %d bytes, %v; want %d", got, err, pushes*len(push))
	}
	if err := <-said; err != nil {
		t.Error(err)
	}
	r.closed()
}

// TestDeadServer: a server closes an idle session, which its client keeps. What the client
// then sends is answered by a reset, as it would be without the relay.
func TestDeadServer(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{})
	client, server := ready(t, r)
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the client reads %v, want close_notify", err)
	}
	if _, err := client.Write(frame(t, protocol.SYN, 1, nil)); err != nil {
		t.Fatal(err)
	}
	// The client sends no more, and the relay passes the reset on all the same.
	v := r.closed()
	if v.Session.State.ClosedBy != session.ClosedByServer {
		t.Errorf("closed by %v: %q", v.Session.State.ClosedBy, v.Session.Reason)
	}
	wasReset(client)
}

// wasReset waits until a connection whose stream had ended before is reset behind that: the
// end of a session is told a moment before the system has closed its sockets. Nothing is
// written meanwhile, since that alone would be answered by a reset.
func wasReset(c *tls.Conn) {
	reset := make(chan struct{})
	leg.NewSocket(tcp(c), new(leg.Buffers)).Watch(func(is bool) {
		if is {
			close(reset)
		}
	})
	<-reset
}

// TestClientGone: a client closes in good order, and the server keeps the session. The
// client's socket is freed, and nothing is injected toward it; when the server writes again
// it gets a reset, as it would without the relay.
func TestClientGone(t *testing.T) {
	t.Parallel()
	tape := newLegTape()
	gone := make(chan capture.Event, 1)
	r := newRig(t, options{
		relay: func(cfg *relay.Config) { cfg.Recorder = tape },
		sink: func(next capture.Sink) capture.Sink {
			return sinkFunc(func(e *capture.Event) {
				next.Record(e)
				if e.Kind == capture.Gone {
					gone <- *e
				}
			})
		},
	})
	client, server := ready(t, r)
	if err := client.Close(); err != nil {
		t.Fatal(err)
	}
	if e := <-gone; e.Dir != protocol.ClientToServer || e.Session != 1 {
		t.Errorf("gone is the sender of %v, session %d", e.Dir, e.Session)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the server reads %v, want close_notify", err)
	}
	request := capture.Insert{Toward: protocol.Client, Frame: protocol.Frame{Command: protocol.HeartRequest}}
	if _, err := r.registry.Inject(1, request); !errors.Is(err, capture.ErrPeerGone) {
		t.Errorf("Inject toward the client: %v", err)
	}
	<-tape.freed[capture.ClientLeg]
	write(t, server, frame(t, protocol.Waste, 0, make([]byte, 10)))
	v := r.closed()
	if v.Session.State.ClosedBy != session.ClosedByClient || v.Session.Reason != "" {
		t.Errorf("closed by %v: %q, want in good order by the client", v.Session.State.ClosedBy, v.Session.Reason)
	}
	wasReset(server)
}

// TestClientLeavesDial: a client that gives up while the relay waits for the server is not
// kept until that fails.
func TestClientLeavesDial(t *testing.T) {
	for name, leave := range map[string]func(*net.TCPConn) error{
		"end":   (*net.TCPConn).Close,
		"reset": func(c *net.TCPConn) error { return errors.Join(c.SetLinger(0), c.Close()) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			mute := listen(t) // accepts, and says nothing
			defer func() { _ = mute.Close() }()
			r := newRig(t, options{relay: func(cfg *relay.Config) { cfg.Server = mute.Addr().String() }})
			raw, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			shaken := make(chan error, 1)
			go func() {
				shaken <- tls.Client(raw, &tls.Config{RootCAs: r.ca.Pool(), ServerName: "example.com"}).Handshake()
			}()
			dialed, err := mute.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = dialed.Close() }()
			if err := leave(raw.(*net.TCPConn)); err != nil {
				t.Fatal(err)
			}
			if <-shaken == nil {
				t.Error("the handshake succeeds")
			}
			v := r.closed()
			if v.Session.State.ClosedBy != session.ClosedByClient || !strings.Contains(v.Session.Reason, "while the relay waited for the server") {
				t.Errorf("closed by %v: %q", v.Session.State.ClosedBy, v.Session.Reason)
			}
		})
	}
}

// A legTape is a recorder that tells when the relay has closed a leg.
type legTape struct {
	freed map[capture.Leg]chan struct{}
}

func newLegTape() *legTape {
	return &legTape{freed: map[capture.Leg]chan struct{}{
		capture.ClientLeg: make(chan struct{}, 4), capture.ServerLeg: make(chan struct{}, 4),
	}}
}

// Leg implements [capture.Recorder].
func (p *legTape) Leg(c capture.LegInfo) capture.LegRecorder { return &legEnd{freed: p.freed[c.Leg]} }

// A legEnd waits for the end of what the relay sends.
type legEnd struct{ freed chan struct{} }

func (*legEnd) Secret([]byte)                                {}
func (*legEnd) Bytes(time.Time, capture.Way, []byte, string) {}
func (*legEnd) Reset(time.Time, capture.Way)                 {}
func (*legEnd) Close()                                       {}

// Fin implements [capture.LegRecorder].
func (e *legEnd) Fin(_ time.Time, w capture.Way) {
	if w == capture.Sent {
		select {
		case e.freed <- struct{}{}:
		default:
		}
	}
}

// TestServerLeavesHandshake: a server that resets its connection while the relay shakes hands
// is passed on as a reset: in its own handshake, and while the client's goes on.
func TestServerLeavesHandshake(t *testing.T) {
	for name, shake := range map[string]bool{"in its own": false, "in the client's": true} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			authority, err := ca.Ephemeral()
			if err != nil {
				t.Fatal(err)
			}
			ln := listen(t)
			defer func() { _ = ln.Close() }()
			r := newRig(t, options{relay: func(cfg *relay.Config) { cfg.Server, cfg.Insecure = ln.Addr().String(), true }})
			raw, err := net.Dial("tcp", r.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = raw.Close() }()
			_ = raw.SetDeadline(time.Now().Add(patience))
			answered := make(chan struct{})
			cfg := &tls.Config{
				InsecureSkipVerify: true, //nolint:gosec // the relay's own
				// The client holds its Finished back until the server has gone.
				VerifyConnection: func(tls.ConnectionState) error {
					close(answered)
					r.closed()
					return nil
				},
			}
			shaken := make(chan error, 1)
			go func() { shaken <- tls.Client(raw, cfg).Handshake() }()
			dialed, err := ln.Accept()
			if err != nil {
				t.Fatal(err)
			}
			server := tls.Server(dialed, &tls.Config{GetCertificate: authority.Certificate})
			if shake {
				if err := server.Handshake(); err != nil {
					t.Fatal(err)
				}
				<-answered
			}
			abort(t, server)
			v := r.closed()
			if v.Session.State.ClosedBy != session.ClosedByServer || !strings.Contains(v.Session.Reason, "reset") {
				t.Errorf("closed by %v: %q", v.Session.State.ClosedBy, v.Session.Reason)
			}
			if err := <-shaken; !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("the client's handshake ends with %v, want a reset", err)
			}
		})
	}
}
