package replay_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"io"
	"math/big"
	"net"
	"sync"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// A tape is what the two sides of a TLS connection with an AnyTLS session sent, in
// order, and the key log.
type tape struct {
	keys   []byte
	writes []write
	said   protocol.ByDirection[[]byte] // the plaintext
}

type write struct {
	dir  protocol.Direction
	data []byte
}

// A tapedConn is one end of a connection. What is written to it goes onto the tape.
type tapedConn struct {
	net.Conn
	dir  protocol.Direction
	mu   *sync.Mutex
	tape *tape
}

func (c *tapedConn) Write(b []byte) (int, error) {
	c.mu.Lock()
	c.tape.writes = append(c.tape.writes, write{c.dir, bytes.Clone(b)})
	c.mu.Unlock()
	return c.Conn.Write(b)
}

// certificate returns a certificate for any name.
func certificate(t testing.TB) tls.Certificate {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{SerialNumber: big.NewInt(1), NotAfter: time.Unix(1<<33, 0)}
	der, err := x509.CreateCertificate(rand.Reader, template, template, &key.PublicKey, key)
	if err != nil {
		t.Fatal(err)
	}
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}
}

// A talk calls say with what is said in a connection after its handshake. Say
// returns when the other side has read it.
type talk func(say func(dir protocol.Direction, frames []byte))

// tapeOf returns the tape of a whole connection. Configure may be nil.
func tapeOf(t testing.TB, configure func(*tls.Config), say talk) *tape {
	t.Helper()
	var (
		tp   tape
		mu   sync.Mutex
		keys bytes.Buffer
	)
	a, b := net.Pipe()
	defer a.Close()
	defer b.Close()
	cfg := &tls.Config{
		Certificates: []tls.Certificate{certificate(t)}, InsecureSkipVerify: true, ServerName: "anytls.example",
		KeyLogWriter: &keys, DynamicRecordSizingDisabled: true, SessionTicketsDisabled: true,
	}
	if configure != nil {
		configure(cfg)
	}
	ends := protocol.ByPeer[*tls.Conn]{
		tls.Client(&tapedConn{a, protocol.ClientToServer, &mu, &tp}, cfg),
		tls.Server(&tapedConn{b, protocol.ServerToClient, &mu, &tp}, &tls.Config{
			Certificates: cfg.Certificates, MinVersion: cfg.MinVersion, MaxVersion: cfg.MaxVersion,
			DynamicRecordSizingDisabled: true, SessionTicketsDisabled: true,
		}),
	}
	shaken := make(chan error, 1)
	go func() { shaken <- ends[1].Handshake() }()
	if err := ends[0].Handshake(); err != nil {
		t.Fatal(err)
	}
	if err := <-shaken; err != nil {
		t.Fatal(err)
	}
	say(func(dir protocol.Direction, frames []byte) {
		t.Helper()
		tp.said[dir] = append(tp.said[dir], frames...)
		done := make(chan error, 1)
		go func() {
			_, err := ends[dir.Sender()].Write(frames)
			done <- err
		}()
		if _, err := io.ReadFull(ends[dir.Receiver()], make([]byte, len(frames))); err != nil {
			t.Fatal(err)
		}
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	})
	for _, end := range ends {
		done := make(chan error, 1)
		go func() { done <- end.CloseWrite() }()
		peer := ends[0]
		if end == peer {
			peer = ends[1]
		}
		_, _ = peer.Read(make([]byte, 1)) // EOF
		if err := <-done; err != nil {
			t.Fatal(err)
		}
	}
	tp.keys = keys.Bytes()
	return &tp
}

const (
	up   = protocol.ClientToServer
	down = protocol.ServerToClient
)

// frame returns a frame.
func frame(t testing.TB, c protocol.Command, stream uint32, data []byte) []byte {
	t.Helper()
	b, err := protocol.AppendFrame(nil, c, stream, data)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// hello returns what a client says first: preamble, Settings, and a stream to
// example.com:443.
func hello(t testing.TB) []byte {
	t.Helper()
	b := protocol.Preamble{Hash: protocol.HashPassword("secret"), Padding: 30}.Append(nil)
	b = append(b, frame(t, protocol.Settings, 0, []byte("v=2\nclient=test/1\npadding-md5=00"))...)
	b = append(b, frame(t, protocol.SYN, 1, nil)...)
	return append(b, frame(t, protocol.PSH, 1, []byte("\x03\x0bexample.com\x01\xbb"))...)
}

// answer returns what a server says to hello.
func answer(t testing.TB) []byte {
	t.Helper()
	return append(frame(t, protocol.ServerSettings, 0, []byte("v=2")), frame(t, protocol.SYNACK, 1, nil)...)
}

// smallTalk is a short session: 4 frames of the client before the data, 2 of the
// server, a PSH of each in turn, and a FIN.
func smallTalk(t testing.TB, rounds, size int) talk {
	return func(say func(protocol.Direction, []byte)) {
		say(up, hello(t))
		say(down, answer(t))
		for i := range rounds {
			say(up, frame(t, protocol.PSH, 1, payload(i, size)))
			say(down, frame(t, protocol.PSH, 1, payload(-i, size)))
		}
		say(up, frame(t, protocol.FIN, 1, nil))
	}
}

// longTalk has the client ask once, and one direction carry rounds of size bytes then.
func longTalk(t testing.TB, dir protocol.Direction, rounds, size int) talk {
	return func(say func(protocol.Direction, []byte)) {
		say(up, hello(t))
		say(down, answer(t))
		for i := range rounds {
			say(dir, frame(t, protocol.PSH, 1, payload(i, size)))
		}
		say(up, frame(t, protocol.FIN, 1, nil))
	}
}

// payload returns bytes that differ from those of another seed.
func payload(seed, size int) []byte {
	b := make([]byte, size)
	for i := range b {
		b[i] = byte(i*7 + seed*31 + i>>8)
	}
	return b
}

// versions returns a function that configures a version of TLS.
func versions(version uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.MinVersion, c.MaxVersion = version, version }
}
