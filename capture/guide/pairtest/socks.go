package pairtest

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"sync"

	"anytls-inspect/capture/peer"
	"anytls-inspect/protocol"
)

// An inbound is what SOCKS5 connections are passed on to.
type inbound struct {
	// dial connects to a target. ctx ends with serve.
	dial func(ctx context.Context, target protocol.Address) (net.Conn, error)
	// associate opens a socket for datagrams; nil: UDP is refused. The hint is the address that
	// the client named, which may be 0.0.0.0:0.
	associate func(ctx context.Context, hint protocol.Address) (peer.PacketConn, error)
	hangUp    bool   // UDP is refused without a reply
	early     uint64 // connections that come before it is ready
}

// The parts of SOCKS5 that are used here (RFC 1928).
const (
	socksVersion = 5
	noLogin      = 0
	connect      = 1
	associate    = 3

	succeeded     = 0
	failed        = 1
	noSuchCommand = 7
)

// serve serves SOCKS5 at a listener until ctx ends, and then returns nil: CONNECT and UDP
// ASSOCIATE, without a login. It closes the listener, and all connections.
func (to *inbound) serve(ctx context.Context, l net.Listener) error {
	ctx, cancel := context.WithCancel(ctx)
	stop := context.AfterFunc(ctx, func() { l.Close() })
	defer stop()
	var conns sync.WaitGroup
	defer conns.Wait()
	defer cancel() // runs before Wait
	for n := uint64(0); ; n++ {
		conn, err := l.Accept()
		switch {
		case err != nil && ctx.Err() != nil:
			return nil
		case err != nil:
			l.Close()
			return err
		}
		conns.Go(func() {
			defer conn.Close()
			stop := context.AfterFunc(ctx, func() { conn.Close() })
			defer stop()
			// The client sees by its connection's end that it came to nothing.
			if n >= to.early {
				_ = to.serveConn(ctx, conn)
			} else {
				_ = closeEarly(conn, n%2 > 0)
			}
		})
	}
}

// closeEarly reads what a connection is for, and passes it on nowhere. It may say that it succeeded.
func closeEarly(conn net.Conn, replies bool) error {
	if _, _, err := greet(conn, bufio.NewReader(conn)); err != nil || !replies {
		return err
	}
	return reply(conn, succeeded, protocol.Address{Host: "0.0.0.0"})
}

// serveConn serves one connection until it ends.
func (to *inbound) serveConn(ctx context.Context, conn net.Conn) error {
	in := bufio.NewReader(conn)
	command, target, err := greet(conn, in)
	if err != nil {
		return err
	}
	switch {
	case command == connect:
		remote, err := to.dial(ctx, target)
		if err != nil {
			return errors.Join(err, reply(conn, failed, protocol.Address{Host: "0.0.0.0"}))
		}
		defer remote.Close()
		if err := reply(conn, succeeded, protocol.Address{Host: "0.0.0.0"}); err != nil {
			return err
		}
		splice(conn, in, remote)
		return nil
	case command == associate && to.hangUp:
		return nil
	case command == associate && to.associate != nil:
		return to.serveDatagrams(ctx, conn, in, target)
	default:
		return reply(conn, noSuchCommand, protocol.Address{Host: "0.0.0.0"})
	}
}

// greet reads the client's greeting and its request.
func greet(conn net.Conn, in *bufio.Reader) (command byte, target protocol.Address, err error) {
	var head [3]byte
	if _, err = io.ReadFull(in, head[:2]); err != nil {
		return 0, target, err
	}
	if head[0] != socksVersion {
		return 0, target, fmt.Errorf("version %d of SOCKS", head[0])
	}
	if _, err = in.Discard(int(head[1])); err != nil {
		return 0, target, err
	}
	if _, err = conn.Write([]byte{socksVersion, noLogin}); err != nil {
		return 0, target, err
	}
	if _, err = io.ReadFull(in, head[:]); err != nil {
		return 0, target, err
	}
	target, err = readTarget(in)
	return head[1], target, err
}

// readTarget reads an address. It may wait for one byte more at a time, and for no more than the
// address has.
func readTarget(in *bufio.Reader) (protocol.Address, error) {
	for n := 1; ; n++ {
		b, err := in.Peek(n)
		if err != nil {
			return protocol.Address{}, err
		}
		target, length, err := protocol.ParseTarget(b)
		if errors.Is(err, protocol.ErrShort) {
			continue
		}
		if err == nil {
			_, err = in.Discard(length)
		}
		return target, err
	}
}

// reply answers a request.
func reply(conn net.Conn, code byte, bound protocol.Address) error {
	b, err := protocol.AppendTarget([]byte{socksVersion, code, 0}, bound)
	if err != nil {
		return err
	}
	_, err = conn.Write(b)
	return err
}

// splice copies both ways until either side ends, and closes both. in reads the connection.
func splice(conn net.Conn, in io.Reader, remote net.Conn) {
	var both sync.WaitGroup
	defer both.Wait()
	both.Go(func() {
		_, _ = io.Copy(conn, remote) // the connection's end says it all
		conn.Close()
	})
	_, _ = io.Copy(remote, in)
	remote.Close()
}
