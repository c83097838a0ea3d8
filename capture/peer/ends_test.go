package peer

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

const testPassword = "correct horse"

// patience bounds how long a test waits. A test that passes waits for a cause.
const patience = 20 * time.Second

// A pair is the certificate that a test's server and clients share.
type pair struct {
	cert  tls.Certificate
	roots *x509.CertPool
}

func newPair(t *testing.T) pair {
	t.Helper()
	cert, roots, err := SelfSigned("server.test")
	if err != nil {
		t.Fatal(err)
	}
	return pair{cert, roots}
}

func (p pair) serverTLS() *tls.Config { return &tls.Config{Certificates: []tls.Certificate{p.cert}} }

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// serve runs a server until the test ends, and returns its address.
func (p pair) serve(t *testing.T, cfg ServerConfig) string {
	t.Helper()
	if cfg.TLS == nil {
		cfg.TLS = p.serverTLS()
	}
	cfg.Password = testPassword
	l := listen(t)
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- Serve(ctx, l, cfg) }()
	t.Cleanup(func() {
		cancel()
		if err := <-ended; err != nil {
			t.Errorf("Serve: %v", err)
		}
	})
	return l.Addr().String()
}

func (p pair) clientConfig(addr string) ClientConfig {
	return ClientConfig{
		Address: addr, Password: testPassword, Name: "test/1",
		TLS:  &tls.Config{RootCAs: p.roots, ServerName: "server.test"},
		Rand: rand.NewPCG(1, 2),
	}
}

// dial opens a session, and closes it at the test's end.
func dial(t *testing.T, cfg ClientConfig) *Client {
	t.Helper()
	c, err := Dial(t.Context(), cfg)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	return c
}

// A rawServer is one connection of a server that the test is itself, record by record.
type rawServer struct {
	t    *testing.T
	conn *tls.Conn
	buf  []byte
}

// serveRaw accepts one connection, and lets do be its server. wait waits until do has
// returned.
func (p pair) serveRaw(t *testing.T, config *tls.Config, do func(*rawServer)) (addr string, wait func()) {
	t.Helper()
	l := listen(t)
	config.Certificates = []tls.Certificate{p.cert}
	config.DynamicRecordSizingDisabled = true
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		raw, err := l.Accept()
		if err != nil {
			return // the test failed already
		}
		conn := tls.Server(raw, config)
		defer conn.Close()
		if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Error(err)
		}
		do(&rawServer{t: t, conn: conn, buf: make([]byte, 1<<16)})
	}()
	return l.Addr().String(), func() { <-ended }
}

// record reads one TLS record: a Read of crypto/tls returns no more than one.
func (s *rawServer) record() []byte {
	n, err := s.conn.Read(s.buf)
	if err != nil && n == 0 { // with TLS 1.2, the end may come with the last record
		s.t.Errorf("the server reads: %v", err)
	}
	return append([]byte(nil), s.buf[:n]...)
}

// send writes frames.
func (s *rawServer) send(frames ...frame) {
	var b []byte
	for _, f := range frames {
		b, _ = protocol.AppendFrame(b, f.command, f.stream, f.data)
	}
	if _, err := s.conn.Write(b); err != nil {
		s.t.Errorf("the server writes: %v", err)
	}
}

// rest reads until the client closes.
func (s *rawServer) rest() { _, _ = io.Copy(io.Discard, s.conn) }

// frames decodes whole frames.
func frames(t *testing.T, b []byte) []frame {
	t.Helper()
	var (
		all []frame
		dec = protocol.NewDecoder(protocol.ServerToClient)
	)
	for len(b) > 0 {
		p, n := dec.Next(b)
		b = b[n:]
		if p.Kind == protocol.PieceFrame && p.First && p.Last {
			all = append(all, frame{p.Header.Command, p.Header.Stream, p.Data})
		}
	}
	if !dec.AtBoundary() {
		t.Error("the bytes end inside a frame")
	}
	return all
}

// echo is [ServerConfig.Dial] of a server whose targets send back what they get.
func echo(context.Context, protocol.Address) (net.Conn, error) {
	near, far := net.Pipe()
	go func() {
		defer far.Close()
		_, _ = io.Copy(far, far)
	}()
	return near, nil
}

var errTest = errors.New("connect: connection refused")
