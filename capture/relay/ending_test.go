package relay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// TestHalfClose: close_notify is passed on, and the other direction goes on.
func TestHalfClose(t *testing.T) {
	r := newRig(t, options{})
	client, server := r.dial(nil)
	write(t, client, []byte("the last words"))
	if err := client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(server); err != nil || string(got) != "the last words" {
		t.Fatalf("the server read %q, %v", got, err)
	}
	write(t, server, []byte("an answer"))
	if got := read(t, client); string(got) != "an answer" {
		t.Fatalf("the client read %q", got)
	}
	if err := server.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := client.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("the client read %v, want EOF", err)
	}
	_ = client.Close()
	v := r.await("the end of the session", func(v *view) bool { return v.Session.Closed })
	if v.Session.State.ClosedBy != session.ClosedByClient || v.Session.Reason != "" {
		t.Errorf("closed by %v: %q", v.Session.State.ClosedBy, v.Session.Reason)
	}
}

// TestTruncation: the end of the TCP stream without close_notify stays one.
func TestTruncation(t *testing.T) {
	r := newRig(t, options{})
	client, server := r.dial(nil)
	write(t, client, []byte("hello"))
	if got := read(t, server); string(got) != "hello" {
		t.Fatalf("read %q", got)
	}
	if err := client.NetConn().(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	// Below TLS, since crypto/tls says EOF either way.
	if n, err := server.NetConn().Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Errorf("the server got %d bytes and %v, want none, not even close_notify", n, err)
	}
}

// TestReset: a reset on one leg is a reset on the other.
func TestReset(t *testing.T) {
	for _, peer := range [...]protocol.Peer{protocol.Client, protocol.Server} {
		t.Run("by the "+peer.String(), func(t *testing.T) {
			r := newRig(t, options{})
			client, server := r.dial(nil)
			ends := protocol.ByPeer[*tls.Conn]{client, server}
			from, to := ends[peer], ends[1-peer]
			write(t, from, []byte("hello"))
			_ = read(t, to)
			raw := from.NetConn().(*net.TCPConn)
			if err := errors.Join(raw.SetLinger(0), raw.Close()); err != nil {
				t.Fatal(err)
			}
			if _, err := to.Read(make([]byte, 1)); !errors.Is(err, syscall.ECONNRESET) {
				t.Errorf("the other end read %v, want a reset", err)
			}
			v := r.await("the end of the session", func(v *view) bool { return v.Session.Closed })
			if want := "the " + peer.String() + " reset its connection"; v.Session.Reason != want || v.Session.State.ClosedBy != session.Closer(peer) {
				t.Errorf("closed by %v: %q", v.Session.State.ClosedBy, v.Session.Reason)
			}
		})
	}
}

// TestLastWords: what a peer sent before it reset its connection arrives, though
// the other was writing at that moment.
func TestLastWords(t *testing.T) {
	for range 5 {
		r := newRig(t, options{})
		client, server := ready(t, r)
		push := frame(t, protocol.PSH, 1, make([]byte, 4000))
		go func() {
			for {
				if _, err := client.Write(push); err != nil {
					return
				}
			}
		}()
		_ = read(t, server)
		const pushes = 8 // no more than the kernel takes at once
		for range pushes {
			write(t, server, push)
		}
		alert := frame(t, protocol.Alert, 0, []byte("go away"))
		write(t, server, alert)
		raw := server.NetConn().(*net.TCPConn)
		if err := errors.Join(raw.SetLinger(0), raw.Close()); err != nil {
			t.Fatal(err)
		}
		for range pushes {
			_ = read(t, client)
		}
		if got := read(t, client); !bytes.Equal(got, alert) {
			t.Errorf("the client read %d bytes, want the Alert", len(got))
		}
		v := r.await("the end of the session", func(v *view) bool { return v.Session.Closed })
		if v.Session.State.ClosedBy != session.ClosedByServer || v.Session.State.Alert != "go away" {
			t.Errorf("closed by %v: %q, Alert %q", v.Session.State.ClosedBy, v.Session.Reason, v.Session.State.Alert)
		}
	}
}

// TestResetBehindStoppedReader: a client that does not read can't keep a session
// open whose server reset it: what waits for the client gets a moment, and then the
// client's connection is reset too.
func TestResetBehindStoppedReader(t *testing.T) {
	r := newRig(t, options{})
	client, server := r.dial(nil)
	r.fill(server, client, protocol.ServerToClient)
	abort(t, server)
	// The relay learns of the reset when it writes to the server.
	for {
		if _, err := client.Write([]byte("is anybody there?")); err != nil {
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("the client's write fails with %v, want a reset", err)
			}
			break
		}
	}
	v := r.await("the end of the session", func(v *view) bool { return v.Session.Closed })
	if want := "the server reset its connection"; v.Session.Reason != want || v.Session.State.ClosedBy != session.ClosedByServer {
		t.Errorf("closed by %v: %q, want %q", v.Session.State.ClosedBy, v.Session.Reason, want)
	}
}

// TestSlowReader: a reader that stops makes its writer stop, and the relay holds
// little of what is in between.
func TestSlowReader(t *testing.T) {
	var recorded atomic.Int64
	r := newRig(t, options{sink: func(next capture.Sink) capture.Sink {
		return sinkFunc(func(e *capture.Event) {
			recorded.Add(int64(len(e.Data)))
			next.Record(e)
		})
	}})
	client, server := r.dial(nil)
	// The client writes until it can't, because nobody reads.
	sent := r.fill(client, server, protocol.ClientToServer)
	if sent > 256<<20 {
		t.Errorf("%d bytes were taken, and nobody reads", sent)
	}
	// What the relay took on is in the kernel's buffers of two sockets: some MiB.
	if n := recorded.Load(); n > 32<<20 {
		t.Errorf("the relay took %d bytes that nobody reads", n)
	}
	go func() { _, _ = io.Copy(io.Discard, server) }()
	r.stop()
	<-r.done
}

// TestStop: ending the relay closes its sessions in good order.
func TestStop(t *testing.T) {
	r := newRig(t, options{})
	client, server := r.dial(nil)
	write(t, client, []byte("hello"))
	_ = read(t, server)
	r.stop()
	<-r.done
	for name, c := range map[string]*tls.Conn{"client": client, "server": server} {
		if _, err := c.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
			t.Errorf("the %s read %v, want an orderly end", name, err)
		}
	}
	v := r.look()
	if !v.Session.Closed || v.Session.State.ClosedBy != session.ClosedByRelay || v.Session.Reason != "" {
		t.Errorf("closed %v by %v: %q", v.Session.Closed, v.Session.State.ClosedBy, v.Session.Reason)
	}
}

// TestStopWithStoppedReader: a peer that does not read can't hold up the end. The
// limit is below the 5 s that crypto/tls waits with a close_notify.
func TestStopWithStoppedReader(t *testing.T) {
	const limit = 4 * time.Second
	r, _, _, _ := stick(t)
	began := time.Now()
	r.stop()
	<-r.done
	if took := time.Since(began); took > limit {
		t.Errorf("took %v, want less than %v", took, limit)
	}
}
