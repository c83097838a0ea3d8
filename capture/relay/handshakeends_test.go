package relay_test

import (
	"cmp"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol/session"
)

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
				// The client holds its Finished back until the server's end has come to it. What
				// is left of the relay's handshake is of no use then.
				VerifyConnection: func(tls.ConnectionState) error {
					close(answered)
					_, err := io.Copy(io.Discard, raw)
					return cmp.Or(err, io.EOF)
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
