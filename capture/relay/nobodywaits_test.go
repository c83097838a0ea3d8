package relay

import (
	"context"
	"crypto/tls"
	"net"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/protocol/session"
)

// TestNobodyWaits: a server that has not answered for long is told as one that does not answer,
// also where the client gives up first, or the run ends. Soon after it was asked, it owes nothing.
func TestNobodyWaits(t *testing.T) {
	const short, long = session.OwedTime / 4, session.OwedTime
	for _, tc := range []struct {
		name   string
		ends   bool          // the run; else the client leaves
		waited time.Duration // between two looks at the clock
		by     session.Closer
		failed bool
		want   string
	}{
		{"the client gives up", false, long, session.ClosedByServer, true, "the server does not answer"},
		{"the client leaves at once", false, short, session.ClosedByClient, false, "while the relay waited for the server"},
		{"the run ends", true, long, session.ClosedByServer, true, "the server does not answer"},
		{"the run ends at once", true, short, session.ClosedByRelay, false, ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			authority, err := ca.Ephemeral()
			if err != nil {
				t.Fatal(err)
			}
			server, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Close() }()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			closed := make(chan capture.Event, 1)
			r := New(Config{
				Route:       capture.Route{Server: server.Addr().String(), Insecure: true},
				Certificate: authority.Certificate, HandshakeTimeout: time.Minute,
			}, sinkFunc(func(e *capture.Event) {
				if e.Kind == capture.Closed {
					closed <- *e
				}
			}))
			begun := time.Now()
			var late atomic.Bool // the server has been asked
			r.clock = func() time.Time {
				if late.Load() {
					return begun.Add(tc.waited)
				}
				return begun
			}
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			served := make(chan error)
			go func() { served <- r.Serve(ctx, ln) }()
			c, err := net.Dial("tcp", ln.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			shaken := make(chan error, 1)
			go func() {
				shaken <- tls.Client(c, &tls.Config{RootCAs: authority.Pool(), ServerName: "example.com"}).Handshake()
			}()
			asked, err := server.Accept()
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = asked.Close() }()
			if _, err := asked.Read(make([]byte, 1)); err != nil {
				t.Fatal(err)
			}
			late.Store(true)
			if tc.ends {
				cancel()
			} else if err := c.Close(); err != nil {
				t.Fatal(err)
			}
			if <-shaken == nil {
				t.Error("the handshake succeeds")
			}
			e := <-closed
			if e.By != tc.by || e.TLSFailed != tc.failed || !strings.Contains(e.Reason, tc.want) {
				t.Errorf("closed by %v, TLS failed: %v, %q; want %v, %v, %q", e.By, e.TLSFailed, e.Reason, tc.by, tc.failed, tc.want)
			}
			_ = c.Close()
			cancel()
			if err := <-served; err != nil {
				t.Error(err)
			}
		})
	}
}
