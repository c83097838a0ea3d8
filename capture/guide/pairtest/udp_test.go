package pairtest_test

import (
	"bytes"
	"crypto/tls"
	"io"
	"net"
	"net/netip"
	"testing"
	"time"

	"anytls-inspect/capture/guide/pairtest"
	"anytls-inspect/protocol"
)

// insecure is the TLS of a client that verifies nothing.
func insecure() *tls.Config {
	return &tls.Config{InsecureSkipVerify: true} //nolint:gosec // the server is the test's
}

// TestDatagrams: a datagram goes through the pair to its target and back, with the target's
// address.
func TestDatagrams(t *testing.T) {
	p := start(t, pairtest.ServerConfig{}, pairtest.ClientConfig{})
	target, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { target.Close() })
	conn := p.control(t)
	bound := associate(t, conn, 0)
	udp, err := net.Dial("udp", bound.String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { udp.Close() })
	for _, end := range []interface{ SetDeadline(time.Time) error }{udp, target} {
		if err := end.SetDeadline(time.Now().Add(patience)); err != nil {
			t.Fatal(err)
		}
	}
	at := netip.MustParseAddrPort(target.LocalAddr().String())
	head, err := protocol.AppendTarget([]byte{0, 0, 0}, protocol.Address{Host: at.Addr().String(), Port: at.Port()})
	if err != nil {
		t.Fatal(err)
	}
	for _, size := range []int{1, 1200, 8000} {
		sent := append(bytes.Clone(head), bytes.Repeat([]byte{7}, size)...)
		if _, err := udp.Write(sent); err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 1<<16)
		n, from, err := target.ReadFrom(buf)
		if err != nil || n != size {
			t.Fatalf("%d bytes arrived, error %v, want %d", n, err, size)
		}
		if _, err := target.WriteTo(buf[:n], from); err != nil {
			t.Fatal(err)
		}
		if n, err = udp.Read(buf); err != nil || !bytes.Equal(buf[:n], sent) {
			t.Fatalf("%d bytes came back, error %v, want %d that are the same", n, err, len(sent))
		}
	}
}

// TestNoDatagrams: a client that has no UDP says so in SOCKS.
func TestNoDatagrams(t *testing.T) {
	p := start(t, pairtest.ServerConfig{}, pairtest.ClientConfig{Fault: fault(t, "no-udp")})
	associate(t, p.control(t), 7)
}

// control opens a connection to the client's inbound.
func (p *pair) control(t *testing.T) net.Conn {
	t.Helper()
	conn, err := net.Dial("tcp", p.socks)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

// associate asks for UDP by SOCKS5, wants the answer to have a code, and returns its address.
func associate(t *testing.T, conn net.Conn, code byte) protocol.Address {
	t.Helper()
	if _, err := conn.Write([]byte{5, 1, 0, 5, 3, 0, 1, 0, 0, 0, 0, 0, 0}); err != nil {
		t.Fatal(err)
	}
	answer := make([]byte, 2+10)
	if _, err := io.ReadFull(conn, answer); err != nil {
		t.Fatal(err)
	}
	if answer[3] != code {
		t.Fatalf("the answer is %d, want %d", answer[3], code)
	}
	bound, _, err := protocol.ParseTarget(answer[5:])
	if err != nil {
		t.Fatal(err)
	}
	return bound
}
