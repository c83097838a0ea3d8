package peer

import (
	"bufio"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

// rawClient connects with TLS and nothing else.
func (p pair) rawClient(t *testing.T, addr string) *tls.Conn {
	t.Helper()
	conn, err := tls.Dial("tcp", addr, p.clientConfig(addr).TLS)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(patience)); err != nil {
		t.Fatal(err)
	}
	return conn
}

func preamble(password string, padding uint16) []byte {
	return protocol.Preamble{Hash: protocol.HashPassword(password), Padding: padding}.Append(nil)
}

// wire returns frames as bytes.
func wire(frames ...frame) (b []byte) {
	for _, f := range frames {
		b, _ = protocol.AppendFrame(b, f.command, f.stream, f.data)
	}
	return b
}

func settingsFrame(text string) frame { return frame{protocol.Settings, 0, []byte(text)} }

func TestWrongPassword(t *testing.T) {
	p := newPair(t)
	addr := p.serve(t, ServerConfig{Dial: echo})
	cfg := p.clientConfig(addr)
	cfg.Password = "wrong"
	c := dial(t, cfg)
	<-c.Done()
	if !errors.Is(c.Err(), ErrClosedByPeer) {
		t.Errorf("Err = %v, want ErrClosedByPeer", c.Err())
	}
	conn := p.rawClient(t, addr)
	if _, err := conn.Write(preamble("wrong", 3)); err != nil {
		t.Fatal(err)
	}
	if got, err := io.ReadAll(conn); len(got) > 0 || err != nil {
		t.Errorf("the server said %q, %v", got, err)
	}
}

// TestFallback: the fallback reads all that a client of another protocol sent, even a
// request that is shorter than a preamble.
func TestFallback(t *testing.T) {
	p := newPair(t)
	web := newOneByOne()
	page := &http.Server{
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			fmt.Fprintf(w, "you asked for %s", r.URL.Path)
		}),
		ReadHeaderTimeout: patience,
	}
	go func() { _ = page.Serve(web) }()
	t.Cleanup(func() { page.Close() })
	addr := p.serve(t, ServerConfig{Fallback: web.hand})

	for _, request := range []string{
		"GET /a HTTP/1.0\r\n\r\n",
		"GET /b HTTP/1.1\r\nHost: server.test\r\nConnection: close\r\nX-Long: " + strings.Repeat("x", 2000) + "\r\n\r\n",
	} {
		conn := p.rawClient(t, addr)
		if _, err := io.WriteString(conn, request); err != nil {
			t.Fatal(err)
		}
		response, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(response.Body)
		response.Body.Close()
		if want := "you asked for " + request[4:6]; string(body) != want || err != nil {
			t.Errorf("the answer is %q, %v; want %q", body, err, want)
		}
	}
}

// A oneByOne is a listener whose connections are handed to it one by one.
type oneByOne struct {
	conns chan net.Conn
	done  chan struct{}
}

func newOneByOne() *oneByOne { return &oneByOne{make(chan net.Conn), make(chan struct{})} }

// hand hands over a connection, and returns when it is closed.
func (l *oneByOne) hand(conn net.Conn) {
	closed := make(chan struct{})
	l.conns <- closing{conn, closed}
	<-closed
}

type closing struct {
	net.Conn
	closed chan struct{}
}

func (c closing) Close() error {
	defer func() {
		select {
		case <-c.closed:
		default:
			close(c.closed)
		}
	}()
	return c.Conn.Close()
}

func (l *oneByOne) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.done:
		return nil, net.ErrClosed
	}
}

func (l *oneByOne) Close() error {
	select {
	case <-l.done:
	default:
		close(l.done)
	}
	return nil
}

func (l *oneByOne) Addr() net.Addr { return &net.TCPAddr{} }

// TestPreambleInPieces sends a preamble and what follows byte by byte, each in a
// record of its own.
func TestPreambleInPieces(t *testing.T) {
	p := newPair(t)
	conn := p.rawClient(t, p.serve(t, ServerConfig{Dial: echo}))
	all := append(preamble(testPassword, 40), wire(
		settingsFrame("v=2\npadding-md5=x"), frame{command: protocol.SYN, stream: 1}, frame{command: protocol.HeartRequest, stream: 5},
	)...)
	for i := range all {
		if _, err := conn.Write(all[i : i+1]); err != nil {
			t.Fatal(err)
		}
	}
	got := readFrames(t, conn, protocol.HeartResponse)
	if got != "UpdatePaddingScheme 0; ServerSettings 0 v=2; HeartResponse 5" {
		t.Errorf("the server sent %s", got)
	}
}

// readFrames reads frames until one of the given command, and names them, with
// their text where it is short.
func readFrames(t *testing.T, conn net.Conn, until protocol.Command) string {
	t.Helper()
	var names []string
	for {
		var head [protocol.HeaderLen]byte
		if _, err := io.ReadFull(conn, head[:]); err != nil {
			t.Fatalf("after %v: %v", names, err)
		}
		h, _ := protocol.ParseHeader(head[:])
		data := make([]byte, h.Length)
		if _, err := io.ReadFull(conn, data); err != nil {
			t.Fatal(err)
		}
		name := fmt.Sprintf("%v %d", h.Command, h.Stream)
		if len(data) > 0 && len(data) < 100 {
			name += " " + string(data)
		}
		if names = append(names, name); h.Command == until {
			return strings.Join(names, "; ")
		}
	}
}

func TestSYNBeforeSettings(t *testing.T) {
	p := newPair(t)
	conn := p.rawClient(t, p.serve(t, ServerConfig{Dial: echo}))
	b := append(preamble(testPassword, 0), wire(
		frame{command: protocol.Waste, data: make([]byte, 20)}, frame{command: protocol.HeartRequest},
		frame{command: protocol.SYN, stream: 1}, frame{command: protocol.PSH, stream: 1, data: make([]byte, 60_000)},
	)...)
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
	if got := readFrames(t, conn, protocol.Alert); !strings.HasSuffix(got, "Alert 0 client did not send its settings") {
		t.Errorf("the server sent %s", got)
	}
	if err := conn.CloseWrite(); err != nil {
		t.Error(err)
	}
	rest, err := io.ReadAll(conn)
	if len(rest) > protocol.HeaderLen || err != nil { // the HeartResponse may come late
		t.Errorf("after the Alert the server sent %x, %v", rest, err)
	}
}

// TestVersion1: a client of version 1 gets no ServerSettings and no SYNACK.
func TestVersion1(t *testing.T) {
	p := newPair(t)
	conn := p.rawClient(t, p.serve(t, ServerConfig{Dial: echo}))
	target, err := protocol.AppendTarget(nil, testTarget)
	if err != nil {
		t.Fatal(err)
	}
	md5 := parseScheme(t, protocol.DefaultPaddingScheme).MD5()
	b := append(preamble(testPassword, 0), wire(
		settingsFrame("v=1\npadding-md5="+md5), frame{command: protocol.SYN, stream: 1},
		frame{protocol.PSH, 1, append(target, "hello"...)}, frame{command: protocol.SYN, stream: 1},
	)...)
	if _, err := conn.Write(b); err != nil {
		t.Fatal(err)
	}
	if got := readFrames(t, conn, protocol.PSH); got != "PSH 1 hello" {
		t.Errorf("the server sent %s", got)
	}
	if _, err := conn.Write(wire(frame{command: protocol.FIN, stream: 1}, frame{command: protocol.HeartRequest})); err != nil {
		t.Fatal(err)
	}
	if got := readFrames(t, conn, protocol.HeartResponse); got != "HeartResponse 0" {
		t.Errorf("the server sent %s: a FIN is not answered", got)
	}
}

func TestSYNACK(t *testing.T) {
	p := newPair(t)
	dialled := make(chan protocol.Address, 2)
	release := make(chan struct{})
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{
		Dial: func(ctx context.Context, target protocol.Address) (net.Conn, error) {
			dialled <- target
			if target != testTarget {
				return nil, errTest
			}
			select {
			case <-release:
				return echo(ctx, target)
			case <-ctx.Done():
				return nil, ctx.Err()
			}
		},
	})))
	slow := openStream(t, c)
	if got := <-dialled; got != testTarget {
		t.Errorf("the server was asked for %v", got)
	}
	refused, err := c.OpenStream(t.Context(), protocol.Address{Host: "::1", Port: 22})
	if err != nil {
		t.Fatal(err)
	}
	defer refused.Close()
	_, err = refused.Read(make([]byte, 1))
	var refusal *RefusedError
	if !errors.As(err, &refusal) || refusal.Stream != 2 || refusal.Text != errTest.Error() {
		t.Fatalf("Read: %v, want the server's reason", err)
	}
	if _, err := refused.Write([]byte("x")); !errors.As(err, &refusal) {
		t.Errorf("Write: %v, want the server's reason", err)
	}
	// The other stream goes on, and what was sent in the meantime is not lost.
	if _, err := slow.Write([]byte("early")); err != nil {
		t.Fatal(err)
	}
	if _, err := c.Heartbeat(t.Context()); err != nil {
		t.Errorf("a stream that is slow to open held up a heartbeat: %v", err)
	}
	close(release)
	got := make([]byte, 5)
	if _, err := io.ReadFull(slow, got); err != nil || string(got) != "early" {
		t.Errorf("read %q, %v", got, err)
	}
}

// TestDialEnds: the end of a stream ends the wait for its target.
func TestDialEnds(t *testing.T) {
	p := newPair(t)
	dialling, ended := make(chan struct{}, 2), make(chan error, 2)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{
		Dial: func(ctx context.Context, _ protocol.Address) (net.Conn, error) {
			dialling <- struct{}{}
			<-ctx.Done()
			ended <- context.Cause(ctx)
			return nil, ctx.Err()
		},
	})))
	s := openStream(t, c)
	<-dialling
	s.Close()
	if err := <-ended; !errors.Is(err, ErrStreamEnded) {
		t.Errorf("the stream ended: %v", err)
	}
	openStream(t, c)
	<-dialling
	c.Close()
	if err := <-ended; !errors.Is(err, ErrClosedByPeer) {
		t.Errorf("the session ended: %v", err)
	}
}

// TestStuckTarget: a target that neither reads nor writes does not outlive its stream by
// much. The server waits for it at the test's end.
func TestStuckTarget(t *testing.T) {
	p := newPair(t)
	dialled := make(chan net.Conn, 1)
	c := dial(t, p.clientConfig(p.serve(t, ServerConfig{
		Dial: func(context.Context, protocol.Address) (net.Conn, error) {
			near, far := net.Pipe()
			dialled <- far
			return near, nil
		},
	})))
	s := openStream(t, c)
	if _, err := s.Write(make([]byte, 40_000)); err != nil {
		t.Fatal(err)
	}
	target := <-dialled
	if _, err := io.ReadFull(target, make([]byte, 10_000)); err != nil {
		t.Fatal(err)
	}
	s.Close()
	// The target can still read what came before the FIN.
	if _, err := io.ReadFull(target, make([]byte, 20_000)); err != nil {
		t.Error(err)
	}
}
