package traffic

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"strconv"
	"sync"
	"time"

	"anytls-inspect/protocol"
)

// maxDatagram is more than any datagram has.
const maxDatagram = 1 << 16

// An association is the right to send datagrams through a SOCKS inbound (RFC 1928, section 7). It
// lasts as long as its TCP connection.
type association struct {
	tcp  net.Conn
	udp  *net.UDPConn
	in   chan datagram // those that arrived
	gone chan struct{} // closed when the inbound closed the TCP connection
	done chan struct{} // closed by Close
	wait sync.WaitGroup
}

// A datagram is one that arrived: what it carried, and from where the inbound says it is. Where it
// is no SOCKS datagram, bad says so.
type datagram struct {
	from netip.AddrPort // invalid where it is by name
	data []byte
	bad  error
}

// associate asks a SOCKS inbound for an association. The caller has to close it.
func associate(ctx context.Context, socks string) (*association, error) {
	tcp, err := inbound{}.DialContext(ctx, "tcp", socks)
	if err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = tcp.SetDeadline(time.Unix(1, 0)) })
	udp, err := handshake(tcp)
	if err == nil && !stop() {
		udp.Close()
		err = context.Cause(ctx)
	}
	if err != nil {
		stop()
		tcp.Close()
		return nil, err
	}
	a := &association{
		tcp: tcp, udp: udp,
		in: make(chan datagram), gone: make(chan struct{}), done: make(chan struct{}),
	}
	a.wait.Go(a.hold)
	a.wait.Go(a.receive)
	return a, nil
}

// Close ends the association and its goroutines.
func (a *association) Close() {
	close(a.done)
	a.tcp.Close()
	a.udp.Close()
	a.wait.Wait()
}

// hold waits for the end of the TCP connection.
func (a *association) hold() {
	_, _ = io.Copy(io.Discard, a.tcp)
	close(a.gone)
}

// receive hands on datagrams, until the socket is closed.
func (a *association) receive() {
	b := make([]byte, maxDatagram)
	for {
		n, err := a.udp.Read(b) // of a connected socket: nobody else's datagrams
		if errors.Is(err, net.ErrClosed) {
			return
		}
		d := datagram{bad: err}
		if err == nil {
			d = readDatagram(b[:n])
		}
		select {
		case a.in <- d:
		case <-a.done:
			return
		}
	}
}

// readDatagram returns a datagram that does not share b.
func readDatagram(b []byte) datagram {
	from, data, err := parseDatagram(b)
	if err != nil {
		return datagram{bad: fmt.Errorf("what arrived is no SOCKS datagram: %w", err)}
	}
	return datagram{from: from, data: bytes.Clone(data)}
}

// send sends a datagram to an address.
func (a *association) send(to netip.AddrPort, data []byte) error {
	head := []byte{0, 0, 0} // reserved, and no fragment
	head, err := protocol.AppendTarget(head, protocol.Address{Host: to.Addr().String(), Port: to.Port()})
	if err != nil {
		return err
	}
	_, err = a.udp.Write(append(head, data...))
	return err
}

// handshake has the dialogue of an association, and returns a socket that is connected to where
// the inbound takes datagrams.
func handshake(tcp net.Conn) (*net.UDPConn, error) {
	// One method of login: none. Then the command, for datagrams from any address of ours.
	if _, err := tcp.Write([]byte{version5, 1, noLogin}); err != nil {
		return nil, noReply(err)
	}
	var chosen [2]byte
	if _, err := io.ReadFull(tcp, chosen[:]); err != nil {
		return nil, noReply(err)
	}
	switch {
	case chosen[0] != version5:
		return nil, &said{text: notSOCKS, of: talking}
	case chosen[1] != noLogin:
		return nil, &said{text: wantsLogin, of: talking}
	}
	if _, err := tcp.Write([]byte{version5, udpAssociate, 0, addrIPv4, 0, 0, 0, 0, 0, 0}); err != nil {
		return nil, noReply(err)
	}
	at, err := readReply(tcp)
	if err != nil {
		return nil, err
	}
	relay, err := relayAddr(at, tcp.RemoteAddr())
	if err != nil {
		return nil, err
	}
	conn, err := net.Dial("udp", relay)
	if err != nil {
		return nil, &said{text: "datagrams can't be sent to " + relay + ": " + plain(err), of: dialling, err: err}
	}
	return conn.(*net.UDPConn), nil
}

// relayAddr returns where the inbound takes datagrams: where it says so, and on its own host
// where it says only the port.
func relayAddr(at protocol.Address, inbound net.Addr) (string, error) {
	if at.Port == 0 {
		return "", failed("the client's SOCKS inbound takes datagrams at port 0")
	}
	if to := numeric(at); to.IsValid() && !to.Addr().IsUnspecified() {
		return to.String(), nil
	}
	host, _, err := net.SplitHostPort(inbound.String())
	return net.JoinHostPort(host, strconv.Itoa(int(at.Port))), err
}
