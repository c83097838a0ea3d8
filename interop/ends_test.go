package interop

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/binary"
	"io"
	"net"
	"strings"
	"sync"
	"testing"
)

// frame returns any frame, right or wrong.
func frame(code byte, stream uint32, data string) []byte {
	b := binary.BigEndian.AppendUint32([]byte{code}, stream)
	b = binary.BigEndian.AppendUint16(b, uint16(len(data)))
	return append(b, data...)
}

// ends opens a session through the relay and returns both of its ends. Both legs have at
// most that version of TLS.
func ends(ctx context.Context, t *testing.T, version uint16, mode RelayMode) (client, server *tls.Conn, relay *Relay) {
	t.Helper()
	pair, err := tls.X509KeyPair(newCertificate(t))
	if err != nil {
		t.Fatal(err)
	}
	ln, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = ln.Close() })
	relay = startRelay(ctx, t, ln.Addr().String(), mode)
	accepted := make(chan *tls.Conn, 1)
	go func() {
		defer close(accepted)
		nc, err := ln.Accept()
		if err != nil {
			return
		}
		c := tls.Server(nc, &tls.Config{Certificates: []tls.Certificate{pair}, MaxVersion: version, DynamicRecordSizingDisabled: true})
		if c.HandshakeContext(ctx) == nil {
			accepted <- c
		}
	}()
	dialer := &tls.Dialer{Config: &tls.Config{InsecureSkipVerify: true, MaxVersion: version, DynamicRecordSizingDisabled: true}}
	nc, err := dialer.DialContext(ctx, "tcp", relay.Addr)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = nc.Close() })
	server = <-accepted
	if server == nil {
		t.Fatal("the server accepted nothing")
	}
	t.Cleanup(func() { _ = server.Close() })
	return nc.(*tls.Conn), server, relay
}

// say writes each of records as one TLS record, or more where it does not fit into one. It
// waits until they have arrived.
func say(t *testing.T, from, to *tls.Conn, records ...[]byte) {
	t.Helper()
	n := 0
	for _, b := range records {
		n += len(b)
	}
	arrived := make(chan error, 1)
	go func() {
		_, err := io.CopyN(io.Discard, to, int64(n))
		arrived <- err
	}()
	for _, b := range records {
		if _, err := from.Write(b); err != nil {
			t.Fatal(err)
		}
	}
	if err := <-arrived; err != nil {
		t.Fatal(err)
	}
}

// A talker is an end that answers HeartRequests.
type talker struct {
	*tls.Conn
	mu sync.Mutex // held during a write
}

func (s *talker) send(b []byte) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	_, err := s.Write(b)
	return err
}

// listen reads frames until it has answered beats HeartRequests and read pshs PSH frames.
func (s *talker) listen(beats, pshs int) error {
	r := bufio.NewReader(s.Conn)
	for beats > 0 || pshs > 0 {
		header := make([]byte, 7)
		if _, err := io.ReadFull(r, header); err != nil {
			return err
		}
		if _, err := r.Discard(int(binary.BigEndian.Uint16(header[5:]))); err != nil {
			return err
		}
		switch header[0] {
		case 2:
			pshs--
		case 8:
			beats--
			if err := s.send(frame(9, 0, "")); err != nil {
				return err
			}
		}
	}
	return nil
}

// talk sends large frames in both directions at once. It returns when they have arrived and
// some of the relay's heartbeats have been answered.
func talk(t *testing.T, client, server *tls.Conn) {
	t.Helper()
	const beats, pshs = 3, 40
	c, s := &talker{Conn: client}, &talker{Conn: server}
	psh := frame(2, 1, strings.Repeat("z", 65535))
	var wg sync.WaitGroup
	for _, end := range []*talker{c, s} {
		wg.Go(func() {
			for range pshs {
				if err := end.send(psh); err != nil {
					t.Error(err)
				}
			}
		})
		wg.Go(func() {
			if err := end.listen(beats, pshs); err != nil {
				t.Error(err)
			}
		})
	}
	wg.Wait()
}
