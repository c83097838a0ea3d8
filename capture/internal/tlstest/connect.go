package tlstest

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"sync"
	"testing"

	"anytls-inspect/protocol"
)

// A Pair is a client and a server of crypto/tls that are connected over loopback.
// What they send is recorded.
type Pair struct {
	Client, Server *tls.Conn
	// Socket is the client's TCP connection. What is written to it is not recorded.
	Socket net.Conn

	mu     sync.Mutex
	chunks []Chunk
	keys   bytes.Buffer
}

// Connect connects a client and a server. Each record that they send is one
// chunk. The configs are changed. The sockets are closed when the test ends.
func Connect(t testing.TB, client, server *tls.Config) *Pair {
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
	p := &Pair{Socket: near}
	client.InsecureSkipVerify = client.RootCAs == nil
	client.KeyLogWriter = keyWriter{p}
	client.DynamicRecordSizingDisabled, server.DynamicRecordSizingDisabled = true, true
	p.Client = tls.Client(teeConn{near, protocol.ClientToServer, p}, client)
	p.Server = tls.Server(teeConn{far, protocol.ServerToClient, p}, server)
	return p
}

// A teeConn writes down what is written to it, before it is sent.
type teeConn struct {
	net.Conn
	dir  protocol.Direction
	pair *Pair
}

// Write implements [net.Conn].
func (c teeConn) Write(b []byte) (int, error) {
	c.pair.mu.Lock()
	c.pair.chunks = append(c.pair.chunks, Chunk{c.dir, bytes.Clone(b)})
	c.pair.mu.Unlock()
	return c.Conn.Write(b)
}

// A keyWriter writes the client's key log down.
type keyWriter struct{ pair *Pair }

// Write implements [io.Writer].
func (w keyWriter) Write(b []byte) (int, error) {
	w.pair.mu.Lock()
	defer w.pair.mu.Unlock()
	return w.pair.keys.Write(b)
}

// Tape returns what was sent so far.
func (p *Pair) Tape() Tape {
	p.mu.Lock()
	defer p.mu.Unlock()
	return Tape{p.keys.String(), slices.Clone(p.chunks)}
}

// Handshake runs the TLS handshake.
func (p *Pair) Handshake(t testing.TB) {
	t.Helper()
	failed := make(chan error, 1)
	go func() { failed <- p.Server.Handshake() }()
	if err := p.Client.Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-failed; err != nil {
		t.Fatal(err)
	}
}

// Say lets each chunk be written as one record, and read, before the next.
func (p *Pair) Say(t testing.TB, said []Chunk) {
	t.Helper()
	for _, chunk := range said {
		from, to := p.Client, p.Server
		if chunk.Dir == protocol.ServerToClient {
			from, to = to, from
		}
		wrote := make(chan error, 1)
		go func() {
			_, err := from.Write(chunk.Data)
			wrote <- err
		}()
		got := make([]byte, len(chunk.Data))
		if _, err := io.ReadFull(to, got); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, chunk.Data) {
			t.Fatal("crypto/tls did not deliver what was written")
		}
		if err := <-wrote; err != nil {
			t.Fatal(err)
		}
	}
}

// Converse records a whole connection: a handshake, what is said, in turns, and
// an orderly end by the client.
func Converse(t testing.TB, client, server *tls.Config, said []Chunk) Tape {
	t.Helper()
	p := Connect(t, client, server)
	p.Handshake(t)
	p.Say(t, said)
	if err := p.Client.CloseWrite(); err != nil {
		t.Fatal(err)
	}
	if n, err := p.Server.Read(make([]byte, 1)); n != 0 || !errors.Is(err, io.EOF) {
		t.Fatalf("the server read %d bytes, %v", n, err)
	}
	if err := p.Server.Close(); err != nil {
		t.Fatal(err)
	}
	return p.Tape()
}
