package peer

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// udpEcho is a socket that sends back what it gets, and its address.
func udpEcho(t *testing.T) protocol.Address {
	t.Helper()
	conn, err := net.ListenPacket("udp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() {
		defer close(ended)
		buf := make([]byte, 1<<16)
		for {
			n, from, err := conn.ReadFrom(buf)
			if err != nil {
				return
			}
			_, _ = conn.WriteTo(buf[:n], from) // one that can't be sent is lost
		}
	}()
	t.Cleanup(func() {
		conn.Close()
		<-ended
	})
	at := netip.MustParseAddrPort(conn.LocalAddr().String())
	return protocol.Address{Host: at.Addr().String(), Port: at.Port()}
}

func TestDatagrams(t *testing.T) {
	p := newPair(t)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{})))
	first, second := udpEcho(t), udpEcho(t)
	for _, connected := range []bool{false, true} {
		t.Run(fmt.Sprintf("connected %t", connected), func(t *testing.T) {
			d, err := c.OpenDatagrams(t.Context(), first, connected)
			if err != nil {
				t.Fatal(err)
			}
			defer d.Close()
			if err := d.SetDeadline(time.Now().Add(patience)); err != nil {
				t.Fatal(err)
			}
			for i, size := range []int{1, 0, 1200, 30_000, 65_507} {
				to := first
				if i%2 == 1 && !connected {
					to = second
				}
				sent := protocol.Datagram{Address: to, Payload: bytes.Repeat([]byte{byte(i)}, size)}
				if err := d.Send(sent); err != nil {
					t.Fatal(err)
				}
				got, err := d.Receive()
				if err != nil {
					t.Fatal(err)
				}
				if !bytes.Equal(got.Payload, sent.Payload) {
					t.Errorf("of %d bytes %d came back", size, len(got.Payload))
				}
				if want := (protocol.Address{}); connected && got.Address != want || !connected && got.Address != to {
					t.Errorf("it came from %v", got.Address)
				}
			}
			// A datagram that can't be sent is lost. The stream goes on.
			if err := d.Send(protocol.Datagram{Address: protocol.Address{Host: "::1", Port: 9}}); err != nil {
				t.Fatal(err)
			}
			if err := d.Send(protocol.Datagram{Address: first, Payload: []byte("next")}); err != nil {
				t.Fatal(err)
			}
			for {
				got, err := d.Receive()
				if err != nil {
					t.Fatal(err)
				}
				if string(got.Payload) == "next" {
					break
				}
			}
		})
	}
}

// TestDatagramsVersion1: version 1 has no request, and each datagram has its address.
func TestDatagramsVersion1(t *testing.T) {
	p := newPair(t)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{})))
	s, err := c.OpenStream(t.Context(), protocol.Address{Host: protocol.UoTLegacyHost})
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	to := udpEcho(t)
	b, err := protocol.AppendDatagram(nil, protocol.Datagram{Address: to, Payload: []byte("old")}, false)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Write(b); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, len(b))
	if err := s.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	for n := 0; n < len(got); {
		k, err := s.Read(got[n:])
		if err != nil {
			t.Fatal(err)
		}
		n += k
	}
	if !bytes.Equal(got, b) {
		t.Errorf("sent %x, got %x", b, got)
	}
}

func TestDatagramsRefused(t *testing.T) {
	p := newPair(t)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{
		ListenPacket: func(context.Context) (PacketConn, error) { return nil, errTest },
	})))
	d, err := c.OpenDatagrams(t.Context(), testTarget, true)
	if err != nil {
		t.Fatal(err)
	}
	defer d.Close()
	_, err = d.Receive()
	var refusal *RefusedError
	if !errors.As(err, &refusal) || refusal.Text != errTest.Error() {
		t.Errorf("Receive: %v, want the server's reason", err)
	}
	long := protocol.Address{Host: strings.Repeat("x", 256)}
	if _, err := c.OpenDatagrams(t.Context(), long, false); !errors.Is(err, protocol.ErrHostTooLong) {
		t.Errorf("OpenDatagrams: %v", err)
	}
}
