package demo

import (
	"bufio"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"net"
	"strconv"
	"time"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// The names under which the demo's streams ask for its targets.
const (
	siteHost    = "www.example"
	filesHost   = "files.example"
	chatHost    = "chat.example"
	addressHost = "2001:db8::80"
	slowHost    = "slow.example"    // answers late
	refusedHost = "refused.example" // does not answer
	echoHost    = "dns.example"     // UDP
	echoPort    = 53
)

// How long the slow target takes to accept, at least, and how much longer it may
// be. The reference client would wait 3 s for its SYNACK.
const (
	slowly = 1100 * time.Millisecond
	slower = 900 * time.Millisecond
)

// dialTarget is the server's Dial: all names lead to the demo's web server.
func (d *Demo) dialTarget(ctx context.Context, target protocol.Address) (net.Conn, error) {
	switch target.Host {
	case refusedHost:
		return nil, errors.New("dial tcp " + target.String() + ": connect: connection refused")
	case slowHost:
		if !d.pause(ctx, slowly+rand.N(slower)) {
			return nil, context.Cause(ctx)
		}
	case siteHost, filesHost, chatHost, addressHost:
	default:
		return nil, errors.New("lookup " + target.Host + ": no such host")
	}
	return new(net.Dialer).DialContext(ctx, "tcp", d.targets.web.Addr().String())
}

// listenPacket is the server's ListenPacket: a real socket, on which the echo
// has its name.
func (t *targets) listenPacket(ctx context.Context) (peer.PacketConn, error) {
	conn, err := peer.ListenLoopback(ctx)
	if err != nil {
		return nil, err
	}
	host, port, err := net.SplitHostPort(t.echo.LocalAddr().String())
	if err != nil {
		conn.Close()
		return nil, err
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return named{
		PacketConn: conn,
		name:       protocol.Address{Host: echoHost, Port: echoPort},
		address:    protocol.Address{Host: host, Port: uint16(number)},
	}, nil
}

// A named socket knows one address by a name.
type named struct {
	peer.PacketConn
	name, address protocol.Address
}

// ReadFrom implements [PacketConn].
func (n named) ReadFrom(b []byte) (int, protocol.Address, error) {
	size, from, err := n.PacketConn.ReadFrom(b)
	if from == n.address {
		from = n.name
	}
	return size, from, err
}

// WriteTo implements [PacketConn].
func (n named) WriteTo(b []byte, to protocol.Address) error {
	if to == n.name {
		to = n.address
	}
	return n.PacketConn.WriteTo(b, to)
}

// fallbackTimeout bounds how long a client that does not speak AnyTLS has for its
// first line.
const fallbackTimeout = 10 * time.Second

const (
	fallbackText = "Nothing to see here.\n"
	fallbackHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
)

// serveFallback is the server's Fallback: to HTTP it is a web page, to all else,
// such as a wrong password, it says nothing.
func serveFallback(conn net.Conn) {
	if err := conn.SetDeadline(time.Now().Add(fallbackTimeout)); err != nil {
		return
	}
	line, err := bufio.NewReader(conn).ReadSlice('\n')
	if err == nil && protocol.IsOtherProtocol(line) {
		_, _ = io.WriteString(conn, fallbackHead+fallbackText) // an error is the client's to notice
	}
}
