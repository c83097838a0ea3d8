package relay_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"os"
	"path/filepath"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/capture/export/pcapng/pcapngtest"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
)

// A watchedConn is an end's TCP connection, with what went over it.
type watchedConn struct {
	*net.TCPConn
	mu      sync.Mutex
	in, out bytes.Buffer
}

func (c *watchedConn) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in.Write(p[:n])
	return n, err
}

func (c *watchedConn) Write(p []byte) (int, error) {
	n, err := c.TCPConn.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.Write(p[:n])
	return n, err
}

// A recordedRig is a rig that is recorded, whose ends know what went over their
// connections.
type recordedRig struct {
	*rig
	path     string
	recorder *pcapng.Recorder
	keys     bytes.Buffer
	server   net.Listener
	packets  []pcapngtest.Packet // after finish
}

func newRecordedRig(t *testing.T, o pcapng.Options) *recordedRig {
	t.Helper()
	s := &recordedRig{path: filepath.Join(t.TempDir(), "rec.pcapng"), server: listen(t)}
	t.Cleanup(func() { _ = s.server.Close() })
	o.Application = "test"
	var err error
	if s.recorder, err = pcapng.Create(s.path, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.recorder.Close() })
	s.rig = newRig(t, options{relay: func(c *relay.Config) {
		c.Server, c.Recorder, c.KeyLog = s.server.Addr().String(), s.recorder, &s.keys
	}})
	return s
}

// connect opens a session and returns both ends after their handshakes, with the
// connections below them.
func (s *recordedRig) connect(client, server uint16) (c, sv *tls.Conn, below protocol.ByPeer[*watchedConn]) {
	s.t.Helper()
	accepted := make(chan *tls.Conn, 1)
	go func() {
		defer close(accepted)
		nc, err := s.server.Accept()
		if err != nil {
			return
		}
		below[protocol.Server] = &watchedConn{TCPConn: nc.(*net.TCPConn)}
		cfg := s.cfg.Clone()
		cfg.MaxVersion = server
		conn := tls.Server(below[protocol.Server], cfg)
		_ = conn.SetDeadline(time.Now().Add(patience))
		if conn.Handshake() == nil {
			accepted <- conn
		}
	}()
	nc, err := net.Dial("tcp", s.addr)
	if err != nil {
		s.t.Fatal(err)
	}
	below[protocol.Client] = &watchedConn{TCPConn: nc.(*net.TCPConn)}
	c = tls.Client(below[protocol.Client], &tls.Config{
		RootCAs: s.ca.Pool(), ServerName: "example.com", MaxVersion: client, DynamicRecordSizingDisabled: true,
	})
	_ = c.SetDeadline(time.Now().Add(patience))
	if err := c.Handshake(); err != nil {
		s.t.Fatal(err)
	}
	sv = <-accepted
	s.t.Cleanup(func() {
		_ = nc.Close()
		_ = below[protocol.Server].Close()
	})
	return c, sv, below
}

// finish ends the relay and the recording, and returns its connections by their
// names.
func (s *recordedRig) finish() map[string]*pcapngtest.Connection {
	s.t.Helper()
	s.stop()
	<-s.done
	if err := s.recorder.Close(); err != nil {
		s.t.Fatal(err)
	}
	file, err := os.ReadFile(s.path)
	if err != nil {
		s.t.Fatal(err)
	}
	if s.packets, err = pcapngtest.Read(file); err != nil {
		s.t.Fatal(err)
	}
	all, err := pcapngtest.Connections(s.packets)
	if err != nil {
		s.t.Fatal(err)
	}
	named := make(map[string]*pcapngtest.Connection)
	for _, c := range all {
		named[c.Name] = c
	}
	if len(named) != len(all) {
		s.t.Errorf("of %d connections some have the same name", len(all))
	}
	return named
}

// order injects a request. It goes out at once or as soon as the link has let go
// of what went before it.
func (s *recordedRig) order(toward protocol.Peer, when capture.When) {
	s.t.Helper()
	if _, err := s.registry.Inject(1, request(toward, when)); err != nil {
		s.t.Fatal(err)
	}
}

// same checks that the recording has what went over the ends' connections.
func same(t *testing.T, all map[string]*pcapngtest.Connection, below protocol.ByPeer[*watchedConn]) {
	t.Helper()
	client, server := all["session 1, client leg"], all["session 1, server leg"]
	for _, x := range []struct {
		name      string
		got, want []byte
	}{
		{"from the client", client.Client.Bytes, below[protocol.Client].out.Bytes()},
		{"to the client", client.Server.Bytes, below[protocol.Client].in.Bytes()},
		{"to the server", server.Client.Bytes, below[protocol.Server].in.Bytes()},
		{"from the server", server.Server.Bytes, below[protocol.Server].out.Bytes()},
	} {
		if !bytes.Equal(x.got, x.want) {
			t.Errorf("%s: %d bytes are recorded of %d, or others", x.name, len(x.got), len(x.want))
		}
	}
	if !client.Keyed || !server.Keyed {
		t.Errorf("secrets before the server's first bytes: client leg %v, server leg %v", client.Keyed, server.Keyed)
	}
	if got, want := client.Client.Addr.String(), below[protocol.Client].LocalAddr().String(); got != want {
		t.Errorf("the client is %s, want %s", got, want)
	}
	if got, want := server.Client.Addr.String(), below[protocol.Server].RemoteAddr().String(); got != want {
		t.Errorf("the relay is %s to the server, want %s", got, want)
	}
}
