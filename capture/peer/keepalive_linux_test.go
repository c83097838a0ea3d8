package peer

import (
	"crypto/tls"
	"net"
	"syscall"
	"testing"
	"time"
)

// TestKeepAlive: a client's connection has TCP's keepalives only where they are asked for.
func TestKeepAlive(t *testing.T) {
	p := newPair(t)
	addr := p.serve(t, ServerConfig{})
	for _, every := range []time.Duration{0, 7 * time.Second} {
		cfg := p.clientConfig(addr)
		cfg.KeepAlive = every
		raw, err := dial(t, cfg).e.conn.(*tls.Conn).NetConn().(*net.TCPConn).SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		var on, idle, interval int
		var errs [3]error
		err = raw.Control(func(fd uintptr) {
			on, errs[0] = syscall.GetsockoptInt(int(fd), syscall.SOL_SOCKET, syscall.SO_KEEPALIVE)
			idle, errs[1] = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPIDLE)
			interval, errs[2] = syscall.GetsockoptInt(int(fd), syscall.IPPROTO_TCP, syscall.TCP_KEEPINTVL)
		})
		if err != nil || errs != [3]error{} {
			t.Fatal(err, errs)
		}
		if every == 0 && on != 0 || every > 0 && (on == 0 || idle != 7 || interval != 7) {
			t.Errorf("%v: keepalives %d, after %d s, each %d s", every, on, idle, interval)
		}
	}
}
