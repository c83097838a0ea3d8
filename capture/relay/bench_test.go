package relay_test

import (
	"bufio"
	"crypto/tls"
	"crypto/x509"
	"io"
	"net"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/relay"
	"anytls-inspect/capture/rule"
	"anytls-inspect/protocol"
)

// BenchmarkRelay carries PSH frames of 16 KiB and of 512 bytes through the relay, with
// and without a recording of both legs, and through a TLS relay that is nothing but
// io.Copy both ways, so that one run compares them. The client writes many records in
// one system call, so that the relay is what is measured, and not the client.
func BenchmarkRelay(b *testing.B) {
	for _, size := range []struct {
		name string
		psh  int
	}{{"16KiB", 16<<10 - protocol.HeaderLen}, {"512B", 512 - protocol.HeaderLen}} {
		b.Run(size.name+"/inspect", func(b *testing.B) { inspect(b, size.psh, nil, nil) })
		b.Run(size.name+"/record", func(b *testing.B) {
			rec, err := pcapng.Create(filepath.Join(b.TempDir(), "rec.pcapng"), pcapng.Options{})
			if err != nil {
				b.Fatal(err)
			}
			b.Cleanup(func() {
				if err := rec.Close(); err != nil {
					b.Error(err)
				}
			})
			inspect(b, size.psh, rec, nil)
		})
		b.Run(size.name+"/iocopy", func(b *testing.B) {
			client, server := plainRelay(b)
			pump(b, client, server, size.psh)
		})
	}
}

// inspect pumps through the relay, which records into rec unless that is nil, and goes by the
// rules of book unless that is nil.
func inspect(b *testing.B, psh int, rec *pcapng.Recorder, book *rule.Book) {
	b.Helper()
	r := newRig(b, options{relay: func(c *relay.Config) {
		c.Rules = book
		if rec != nil {
			c.Recorder = rec
		}
	}})
	nc, err := net.Dial("tcp", r.addr)
	if err != nil {
		b.Fatal(err)
	}
	client := newBatcher(b, nc, r.ca.Pool())
	server := <-r.accepted
	_ = server.SetDeadline(time.Time{})
	preamble, settings := hello(b)
	write(b, client, preamble, settings, frame(b, protocol.SYN, 1, nil))
	client.flush()
	discard(b, server, len(preamble)+len(settings)+protocol.HeaderLen)
	pump(b, client, server, psh)
}

// pump sends one PSH an iteration and waits until all have arrived.
func pump(b *testing.B, client *batcher, server *tls.Conn, psh int) {
	b.Helper()
	record := frame(b, protocol.PSH, 1, make([]byte, psh))
	b.SetBytes(int64(len(record)))
	b.ReportAllocs()
	b.ResetTimer()
	done := make(chan struct{})
	go func() {
		defer close(done)
		discard(b, server, b.N*len(record))
	}()
	for range b.N {
		if _, err := client.Write(record); err != nil {
			b.Fatal(err)
		}
	}
	client.flush()
	<-done
	b.StopTimer()
}

func discard(b *testing.B, c net.Conn, n int) {
	if _, err := io.CopyN(io.Discard, c, int64(n)); err != nil {
		b.Error(err)
	}
}

// plainRelay is a TLS relay without any knowledge of what it carries.
func plainRelay(b *testing.B) (client *batcher, server *tls.Conn) {
	b.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		b.Fatal(err)
	}
	cfg := &tls.Config{GetCertificate: authority.Certificate, DynamicRecordSizingDisabled: true}
	dialCfg := &tls.Config{RootCAs: authority.Pool(), ServerName: "example.com", DynamicRecordSizingDisabled: true}
	front, back := listen(b), listen(b)
	accepted := make(chan *tls.Conn, 1)
	var wg sync.WaitGroup
	wg.Go(func() {
		nc, err := back.Accept()
		if err != nil {
			b.Error(err)
			return
		}
		accepted <- tls.Server(nc, cfg)
	})
	wg.Go(func() {
		nc, err := front.Accept()
		if err != nil {
			b.Error(err)
			return
		}
		in := tls.Server(nc, cfg)
		out, err := tls.Dial("tcp", back.Addr().String(), dialCfg)
		if err != nil {
			b.Error(err)
			return
		}
		wg.Go(func() { _, _ = io.Copy(out, in); _ = out.Close() })
		_, _ = io.Copy(in, out)
		_ = in.Close()
	})
	shaken := make(chan *tls.Conn)
	go func() {
		c := <-accepted
		_ = c.Handshake()
		shaken <- c
	}()
	nc, err := net.Dial("tcp", front.Addr().String())
	if err != nil {
		b.Fatal(err)
	}
	client = newBatcher(b, nc, authority.Pool())
	server = <-shaken
	b.Cleanup(func() {
		_ = client.Close()
		_ = server.Close()
		_ = front.Close()
		_ = back.Close()
		wg.Wait()
	})
	return client, server
}

// A batcher is a TLS client that writes many records in one system call.
type batcher struct {
	*tls.Conn
	below *batchConn
}

type batchConn struct {
	net.Conn
	buf     *bufio.Writer
	batched bool
}

func (c *batchConn) Write(p []byte) (int, error) {
	if c.batched {
		return c.buf.Write(p)
	}
	return c.Conn.Write(p)
}

func newBatcher(b *testing.B, nc net.Conn, roots *x509.CertPool) *batcher {
	b.Helper()
	below := &batchConn{Conn: nc, buf: bufio.NewWriterSize(nc, 128<<10)}
	c := tls.Client(below, &tls.Config{RootCAs: roots, ServerName: "example.com", DynamicRecordSizingDisabled: true})
	if err := c.Handshake(); err != nil {
		b.Fatal(err)
	}
	below.batched = true
	b.Cleanup(func() { _ = nc.Close() })
	return &batcher{c, below}
}

func (c *batcher) flush() { _ = c.below.buf.Flush() }
