package relay_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"runtime"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture"
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

// TestResetBehindStuckWrite: a peer resets its connection while the relay is stuck: in a write
// to the other one, so that nobody reads from the first, or in a write to the first, which
// then learns of it before any read. The other one is reset, too, though it does not read,
// and reads no end before that.
func TestResetBehindStuckWrite(t *testing.T) {
	if runtime.GOOS != "linux" {
		t.Skip("only Linux shows it")
	}
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		for where, toward := range map[string]protocol.Peer{"toward the other": peer.Other(), "toward it": peer} {
			t.Run("by the "+peer.String()+", stuck "+where, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, options{})
				client, server := ready(t, r)
				ends := protocol.ByPeer[*tls.Conn]{client, server}
				fill(t, ends[toward.Other()], ends[toward])
				abort(t, ends[peer])
				v := r.closed()
				if want := capture.ReasonReset(peer); v.Session.Reason != want || v.Session.State.ClosedBy != session.Closer(peer) {
					t.Errorf("closed by %v: %q, want %q", v.Session.State.ClosedBy, v.Session.Reason, want)
				}
				if _, err := io.Copy(io.Discard, tcp(ends[peer.Other()])); !errors.Is(err, syscall.ECONNRESET) {
					t.Errorf("behind what it had, the other end reads %v, want a reset", err)
				}
			})
		}
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
	got, pace := int64(0), time.NewTicker(100*time.Millisecond)
	defer pace.Stop()
	buf := make([]byte, 16<<10)
	for range 70 { // for longer than a peer that takes nothing would be waited for
		<-pace.C
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
