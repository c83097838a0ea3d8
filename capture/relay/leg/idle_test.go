package leg_test

import (
	"crypto/tls"
	"net"
	"runtime"
	"sync"
	"testing"

	"anytls-inspect/capture/internal/tlstest"
	"anytls-inspect/capture/relay/leg"
)

// TestIdleMemory: a leg that waits behind records of 16 KiB holds little more than its
// crypto/tls does. It logs how much that is.
func TestIdleMemory(t *testing.T) {
	const law = 4 << 10 // bytes of ours
	alone, record := idle(t, func(c *net.TCPConn, cfg *tls.Config) (read func(), wait func(func())) {
		conn := tls.Server(c, cfg)
		buf := make([]byte, 1) // the rest of the record stays where crypto/tls opened it
		next := func() { _, _ = conn.Read(buf) }
		return next, func(waits func()) { waits() }
	})
	buffers := new(leg.Buffers)
	open := func(c *net.TCPConn, cfg *tls.Config) (read func(), wait func(func())) {
		s := leg.NewSocket(c, buffers)
		conn := tls.Server(s, cfg)
		if err := conn.Handshake(); err != nil {
			t.Error(err)
		}
		l := leg.NewStd(s, conn)
		next := func() { _, _ = l.Next() }
		return next, func(waits func()) {
			l.BeforeWait(waits)
			next() // until the connection is closed
		}
	}
	idle(t, open) // the few buffers that Buffers keeps are those of all legs together
	ours, _ := idle(t, open)
	ours -= alone
	t.Logf("a leg that waits holds %d bytes of ours, and behind a record of 16 KiB %d more of crypto/tls", ours, record)
	if ours > law {
		t.Errorf("a leg that waits holds %d bytes of ours, want at most %d", ours, law)
	}
	if n := buffers.InUse(); n != 0 {
		t.Errorf("%d bytes of buffers did not come back", n)
	}
}

// idle opens connections, lets each read a record of 16 KiB, and then wait. It returns how
// many bytes of memory one takes then, with its far end, and how many more than before the
// record.
func idle(t *testing.T, open func(*net.TCPConn, *tls.Config) (read func(), wait func(func()))) (all, record int64) {
	t.Helper()
	const n = 100
	cfg := &tls.Config{Certificates: []tls.Certificate{tlstest.ECDSACert()}, SessionTicketsDisabled: true}
	farCfg := &tls.Config{InsecureSkipVerify: true, DynamicRecordSizingDisabled: true} //nolint:gosec // a test's own server
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = ln.Close() }()
	type end struct {
		tcp  *net.TCPConn
		far  *tls.Conn
		read func()
		wait func(func())
	}
	ends := make([]end, n)
	before := heap()
	for i := range ends {
		near, err := net.Dial("tcp", ln.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		nc, err := ln.Accept()
		if err != nil {
			t.Fatal(err)
		}
		far := tls.Client(nc, farCfg)
		shaken := make(chan error, 1)
		go func() {
			err := far.Handshake()
			if err == nil {
				_, err = far.Write([]byte("x"))
			}
			shaken <- err
		}()
		e := end{tcp: near.(*net.TCPConn), far: far}
		e.read, e.wait = open(e.tcp, cfg)
		e.read() // crypto/tls alone does its handshake here
		if err := <-shaken; err != nil {
			t.Fatal(err)
		}
		ends[i] = e
	}
	shaken := heap()
	var waiting, done sync.WaitGroup
	waiting.Add(n)
	for _, e := range ends {
		if _, err := e.far.Write(make([]byte, leg.MaxPlaintext)); err != nil {
			t.Fatal(err)
		}
		e.read()
		done.Go(func() { e.wait(waiting.Done) })
	}
	waiting.Wait()
	busy := heap()
	for _, e := range ends {
		_ = e.tcp.Close()
		_ = e.far.Close()
	}
	done.Wait()
	return (busy - before) / n, (busy - shaken) / n
}

// heap returns the bytes of live memory, without what pools keep.
func heap() int64 {
	runtime.GC()
	runtime.GC() // a pool gives up what it has with the second one
	var m runtime.MemStats
	runtime.ReadMemStats(&m)
	return int64(m.HeapAlloc)
}
