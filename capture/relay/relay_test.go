package relay_test

import (
	"bytes"
	"crypto/tls"
	"fmt"
	"math/rand/v2"
	"net"
	"strings"
	"syscall"
	"testing"

	"anytls-inspect/capture"
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

type sinkFunc func(*capture.Event)

func (f sinkFunc) Record(e *capture.Event) { f(e) }

// TestAcceptErrors: they don't end the relay, and are told; once, where descriptors are
// missing, however often it is tried again.
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
	if len(r.warnings) != 1 || !strings.Contains(r.warnings[0], "out of file descriptors (limit ") {
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
