package traffic

import (
	"context"
	"errors"
	"io"
	"net"
	"net/netip"
	"net/url"
	"strconv"
	"sync"
)

// A Target is the destination of the traffic on loopback: over IPv4 and, where the machine has
// it, over IPv6 a web server whose bytes are known and which can be slow; over IPv4 a port that
// refuses, one that never answers, a mirror of bytes, and one of datagrams.
type Target struct {
	web     *web
	mirror  *listener
	silent  *listener
	refuses net.Conn // holds a port that nothing listens at
	udp     *net.UDPConn
	heard   sync.Map // by token, the channel that is closed when the silent port got it
	digests sync.Map // by size, of bulk data
	wait    sync.WaitGroup
}

// NewTarget starts a target. The caller has to close it.
func NewTarget() (*Target, error) {
	t := new(Target)
	if err := t.start(); err != nil {
		t.Close()
		return nil, err
	}
	return t, nil
}

func (t *Target) start() (err error) {
	if t.web, err = serveWeb(); err != nil {
		return err
	}
	if t.mirror, err = listen(sendBack); err != nil {
		return err
	}
	if t.silent, err = listen(t.hear); err != nil {
		return err
	}
	// An end of a connection holds its port: nobody can listen there. It is bound before it
	// connects, so that the system gives the port to no other connection, whose dialling could
	// then meet itself.
	bound := net.Dialer{LocalAddr: &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)}}
	if t.refuses, err = bound.DialContext(context.Background(), "tcp", t.silent.Addr().String()); err != nil {
		return err
	}
	t.udp, err = net.ListenUDP("udp", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		return err
	}
	t.wait.Go(t.sendBackDatagrams)
	return nil
}

// Close ends the target and its goroutines.
func (t *Target) Close() {
	if t.web != nil {
		t.web.Close()
	}
	if t.refuses != nil {
		t.refuses.Close()
	}
	for _, l := range []*listener{t.mirror, t.silent} {
		if l != nil {
			l.Close()
		}
	}
	if t.udp != nil {
		t.udp.Close()
	}
	t.wait.Wait()
}

// mirrorAddr, silentAddr, refusedAddr and udpAddr are where parts of the target are.
func (t *Target) mirrorAddr() string  { return t.mirror.Addr().String() }
func (t *Target) silentAddr() string  { return t.silent.Addr().String() }
func (t *Target) refusedAddr() string { return t.refuses.LocalAddr().String() }

func (t *Target) udpAddr() netip.AddrPort {
	at := t.udp.LocalAddr().(*net.UDPAddr).AddrPort()
	return netip.AddrPortFrom(at.Addr().Unmap(), at.Port())
}

// url returns a URL of the web server by a host, which is an address or a name.
func (t *Target) url(host, path string) *url.URL {
	return &url.URL{Scheme: "http", Host: net.JoinHostPort(host, strconv.Itoa(t.web.port)), Path: path}
}

// sendBack is the mirror of a connection.
func sendBack(conn net.Conn) {
	_, _ = io.Copy(conn, conn) // the other end notices an error
}

// sendBackDatagrams is the mirror of datagrams. It ends when the socket is closed.
func (t *Target) sendBackDatagrams() {
	b := make([]byte, maxDatagram)
	for {
		n, from, err := t.udp.ReadFromUDPAddrPort(b)
		if errors.Is(err, net.ErrClosed) {
			return
		}
		// Any other error is of one datagram, such as a sender that is gone.
		if err == nil {
			_, _ = t.udp.WriteToUDPAddrPort(b[:n], from)
		}
	}
}

// A token is what a connection to the silent port sends, so that its arrival can be told.
type token [16]byte

// hear is the silent port: it reads, and never answers.
func (t *Target) hear(conn net.Conn) {
	var first token
	if _, err := io.ReadFull(conn, first[:]); err != nil {
		return
	}
	if heard, waited := t.heard.LoadAndDelete(first); waited {
		close(heard.(chan struct{}))
	}
	_, _ = io.Copy(io.Discard, conn) // until the other end, or Close, closes it
}

// expect returns a channel that is closed when the silent port gets the token, and what ends the
// waiting.
func (t *Target) expect(first token) (heard <-chan struct{}, stop func()) {
	c := make(chan struct{})
	t.heard.Store(first, c)
	return c, func() { t.heard.Delete(first) }
}
