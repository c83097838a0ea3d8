package relay

import (
	"crypto/tls"
	"errors"
	"net"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
)

// TestKeepAlive: neither leg has TCP's keepalives unless they are asked for; then both
// have them, at the given pace.
func TestKeepAlive(t *testing.T) {
	for _, every := range []time.Duration{0, 7 * time.Second} {
		t.Run(every.String(), func(t *testing.T) {
			authority, err := ca.Ephemeral()
			if err != nil {
				t.Fatal(err)
			}
			server, err := tls.Listen("tcp", "127.0.0.1:0", &tls.Config{GetCertificate: authority.Certificate})
			if err != nil {
				t.Fatal(err)
			}
			defer func() { _ = server.Close() }()
			go func() {
				c, err := server.Accept()
				if err != nil {
					return
				}
				_, _ = c.Read(make([]byte, 1)) // until the relay closes
				_ = c.Close()
			}()
			ln, err := net.Listen("tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			legs := make(chan [2]keepAlive, 1)
			var r *Relay
			r = New(Config{
				Route:       capture.Route{Server: server.Addr().String(), Insecure: true},
				Certificate: authority.Certificate, KeepAlive: every,
			}, sinkFunc(func(e *capture.Event) {
				if e.Kind != capture.Established {
					return
				}
				r.mu.Lock()
				defer r.mu.Unlock()
				for s := range r.sessions {
					legs <- [2]keepAlive{keepAliveOf(t, s.client.TCPConn), keepAliveOf(t, s.server.TCPConn)}
				}
			}))
			served := make(chan error)
			go func() { served <- r.Serve(t.Context(), ln) }()
			c, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: authority.Pool(), ServerName: "example.com"})
			if err != nil {
				t.Fatal(err)
			}
			want := keepAlive{}
			if every > 0 {
				want = keepAlive{on: true, idle: every, interval: every}
			}
			if got := <-legs; got != [2]keepAlive{want, want} {
				t.Errorf("client's and server's leg: %+v, want both %+v", got, want)
			}
			_ = c.Close()
			_ = ln.Close()
			if err := <-served; !errors.Is(err, net.ErrClosed) {
				t.Error(err)
			}
		})
	}
}

// A keepAlive is what the system says of a connection's keepalives. How often it would
// probe counts only where it does.
type keepAlive struct {
	on             bool
	idle, interval time.Duration
}

func keepAliveOf(t *testing.T, c *net.TCPConn) (k keepAlive) {
	t.Helper()
	raw, err := c.SyscallConn()
	if err != nil {
		t.Error(err)
		return k
	}
	option := func(fd uintptr, level, name int) int {
		n, err := syscall.GetsockoptInt(int(fd), level, name)
		if err != nil {
			t.Error(err)
		}
		return n
	}
	err = raw.Control(func(fd uintptr) {
		if k.on = option(fd, syscall.SOL_SOCKET, syscall.SO_KEEPALIVE) != 0; k.on {
			k.idle = time.Duration(option(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)) * time.Second
			k.interval = time.Duration(option(fd, syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL)) * time.Second
		}
	})
	if err != nil {
		t.Error(err)
	}
	return k
}
