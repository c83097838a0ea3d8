package tlsrec

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

var (
	rsaCert   = sync.OnceValue(func() tls.Certificate { return selfSigned(rsa.GenerateKey(rand.Reader, 2048)) })
	ecdsaCert = sync.OnceValue(func() tls.Certificate { return selfSigned(ecdsa.GenerateKey(elliptic.P256(), rand.Reader)) })
)

func selfSigned[K any](key *K, err error) tls.Certificate {
	if err != nil {
		panic(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1),
		Subject:      pkix.Name{CommonName: "example.org"},
		DNSNames:     []string{"example.org"},
		NotBefore:    time.Unix(0, 0),
		NotAfter:     time.Unix(1<<33, 0),
		KeyUsage:     x509.KeyUsageDigitalSignature | x509.KeyUsageKeyEncipherment,
	}
	var public any
	switch key := any(key).(type) {
	case *rsa.PrivateKey:
		public = key.Public()
	case *ecdsa.PrivateKey:
		public = key.Public()
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, public, key)
	if err != nil {
		panic(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A teeConn writes down what is written to it, before it is sent.
type teeConn struct {
	net.Conn
	dir protocol.Direction
	rec *recorder
}

type recorder struct {
	mu     sync.Mutex
	chunks []chunk
	keys   bytes.Buffer
}

func (c teeConn) Write(b []byte) (int, error) {
	c.rec.mu.Lock()
	c.rec.chunks = append(c.rec.chunks, chunk{c.dir, bytes.Clone(b)})
	c.rec.mu.Unlock()
	return c.Conn.Write(b)
}

func (r *recorder) Write(b []byte) (int, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.keys.Write(b)
}

func (r *recorder) tape() tape {
	r.mu.Lock()
	defer r.mu.Unlock()
	return tape{r.keys.String(), r.chunks}
}

// connect connects a crypto/tls client and server over loopback, each record
// one write, and records them. The configs are changed.
func connect(t testing.TB, client, server *tls.Config) (c, s *tls.Conn, rec *recorder) {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	near, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	far, err := listener.Accept()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { near.Close(); far.Close() })
	rec = &recorder{}
	client.InsecureSkipVerify = client.RootCAs == nil
	client.KeyLogWriter = rec
	client.DynamicRecordSizingDisabled, server.DynamicRecordSizingDisabled = true, true
	c = tls.Client(teeConn{near, toServer, rec}, client)
	s = tls.Server(teeConn{far, toClient, rec}, server)
	return c, s, rec
}

// converse records a whole connection: a handshake, what is said, in turns, and
// an orderly end by the client.
func converse(t testing.TB, client, server *tls.Config, said []chunk) tape {
	t.Helper()
	c, s, rec := connect(t, client, server)
	shake(t, c, s)
	say(t, c, s, said)
	if err := c.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n, err := s.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("the server read %d bytes, %v", n, err)
	}
	if err := s.Close(); err != nil {
		t.Fatal(err)
	}
	return rec.tape()
}

func shake(t testing.TB, c, s *tls.Conn) {
	t.Helper()
	failed := make(chan error, 1)
	go func() { failed <- s.Handshake() }()
	if err := c.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

// say lets each chunk be written as one record, and read, before the next.
func say(t testing.TB, c, s *tls.Conn, said []chunk) {
	t.Helper()
	for _, chunk := range said {
		from, to := c, s
		if chunk.dir == toClient {
			from, to = s, c
		}
		wrote := make(chan error, 1)
		go func() {
			_, err := from.Write(chunk.data)
			wrote <- err
		}()
		got := make([]byte, len(chunk.data))
		if _, err := io.ReadFull(to, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, chunk.data) {
			t.Fatal("crypto/tls did not deliver what was written")
		}
		if err := <-wrote; err != nil {
			t.Fatal(err)
		}
	}
}

// small talk: what is said where it does not matter.
func talk() []chunk {
	return []chunk{
		{toServer, []byte("GET /")},
		{toClient, bytes.Repeat([]byte("a"), MaxPlaintext)},
		{toClient, []byte("b")},
		{toServer, bytes.Repeat([]byte("c"), 1000)},
	}
}

// heard is how a listener hears what was said.
func heard(said []chunk) (lines []string) {
	for _, c := range said {
		lines = append(lines, render(&Event{Kind: Data, Dir: c.dir, Data: c.data}))
	}
	return lines
}

func emptyPool() *x509.CertPool { return x509.NewCertPool() }

var orderly = []string{"> close_notify, closing first", "< close_notify, closing"}
