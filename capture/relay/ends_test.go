package relay_test

import (
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
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
// one, and does not read from this one. It returns how much plaintext it wrote.
func (r *rig) fill(from, to *tls.Conn, dir protocol.Direction) (sent int64) {
	r.t.Helper()
	if err := errors.Join(tcp(to).SetReadBuffer(64<<10), tcp(from).SetWriteBuffer(64<<10)); err != nil {
		r.t.Fatal(err)
	}
	push := frame(r.t, protocol.PSH, 1, make([]byte, 16<<10-protocol.HeaderLen))
	failed := make(chan error, 1)
	go func() { // until its connection has a deadline
		for {
			n, err := from.Write(push)
			sent += int64(n)
			if err != nil {
				failed <- err
				return
			}
		}
	}()
	for r.awaitBlocked() != dir {
	}
	_ = tcp(from).SetWriteDeadline(time.Unix(1, 0))
	if err := <-failed; !errors.Is(err, os.ErrDeadlineExceeded) {
		r.t.Fatal(err)
	}
	return sent
}

// awaitBlocked waits until it is told that bytes do not move, and returns their direction.
func (r *rig) awaitBlocked() protocol.Direction {
	r.t.Helper()
	select {
	case dir := <-r.blocked:
		return dir
	case <-r.late():
		r.t.Fatal("waited in vain for bytes that do not move")
		panic("unreachable")
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
	late := r.late()
	for stuck := false; !stuck; {
		write(t, client, push)
		sent += int64(len(push))
		select {
		case <-recorded:
		case <-r.blocked:
			stuck = r.stuck()
			if !stuck {
				sent += protocol.HeaderLen
			}
		case <-late:
			t.Fatal("the relay takes all that nobody reads")
		}
	}
	return r, client, server, sent
}

// stuck tells whether a write of the relay toward the server does not end. Else it has one
// frame without data more to write.
func (r *rig) stuck() bool {
	r.t.Helper()
	got, err := r.registry.Inject(1, capture.Insert{
		Toward: protocol.Server, When: capture.WhenPossible, Frame: protocol.Frame{Command: protocol.Waste},
	})
	if err != nil {
		r.t.Fatal(err)
	}
	return got == capture.WaitsWriting && r.registry.Cancel(1, r.registry.Waiting(1)[0].Ticket)
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
