package relay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// versions are the TLS versions that both legs speak.
var versions = []uint16{tls.VersionTLS12, tls.VersionTLS13}

// TestRecords: one record in is one record out, both ways, in order, whatever
// the lengths; on either version of either leg.
func TestRecords(t *testing.T) {
	for _, client := range versions {
		for _, server := range versions {
			t.Run(tls.VersionName(client)+" to "+tls.VersionName(server), func(t *testing.T) {
				r := newRig(t, options{server: func(c *tls.Config) { c.MaxVersion = server }})
				c, s := r.dial(func(cfg *tls.Config) { cfg.MaxVersion = client })
				if got := c.ConnectionState().Version; got != client {
					t.Errorf("client leg speaks %x", got)
				}
				const records = 2000
				rnd := rand.New(rand.NewPCG(1, uint64(client)<<16|uint64(server)))
				up, down := lengths(rnd, records), lengths(rnd, records)
				errs := make(chan error, 4)
				go func() { errs <- sendRecords(c, up) }()
				go func() { errs <- sendRecords(s, down) }()
				go func() { errs <- receiveRecords(s, up) }()
				go func() { errs <- receiveRecords(c, down) }()
				for range 4 {
					if err := <-errs; err != nil {
						t.Error(err)
					}
				}
			})
		}
	}
}

// lengths returns random lengths of records, small and large ones.
func lengths(rnd *rand.Rand, n int) []int {
	l := make([]int, n)
	for i := range l {
		l[i] = 1 + rnd.IntN(1<<(1+rnd.IntN(14)))
	}
	return l
}

// sendRecords writes bytes that a source of randomness gives, cut into records.
// The first 32 are no preamble, so that what follows need not be frames.
func sendRecords(c net.Conn, lengths []int) error {
	rnd := rand.NewChaCha8([32]byte{})
	for _, n := range lengths {
		b := make([]byte, n)
		_, _ = rnd.Read(b)
		if _, err := c.Write(b); err != nil {
			return err
		}
	}
	return nil
}

func receiveRecords(c net.Conn, lengths []int) error {
	rnd := rand.NewChaCha8([32]byte{})
	buf := make([]byte, 17<<10)
	for i, want := range lengths {
		n, err := c.Read(buf)
		if err != nil {
			return err
		}
		sent := make([]byte, want)
		_, _ = rnd.Read(sent)
		if !bytes.Equal(buf[:n], sent) {
			return fmt.Errorf("record %d: %d bytes arrived of %d, or others", i, n, want)
		}
	}
	return nil
}

// TestSNIAndALPN: the server sees what the client sent, and the client what the
// server chose.
func TestSNIAndALPN(t *testing.T) {
	for _, tc := range []struct {
		name           string
		sni            string // of the client
		override       string // --sni
		offered        []string
		supported      []string // by the server
		wantSNI, chose string
	}{
		{name: "passed on", sni: "a.example", offered: []string{"h2", "http/1.1"}, supported: []string{"http/1.1"}, wantSNI: "a.example", chose: "http/1.1"},
		{name: "the server chooses none", sni: "a.example", offered: []string{"h2"}, wantSNI: "a.example"},
		{name: "none sent", sni: "127.0.0.1"},
		{name: "another name for the server", sni: "a.example", override: "b.example", wantSNI: "b.example"},
		{name: "none for the server", sni: "a.example", override: "127.0.0.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, options{
				relay:  func(c *relay.Config) { c.SNI = tc.override },
				server: func(c *tls.Config) { c.NextProtos = tc.supported },
			})
			client, server := r.dial(func(c *tls.Config) { c.ServerName, c.NextProtos = tc.sni, tc.offered })
			if got := server.ConnectionState().ServerName; got != tc.wantSNI {
				t.Errorf("the server saw the SNI %q, want %q", got, tc.wantSNI)
			}
			if got := client.ConnectionState().NegotiatedProtocol; got != tc.chose {
				t.Errorf("the client got the ALPN %q, want %q", got, tc.chose)
			}
			if tc.chose != "" && server.ConnectionState().NegotiatedProtocol != tc.chose {
				t.Errorf("the server chose %q", server.ConnectionState().NegotiatedProtocol)
			}
			v := r.await("the handshake", func(v *journal.View) bool { return v.Session != nil && v.Session.TLS != nil })
			want := capture.TLS{Version: "TLS 1.3", Cipher: v.Session.TLS.Cipher, ALPN: tc.chose}
			if tc.sni != "127.0.0.1" {
				want.SNI = tc.sni
			}
			if diff := cmp.Diff(want, *v.Session.TLS); diff != "" {
				t.Errorf("the journal says of TLS (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHandshakeFailures: each says which leg, why, and what to do.
func TestHandshakeFailures(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options options
		client  func(*tls.Config)
		by      session.Closer
		want    []string // parts of the reason
	}{
		{
			name:    "the server's CA is not known",
			options: options{relay: func(c *relay.Config) { c.Roots = nil }},
			by:      session.ClosedByServer, want: []string{"server leg", "certificate", "--server-ca", "-k"},
		},
		{
			name:    "the server's certificate is for another name",
			options: options{server: onlyFor("other.example")},
			by:      session.ClosedByServer, want: []string{"server leg", "other.example", "--sni", "-k"},
		},
		{
			name:    "nothing listens there",
			options: options{relay: func(c *relay.Config) { c.Server = "127.0.0.1:1" }},
			by:      session.ClosedByServer, want: []string{"server leg", "refused", "running there"},
		},
		{
			name: "the server speaks old TLS only",
			options: options{server: func(c *tls.Config) {
				c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			}},
			by: session.ClosedByServer, want: []string{"server leg", "protocol version", "refused", "1.2 and 1.3"},
		},
		{
			name:   "the client does not trust the relay",
			client: func(c *tls.Config) { c.RootCAs = nil },
			by:     session.ClosedByClient, want: []string{"client leg", "anytls-inspect ca", "--cert"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.options)
			cfg := &tls.Config{RootCAs: r.ca.Pool(), ServerName: "example.com"}
			if tc.client != nil {
				tc.client(cfg)
			}
			if c, err := tls.Dial("tcp", r.addr, cfg); err == nil {
				// TLS 1.3: the client hears of it only when it reads.
				_ = c.SetDeadline(time.Now().Add(patience))
				_, err = c.Read(make([]byte, 1))
				if err == nil {
					t.Error("the client's handshake succeeded")
				}
				_ = c.Close()
			}
			v := r.await("the end of the session", func(v *journal.View) bool { return v.Session != nil && v.Session.Closed })
			for _, part := range tc.want {
				if !strings.Contains(v.Session.Reason, part) {
					t.Errorf("the reason %q does not say %q", v.Session.Reason, part)
				}
			}
			if got := v.Session.State.ClosedBy; got != tc.by {
				t.Errorf("closed by %v, want %v", got, tc.by)
			}
		})
	}
}

// onlyFor gives the server a certificate for one name.
func onlyFor(name string) func(*tls.Config) {
	return func(c *tls.Config) {
		issue := c.GetCertificate
		c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return issue(&tls.ClientHelloInfo{ServerName: name})
		}
	}
}

// TestServerThatIsTheRelay: a relay that is its own server does not connect to
// itself again and again.
func TestServerThatIsTheRelay(t *testing.T) {
	ln := listen(t)
	r := newRig(t, options{
		relay: func(c *relay.Config) { c.Server = ln.Addr().String() },
		listen: func(other net.Listener) net.Listener {
			_ = other.Close()
			return ln
		},
	})
	if c, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: r.ca.Pool(), ServerName: "example.com"}); err == nil {
		t.Error("the client's handshake succeeded")
		_ = c.Close()
	}
	r.await("the end of the session", func(v *journal.View) bool {
		return v.Session != nil && v.Session.Closed && strings.Contains(v.Session.Reason, "the relay itself")
	})
}

// TestClientThatIsNotTLS: plain bytes on the port are named as such.
func TestClientThatIsNotTLS(t *testing.T) {
	r := newRig(t, options{})
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	write(t, c, []byte("GET / HTTP/1.1\r\n\r\n"))
	v := r.await("the end of the session", func(v *journal.View) bool { return v.Session != nil && v.Session.Closed })
	if want := "the client does not speak TLS here"; !strings.Contains(v.Session.Reason, want) {
		t.Errorf("the reason is %q", v.Session.Reason)
	}
}

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
	v := r.await("the end of the session", func(v *journal.View) bool { return v.Session.Closed })
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
			ends := [2]*tls.Conn{client, server}
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
			v := r.await("the end of the session", func(v *journal.View) bool { return v.Session.Closed })
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
		v := r.await("the end of the session", func(v *journal.View) bool { return v.Session.Closed })
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
	if err := client.NetConn().(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	// The server writes until nobody takes more: the relay is stuck writing to the
	// client then.
	raw := server.NetConn().(*net.TCPConn)
	_ = server.SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	for {
		if _, err := server.Write(make([]byte, 16<<10)); err != nil {
			break
		}
	}
	if err := errors.Join(raw.SetLinger(0), raw.Close()); err != nil {
		t.Fatal(err)
	}
	// The relay learns of the reset when it writes to the server.
	for {
		if _, err := client.Write([]byte("is anybody there?")); err != nil {
			if !errors.Is(err, syscall.ECONNRESET) && !errors.Is(err, syscall.EPIPE) {
				t.Errorf("the client's write fails with %v, want a reset", err)
			}
			break
		}
	}
	v := r.await("the end of the session", func(v *journal.View) bool { return v.Session.Closed })
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
	for _, c := range []*tls.Conn{client, server} {
		raw := c.NetConn().(*net.TCPConn)
		if err := errors.Join(raw.SetReadBuffer(16<<10), raw.SetWriteBuffer(16<<10)); err != nil {
			t.Fatal(err)
		}
	}
	// The client writes until it can't, because nobody reads.
	var sent int64
	record := make([]byte, 16<<10)
	_ = client.NetConn().SetWriteDeadline(time.Now().Add(500 * time.Millisecond))
	for {
		n, err := client.Write(record)
		sent += int64(n)
		if err != nil {
			break
		}
		if sent > 256<<20 {
			t.Fatal("the writer of a stopped reader never stopped")
		}
	}
	// What the relay took on is in the kernel's buffers of two sockets: some MiB.
	if n := recorded.Load(); n > 32<<20 {
		t.Errorf("the relay took %d bytes that nobody reads", n)
	}
	go func() { _, _ = io.Copy(io.Discard, server) }()
	r.stop()
	<-r.done
}

type sinkFunc func(*capture.Event)

func (f sinkFunc) Record(e *capture.Event) { f(e) }

// TestAcceptErrors: they don't end the relay, and are told.
func TestAcceptErrors(t *testing.T) {
	r := newRig(t, options{listen: func(ln net.Listener) net.Listener {
		return &flakyListener{Listener: ln, failures: 3}
	}})
	client, server := r.dial(nil)
	write(t, client, []byte("still here"))
	if got := read(t, server); string(got) != "still here" {
		t.Errorf("read %q", got)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.warnings) != 3 || !strings.Contains(r.warnings[0], "too many open files") {
		t.Errorf("warnings: %q", r.warnings)
	}
}

type flakyListener struct {
	net.Listener
	failures int
}

func (l *flakyListener) Accept() (net.Conn, error) {
	if l.failures > 0 {
		l.failures--
		return nil, &net.OpError{Op: "accept", Net: "tcp", Err: syscall.EMFILE}
	}
	return l.Listener.Accept()
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
	v := r.journal.View(journal.Query{Session: 1})
	if !v.Session.Closed || v.Session.State.ClosedBy != session.ClosedByRelay || v.Session.Reason != "" {
		t.Errorf("closed %v by %v: %q", v.Session.Closed, v.Session.State.ClosedBy, v.Session.Reason)
	}
}

// TestStopWithStoppedReader: a peer that does not read can't hold up the end. The
// limit is below the 5 s that crypto/tls waits with a close_notify.
func TestStopWithStoppedReader(t *testing.T) {
	const limit = 4 * time.Second
	recorded := make(chan struct{}, 1)
	r := newRig(t, options{sink: func(next capture.Sink) capture.Sink {
		return sinkFunc(func(e *capture.Event) {
			next.Record(e)
			if e.Kind == capture.Data {
				select {
				case recorded <- struct{}{}:
				default:
				}
			}
		})
	}})
	client, server := r.dial(nil)
	if err := server.NetConn().(*net.TCPConn).SetReadBuffer(16 << 10); err != nil {
		t.Fatal(err)
	}
	// One record at a time, so that the relay stops where it flushes.
	write(t, client, make([]byte, 16<<10))
	for blocked := false; !blocked; {
		select {
		case <-recorded:
			write(t, client, make([]byte, 16<<10))
		case <-time.After(500 * time.Millisecond):
			blocked = true
		}
	}
	began := time.Now()
	r.stop()
	<-r.done
	if took := time.Since(began); took > limit {
		t.Errorf("took %v, want less than %v", took, limit)
	}
}

// TestKeyLog: the secrets of both legs are logged.
func TestKeyLog(t *testing.T) {
	var log bytes.Buffer
	r := newRig(t, options{relay: func(c *relay.Config) { c.KeyLog = &log }})
	client, server := r.dial(nil)
	write(t, client, []byte("hello"))
	_ = read(t, server)
	r.stop()
	<-r.done
	if n := strings.Count(log.String(), "CLIENT_TRAFFIC_SECRET_0 "); n != 2 {
		t.Errorf("%d client traffic secrets, want one for each leg, in:\n%s", n, log.String())
	}
}
