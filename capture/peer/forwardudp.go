package peer

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"net/netip"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// resolveTimeout bounds how long the name in a datagram's address is looked up.
const resolveTimeout = 3 * time.Second

// A PacketConn is the UDP socket of a UDP-over-TCP stream. Its addresses are the
// protocol's, with a name or an IP address. Close ends a ReadFrom that waits.
type PacketConn interface {
	ReadFrom(b []byte) (n int, from protocol.Address, err error)
	WriteTo(b []byte, to protocol.Address) error
	Close() error
}

// datagrams serves a UDP-over-TCP stream of the given version until it or its socket
// ends. head reads the stream behind the target.
func (ss *serverSession) datagrams(s *Stream, head *bufio.Reader, version int) {
	in := bufio.NewReaderSize(head, maxDatagram)
	var request protocol.UoTRequest // stays zero in version 1, which has none
	if version > 1 {
		var err error
		if request, err = readParsed(in, protocol.ParseUoTRequest); err != nil {
			ss.deny(s, err)
			return
		}
	}
	conn, err := ss.server.cfg.ListenPacket(s.life)
	if err != nil {
		ss.deny(s, err)
		return
	}
	defer conn.Close()
	if ss.accept(s) != nil {
		return
	}
	var answers sync.WaitGroup
	answers.Go(func() {
		receive(s, conn, request.Connect)
		s.Close()
	})
	for {
		d, err := readParsed(in, func(b []byte) (protocol.Datagram, int, error) {
			return protocol.ParseDatagram(b, request.Connect)
		})
		if err != nil {
			break
		}
		if request.Connect {
			d.Address = request.Destination
		}
		// A datagram that can't be sent is lost, as UDP allows.
		_ = conn.WriteTo(d.Payload, d.Address)
	}
	conn.Close()
	answers.Wait()
}

// receive copies datagrams from the socket to the stream, until either ends.
func receive(s *Stream, conn PacketConn, connected bool) {
	payload := make([]byte, protocol.MaxData)
	var out []byte
	for {
		n, from, err := conn.ReadFrom(payload)
		if err != nil {
			return
		}
		out, err = protocol.AppendDatagram(out[:0], protocol.Datagram{Address: from, Payload: payload[:n]}, connected)
		if err != nil {
			return
		}
		if _, err := s.Write(out); err != nil {
			return
		}
	}
}

// ListenLoopback opens a UDP socket that reaches this machine only.
func ListenLoopback(ctx context.Context) (PacketConn, error) {
	conn, err := new(net.ListenConfig).ListenPacket(ctx, "udp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	udp, ok := conn.(*net.UDPConn)
	if !ok {
		conn.Close()
		return nil, fmt.Errorf("a UDP socket is a %T", conn)
	}
	return loopback{udp}, nil
}

// loopback is a UDP socket as a PacketConn.
type loopback struct{ udp *net.UDPConn }

// ReadFrom implements [PacketConn].
func (l loopback) ReadFrom(b []byte) (int, protocol.Address, error) {
	n, from, err := l.udp.ReadFromUDPAddrPort(b)
	if err != nil {
		return 0, protocol.Address{}, err
	}
	return n, protocol.Address{Host: from.Addr().Unmap().String(), Port: from.Port()}, nil
}

// WriteTo implements [PacketConn].
func (l loopback) WriteTo(b []byte, to protocol.Address) error {
	ip, err := netip.ParseAddr(to.Host)
	if err != nil {
		ctx, cancel := context.WithTimeout(context.Background(), resolveTimeout)
		defer cancel()
		ips, err := net.DefaultResolver.LookupNetIP(ctx, "ip4", to.Host)
		if err != nil {
			return err
		}
		ip = ips[0]
	}
	_, err = l.udp.WriteToUDPAddrPort(b, netip.AddrPortFrom(ip, to.Port))
	return err
}

// Close implements [PacketConn].
func (l loopback) Close() error { return l.udp.Close() }
