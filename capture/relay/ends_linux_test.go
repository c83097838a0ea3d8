package relay_test

import (
	"crypto/tls"
	"errors"
	"io"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// vanish makes the system drop what comes to a connection, so that its peer hears nothing
// more of it, not even from TCP.
func vanish(t *testing.T, c *tls.Conn) {
	t.Helper()
	raw, err := tcp(c).SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	dropAll := []unix.SockFilter{{Code: unix.BPF_RET | unix.BPF_K}}
	err = errors.Join(raw.Control(func(fd uintptr) {
		filter := &unix.SockFprog{Len: 1, Filter: &dropAll[0]}
		if err := unix.SetsockoptSockFprog(int(fd), unix.SOL_SOCKET, unix.SO_ATTACH_FILTER, filter); err != nil {
			t.Error(err)
		}
	}))
	if err != nil {
		t.Fatal(err)
	}
}

// TestPathDead: a peer vanishes without a word. While the session idles nothing tells; once
// bytes toward the peer stay unacknowledged, the session ends, and the other peer is reset.
func TestPathDead(t *testing.T) {
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		t.Run(peer.String(), func(t *testing.T) {
			t.Parallel()
			r := newRig(t, options{relay: func(cfg *relay.Config) { cfg.AckTimeout = time.Second }})
			client, server := ready(t, r)
			ends := protocol.ByPeer[*tls.Conn]{client, server}
			vanish(t, ends[peer])
			write(t, ends[peer.Other()], frame(t, protocol.Waste, 0, make([]byte, 100)))
			v := r.closed()
			if v.Session.State.ClosedBy != session.ClosedByRelay || !strings.HasPrefix(v.Session.Reason, session.PathDead(peer)) {
				t.Errorf("closed by %v: %q", v.Session.State.ClosedBy, v.Session.Reason)
			}
			if _, err := ends[peer.Other()].Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the other end reads %v, want a reset", err)
			}
		})
	}
}

// TestPathDeadBehindCloseNotify: a peer vanishes behind the other one's close_notify, which
// its TCP has acknowledged. It does not acknowledge the end of the stream that follows, and
// that is all that it is sent.
func TestPathDeadBehindCloseNotify(t *testing.T) {
	t.Parallel()
	r := newRig(t, options{relay: func(cfg *relay.Config) { cfg.AckTimeout = time.Second }})
	client, server := ready(t, r)
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if _, err := server.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Fatalf("the server reads %v, want close_notify", err)
	}
	vanish(t, server)
	if err := tcp(client).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	r.closed()
}

// TestResetBehindStuckWrite: a peer resets its connection while the relay is stuck: in a write
// to the other one, so that nobody reads from the first, or in a write to the first, which
// then learns of it before any read. The other one is reset, too, though it does not read,
// and reads no end before that.
func TestResetBehindStuckWrite(t *testing.T) {
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		for where, toward := range map[string]protocol.Peer{"toward the other": peer.Other(), "toward it": peer} {
			t.Run("by the "+peer.String()+", stuck "+where, func(t *testing.T) {
				t.Parallel()
				r := newRig(t, options{})
				client, server := ready(t, r)
				ends := protocol.ByPeer[*tls.Conn]{client, server}
				r.fill(ends[toward.Other()], ends[toward], toward.Toward())
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

// TestSlowLastWords: peers that have both ended keep the session as long as one of them takes
// what waits for it, though so slowly that no write of the relay ends meanwhile.
func TestSlowLastWords(t *testing.T) {
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
