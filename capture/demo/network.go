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

// The hosts that the clients' streams ask for.
const (
	siteHost    = "www.example"
	filesHost   = "files.example"
	chatHost    = "chat.example"
	addressHost = "2001:db8::80"
	slowHost    = "slow.example"    // takes long to connect
	refusedHost = "refused.example" // refuses connections
	echoHost    = "dns.example"     // is the UDP echo
	echoPort    = 53
)

// The slow target takes slowLeast to connect, and up to slowMore on top. Together they
// stay below session.SYNACKTimeout.
const (
	slowLeast = 1100 * time.Millisecond
	slowMore  = 900 * time.Millisecond
)

// dialTarget is [peer.ServerConfig.Dial] of the server. All hosts that accept
// connections are the web target.
func (d *Demo) dialTarget(ctx context.Context, target protocol.Address) (net.Conn, error) {
	switch target.Host {
	case refusedHost:
		return nil, errors.New("dial tcp " + target.String() + ": connect: connection refused")
	case slowHost:
		if !d.pause(ctx, slowLeast+rand.N(slowMore)) {
			return nil, context.Cause(ctx)
		}
	case siteHost, filesHost, chatHost, addressHost:
	default:
		return nil, errors.New("lookup " + target.Host + ": no such host")
	}
	return new(net.Dialer).DialContext(ctx, "tcp", d.targets.web.Addr().String())
}

// listenPacket is [peer.ServerConfig.ListenPacket] of the server: a real socket that
// knows the echo target by its name.
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

// named is a socket that replaces one address by a name, and the name by the address.
type named struct {
	peer.PacketConn
	name, address protocol.Address
}

// ReadFrom implements [peer.PacketConn].
func (n named) ReadFrom(b []byte) (int, protocol.Address, error) {
	size, from, err := n.PacketConn.ReadFrom(b)
	if from == n.address {
		from = n.name
	}
	return size, from, err
}

// WriteTo implements [peer.PacketConn].
func (n named) WriteTo(b []byte, to protocol.Address) error {
	if to == n.name {
		to = n.address
	}
	return n.PacketConn.WriteTo(b, to)
}

// fallbackTimeout is how long the fallback waits for the first line of a client.
const fallbackTimeout = 10 * time.Second

// The fallback's answer to a request of HTTP.
const (
	fallbackText = "Nothing to see here.\n"
	fallbackHead = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n"
)

// serveFallback is [peer.ServerConfig.Fallback] of the server. It answers HTTP with a
// web page. To everything else, such as a wrong password, it says nothing.
func serveFallback(conn net.Conn) {
	if err := conn.SetDeadline(time.Now().Add(fallbackTimeout)); err != nil {
		return
	}
	line, err := bufio.NewReader(conn).ReadSlice('\n')
	if err == nil && protocol.IsOtherProtocol(line) {
		_, _ = io.WriteString(conn, fallbackHead+fallbackText) // the client notices an error
	}
}
