package demo

import (
	"context"
	"crypto/tls"
	"io"
	"net"
	"sync"
	"testing"
	"time"
)

// patience bounds how long a test waits. A test that passes waits for a cause.
const patience = 20 * time.Second

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// runDemo runs a demo at twenty times its speed, until enough holds for its Stats.
func runDemo(t *testing.T, d *Demo, addr string, enough func(Stats) bool) Stats {
	t.Helper()
	d.speed = 20
	ctx, cancel := context.WithTimeout(t.Context(), 3*patience)
	defer cancel()
	d.tally.counted = func(now Stats) {
		if enough(now) {
			cancel()
		}
	}
	if err := d.Run(ctx, addr, d.ServerRoots()); err != nil {
		t.Errorf("Run: %v", err)
	}
	now := d.Stats()
	if !enough(now) {
		t.Errorf("in %v there was only %+v", 3*patience, now)
	}
	return now
}

func TestDemo(t *testing.T) {
	d, err := New(1)
	if err != nil {
		t.Fatal(err)
	}
	now := runDemo(t, d, d.ServerAddr(), func(now Stats) bool {
		return now.Done >= 150 && now.Refused >= 2 && now.Heartbeats >= 10 && now.Down > 4<<20 && now.Up > 1<<20 && now.Sessions > 20
	})
	if now.Failed > 0 || now.LostHeartbeats > 0 {
		t.Errorf("%d requests and %d heartbeats failed: %s", now.Failed, now.LostHeartbeats, now.LastFailure)
	}
	t.Logf("%+v", now)
}

// TestFirstSecond: a viewer of one second sees most of the demo.
func TestFirstSecond(t *testing.T) {
	d, err := New(2)
	if err != nil {
		t.Fatal(err)
	}
	kinds := make(map[string]bool)
	for _, a := range newClients(d, "", nil).activities() {
		if a.first <= time.Second {
			kinds[a.kind] = true
		}
	}
	for _, kind := range []string{"browse", "burst", "heartbeat", "chat", "refused", "slow", "udp", "download", "upload", "visit", "web page", "wrong password"} {
		if !kinds[kind] {
			t.Errorf("nothing of the kind %q begins in the first second", kind)
		}
	}
	d.Close()
}

// TestDemoNoticesDamage puts a relay between the demo's ends that changes one byte of
// what the server sends, late in each connection.
func TestDemoNoticesDamage(t *testing.T) {
	d, err := New(3)
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	var conns sync.WaitGroup
	conns.Go(func() {
		for {
			raw, err := l.Accept()
			if err != nil {
				return
			}
			conns.Go(func() {
				near := tls.Server(raw, &tls.Config{Certificates: []tls.Certificate{d.cert}})
				defer near.Close()
				far, err := tls.Dial("tcp", d.ServerAddr(), &tls.Config{RootCAs: d.roots, ServerName: d.ServerName()})
				if err != nil {
					return
				}
				defer far.Close()
				conns.Go(func() {
					_, _ = io.Copy(far, near)
					far.Close()
				})
				damage(near, far)
			})
		}
	})
	now := runDemo(t, d, l.Addr().String(), func(now Stats) bool { return now.Failed >= 3 })
	l.Close()
	conns.Wait()
	t.Logf("%+v", now)
	if now.LastFailure == "" {
		t.Error("nobody says what failed")
	}
}

// damage copies, and flips a bit of byte 20,000.
func damage(to io.Writer, from io.Reader) {
	buf := make([]byte, 16<<10)
	for at := 0; ; {
		n, err := from.Read(buf)
		if i := 20_000 - at; i >= 0 && i < n {
			buf[i] ^= 1
		}
		at += n
		if _, werr := to.Write(buf[:n]); err != nil || werr != nil {
			return
		}
	}
}

// TestDemoWithoutRelay: where nobody listens, every request fails and is counted, and
// the demo ends.
func TestDemoWithoutRelay(t *testing.T) {
	d, err := New(4)
	if err != nil {
		t.Fatal(err)
	}
	l := listen(t)
	l.Close()
	now := runDemo(t, d, l.Addr().String(), func(now Stats) bool { return now.Failed >= 20 })
	if now.Done > 0 {
		t.Errorf("%d requests succeeded", now.Done)
	}
}
