package peer

import (
	"context"
	"io"
	"net"
	"testing"

	"anytls-inspect/protocol"
)

// pipeEnd starts an end of a session on a pipe, hands it bytes as if they had
// been read, and waits for its goroutines.
func pipeEnd(e *endpoint, far net.Conn, first []byte, wait func()) {
	drained := make(chan struct{})
	go func() {
		defer close(drained)
		_, _ = io.Copy(io.Discard, far)
	}()
	e.start(first)
	_, _ = far.Write([]byte{0}) // returns once first was decoded, or the session has ended
	far.Close()
	e.loops.Wait()
	wait()
	<-drained
}

// FuzzServer hands a server what a client with the password could send.
func FuzzServer(f *testing.F) {
	target, err := protocol.AppendTarget(nil, testTarget)
	if err != nil {
		f.Fatal(err)
	}
	settings := settingsFrame("v=2\npadding-md5=x")
	syn := frame{command: protocol.SYN, stream: 1}
	f.Add(wire(syn))
	f.Add(wire(settings, syn, frame{protocol.PSH, 1, append(target, "hello"...)}, frame{command: protocol.FIN, stream: 1}))
	f.Add(wire(settings, settings, syn, syn, frame{protocol.PSH, 1, []byte{9}}, frame{command: protocol.HeartRequest, stream: 8}))
	uot, err := protocol.AppendTarget(nil, protocol.Address{Host: protocol.UoTHost})
	if err != nil {
		f.Fatal(err)
	}
	f.Add(wire(settings, syn, frame{protocol.PSH, 1, append(uot, 0, 1, 127, 0, 0, 1, 0, 53, 0, 1, 2, 3, 4, 0, 9, 0, 2, 'h', 'i')}))
	scheme, err := protocol.ParsePaddingScheme([]byte(protocol.DefaultPaddingScheme))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		near, far := net.Pipe()
		ss := newServerSession(&server{scheme: scheme, cfg: ServerConfig{
			Dial:         echo,
			ListenPacket: func(context.Context) (PacketConn, error) { return nowhere{make(chan struct{})}, nil },
		}}, near)
		pipeEnd(ss.e, far, append(preamble("", 0), b...), ss.streams.Wait)
	})
}

// nowhere is a UDP socket that loses everything.
type nowhere struct{ closed chan struct{} }

func (n nowhere) ReadFrom([]byte) (int, protocol.Address, error) {
	<-n.closed
	return 0, protocol.Address{}, net.ErrClosed
}

func (n nowhere) WriteTo([]byte, protocol.Address) error { return nil }

func (n nowhere) Close() error {
	select {
	case <-n.closed:
	default:
		close(n.closed)
	}
	return nil
}

// FuzzClient hands a client what a server could send, while a stream and a
// heartbeat wait.
func FuzzClient(f *testing.F) {
	f.Add(wire(frame{protocol.SYNACK, 1, nil}, frame{protocol.PSH, 1, []byte("x")}, frame{protocol.FIN, 1, nil}))
	f.Add(wire(frame{protocol.SYNACK, 1, []byte("no")}, frame{protocol.UpdatePaddingScheme, 0, []byte("stop=1\n0=9-9")}))
	f.Add(wire(frame{protocol.ServerSettings, 0, []byte("v=2")}, frame{protocol.HeartResponse, 0, nil}, frame{protocol.Alert, 0, []byte("no")}))
	f.Fuzz(func(t *testing.T, b []byte) {
		near, far := net.Pipe()
		c := &Client{settled: make(chan struct{})}
		c.e = newEndpoint(near, protocol.ClientToServer, nil, new(trace))
		c.e.role = c
		s := newStream(c.e, 1)
		if err := c.e.register(s); err != nil {
			t.Fatal(err)
		}
		read := make(chan struct{})
		go func() {
			defer close(read)
			_, _ = io.Copy(io.Discard, s)
			_, _ = c.Heartbeat(context.Background())
		}()
		pipeEnd(c.e, far, b, func() { <-read })
	})
}
