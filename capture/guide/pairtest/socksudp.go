package pairtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"sync"
	"sync/atomic"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// udpHead is the length of what stands before the address of a datagram: two bytes without
// meaning, and the number of the fragment.
const udpHead = 3

// maxUDP is the length of the longest datagram, in bytes.
const maxUDP = 1 << 16

// serveDatagrams serves UDP ASSOCIATE until the connection ends. in reads the connection.
func (to inbound) serveDatagrams(ctx context.Context, conn net.Conn, in *bufio.Reader, hint protocol.Address) error {
	at, err := netip.ParseAddrPort(conn.LocalAddr().String())
	if err != nil {
		return err
	}
	local, err := net.ListenUDP("udp", net.UDPAddrFromAddrPort(netip.AddrPortFrom(at.Addr(), 0)))
	if err != nil {
		return errors.Join(err, reply(conn, failed, protocol.Address{Host: "0.0.0.0"}))
	}
	defer local.Close()
	remote, err := to.associate(ctx, hint)
	if err != nil {
		return errors.Join(err, reply(conn, failed, protocol.Address{Host: "0.0.0.0"}))
	}
	defer remote.Close()
	bound, err := netip.ParseAddrPort(local.LocalAddr().String())
	if err != nil {
		return err
	}
	if err := reply(conn, succeeded, protocol.Address{Host: bound.Addr().String(), Port: bound.Port()}); err != nil {
		return err
	}
	a := association{local: local, remote: remote}
	var both sync.WaitGroup
	both.Go(func() {
		a.send()
		conn.Close()
	})
	both.Go(func() {
		a.receive()
		conn.Close()
	})
	_, err = io.Copy(io.Discard, in) // the association ends with its connection
	local.Close()
	remote.Close()
	both.Wait()
	return err
}

// An association passes datagrams between a SOCKS client and what its inbound passes on to.
type association struct {
	local  *net.UDPConn
	remote peer.PacketConn
	client atomic.Pointer[netip.AddrPort] // where the client's last datagram came from
}

// send passes on what the client sends, until either side ends.
func (a *association) send() {
	b := make([]byte, maxUDP)
	for {
		n, from, err := a.local.ReadFromUDPAddrPort(b)
		if err != nil {
			return
		}
		to, payload, err := parseDatagram(b[:n])
		if err != nil {
			continue // it is lost, as UDP allows
		}
		a.client.Store(&from)
		if a.remote.WriteTo(payload, to) != nil {
			return
		}
	}
}

// receive passes on what comes for the client, until either side ends.
func (a *association) receive() {
	b := make([]byte, maxUDP)
	var out []byte
	for {
		n, from, err := a.remote.ReadFrom(b)
		if err != nil {
			return
		}
		out, err = protocol.AppendTarget(append(out[:0], 0, 0, 0), from)
		client := a.client.Load()
		if err != nil || client == nil {
			continue // nobody asked for it
		}
		out = append(out, b[:n]...)
		// A datagram that can't be sent is lost, as UDP allows.
		_, _ = a.local.WriteToUDPAddrPort(out, *client)
	}
}

// parseDatagram parses a datagram of a SOCKS client. The payload aliases b.
func parseDatagram(b []byte) (to protocol.Address, payload []byte, err error) {
	if len(b) < udpHead || b[udpHead-1] != 0 {
		return to, nil, fmt.Errorf("a fragment, or too short: %d bytes", len(b))
	}
	to, n, err := protocol.ParseTarget(b[udpHead:])
	if err != nil {
		return to, nil, err
	}
	return to, b[udpHead+n:], nil
}
