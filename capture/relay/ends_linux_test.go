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
