package relay

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/protocol/session"
)

// TestHandshakeTimeout: a peer that says nothing does not keep its session for
// ever, and the reason says which peer that is.
func TestHandshakeTimeout(t *testing.T) {
	listen := func() net.Listener {
		ln, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { _ = ln.Close() })
		return ln
	}
	for _, tc := range []struct {
		name   string
		client bool // the client speaks TLS
		by     session.Closer
		want   string
	}{
		{"silent client", false, session.ClosedByClient, "the client did not finish its handshake"},
		{"silent server", true, session.ClosedByServer, "the server does not answer"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			authority, err := ca.Ephemeral()
			if err != nil {
				t.Fatal(err)
			}
			server, ln := listen(), listen() // nobody accepts from server
			closed := make(chan capture.Event, 1)
			r := New(Config{
				Route:       capture.Route{Server: server.Addr().String(), Insecure: true},
				Certificate: authority.Certificate, HandshakeTimeout: 300 * time.Millisecond,
			}, sinkFunc(func(e *capture.Event) {
				if e.Kind == capture.Closed {
					closed <- *e
				}
			}))
			ctx, cancel := context.WithCancel(t.Context())
			served := make(chan error)
			go func() { served <- r.Serve(ctx, ln) }()
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			if tc.client {
				_ = tls.Client(c, &tls.Config{RootCAs: authority.Pool(), ServerName: "example.com"}).Handshake() // fails when the relay gives up
			} else if _, err := c.Write([]byte{22, 3, 1}); err != nil { // a record's beginning: without a byte it is no client
				t.Fatal(err)
			}
			e := <-closed
			if e.By != tc.by || !strings.Contains(e.Reason, tc.want) {
				t.Errorf("closed by %v: %q; want %v: %q", e.By, e.Reason, tc.by, tc.want)
			}
			_ = c.Close()
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}

type sinkFunc func(*capture.Event)

func (f sinkFunc) Record(e *capture.Event) { f(e) }
