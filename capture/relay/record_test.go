package relay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/record/pcapng"
	"anytls-inspect/capture/record/pcapng/pcapngtest"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol"
)

// A taped is an end's TCP connection, with what went over it.
type taped struct {
	*net.TCPConn
	mu      sync.Mutex
	in, out bytes.Buffer
}

func (c *taped) Read(p []byte) (int, error) {
	n, err := c.TCPConn.Read(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.in.Write(p[:n])
	return n, err
}

func (c *taped) Write(p []byte) (int, error) {
	n, err := c.TCPConn.Write(p)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.out.Write(p[:n])
	return n, err
}

// A studio is a rig that is recorded, whose ends know what went over the wire.
type studio struct {
	*rig
	path     string
	recorder *pcapng.Recorder
	keys     bytes.Buffer
	server   net.Listener
}

func newStudio(t *testing.T, o pcapng.Options) *studio {
	t.Helper()
	s := &studio{path: filepath.Join(t.TempDir(), "rec.pcapng"), server: listen(t)}
	t.Cleanup(func() { _ = s.server.Close() })
	o.Application = "test"
	var err error
	if s.recorder, err = pcapng.Create(s.path, o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = s.recorder.Close() })
	s.rig = newRig(t, options{relay: func(c *relay.Config) {
		c.Server, c.Wiretap, c.KeyLog = s.server.Addr().String(), s.recorder, &s.keys
	}})
	return s
}

// connect opens a session and returns both ends after their handshakes, with the
// connections below them.
func (s *studio) connect(client, server uint16) (c, sv *tls.Conn, below [2]*taped) {
	s.t.Helper()
	accepted := make(chan *tls.Conn, 1)
	go func() {
		defer close(accepted)
		nc, err := s.server.Accept()
		if err != nil {
			return
		}
		below[protocol.Server] = &taped{TCPConn: nc.(*net.TCPConn)}
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
	below[protocol.Client] = &taped{TCPConn: nc.(*net.TCPConn)}
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
func (s *studio) finish() map[string]*pcapngtest.Connection {
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
	packets, err := pcapngtest.Read(file)
	if err != nil {
		s.t.Fatal(err)
	}
	all, err := pcapngtest.Connections(packets)
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
func (s *studio) order(toward protocol.Peer, force bool) {
	s.t.Helper()
	if _, err := s.relay.Inject(1, toward, force); err != nil {
		s.t.Fatal(err)
	}
}

// same checks that the recording has what went over the wires at the ends.
func same(t *testing.T, all map[string]*pcapngtest.Connection, below [2]*taped) {
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

// TestRecording: the bytes of both legs as they were on the wire, whatever the
// versions of TLS, much of it both ways at once, and a half-close.
func TestRecording(t *testing.T) {
	for _, client := range versions {
		for _, server := range versions {
			t.Run(tls.VersionName(client)+" to "+tls.VersionName(server), func(t *testing.T) {
				s := newStudio(t, pcapng.Options{})
				c, sv, below := s.connect(client, server)
				preamble, settings := hello(t)
				exchange(t, c, sv, preamble)
				exchange(t, c, sv, settings)
				const size = 3 << 20
				var wg sync.WaitGroup
				for _, way := range [][2]*tls.Conn{{c, sv}, {sv, c}} {
					wg.Go(func() {
						if _, err := way[0].Write(make([]byte, size)); err != nil {
							t.Error(err)
						}
					})
					wg.Go(func() {
						if _, err := io.CopyN(io.Discard, way[1], size); err != nil {
							t.Error(err)
						}
					})
				}
				wg.Wait()
				// The client has nothing more to say; the server has.
				if err := errors.Join(c.CloseWrite(), below[protocol.Client].CloseWrite()); err != nil {
					t.Fatal(err)
				}
				if _, err := sv.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
					t.Fatalf("the server reads %v", err)
				}
				if _, err := io.Copy(io.Discard, below[protocol.Server].TCPConn); err != nil {
					t.Fatal(err)
				}
				exchange(t, sv, c, []byte("goodbye"))
				if err := errors.Join(sv.CloseWrite(), below[protocol.Server].CloseWrite()); err != nil {
					t.Fatal(err)
				}
				if rest, err := io.ReadAll(c); err != nil || len(rest) > 0 {
					t.Fatalf("the client reads %d bytes, %v", len(rest), err)
				}
				s.await("the end", func(v *journal.View) bool { return v.Session != nil && v.Session.Closed })
				all := s.finish()
				same(t, all, below)
				for name, c := range all {
					if !strings.HasSuffix(c.Order, "S") || strings.Count(c.Order, "C") != 1 || strings.Contains(c.Order, "R") {
						t.Errorf("%s ends with …%s", name, c.Order[max(0, len(c.Order)-10):])
					}
					if at := strings.Index(c.Order, "C"); !strings.Contains(c.Order[at:], "s") {
						t.Errorf("%s: nothing of the server after the client's end", name)
					}
					if len(c.Notes) > 0 {
						t.Errorf("%s: notes %q", name, c.Notes)
					}
				}
				if n := strings.Count(s.keys.String(), "\n"); n < 2 {
					t.Errorf("the key log has %d lines", n)
				}
			})
		}
	}
}

// TestRecordReset: it is one on both legs, from the side that it came from.
func TestRecordReset(t *testing.T) {
	for _, from := range []protocol.Peer{protocol.Client, protocol.Server} {
		s := newStudio(t, pcapng.Options{})
		c, sv, below := s.connect(tls.VersionTLS13, tls.VersionTLS13)
		preamble, settings := hello(t)
		exchange(t, c, sv, append(preamble, settings...))
		if err := errors.Join(below[from].SetLinger(0), below[from].Close()); err != nil {
			t.Fatal(err)
		}
		s.await("the end", func(v *journal.View) bool { return v.Session != nil && v.Session.Closed })
		all := s.finish()
		same(t, all, below)
		for name, c := range all {
			// On the client's leg the relay is the server of TCP.
			byClient := from == protocol.Client
			if !strings.HasSuffix(c.Order, "R") || c.Client.Reset != byClient || c.Server.Reset == byClient {
				t.Errorf("reset by the %v: %s has %q, by its client %v, by its server %v", from, name, c.Order, c.Client.Reset, c.Server.Reset)
			}
		}
	}
}

// TestRecordFailedHandshakes: they are recorded as far as they came.
func TestRecordFailedHandshakes(t *testing.T) {
	for _, tc := range []struct {
		name           string
		client, server func(*studio, net.Conn)
		clientLeg      string // the order of its packets
		serverLeg      string
		keyed          bool // the client's leg
	}{
		{
			name: "the client does not trust the relay", clientLeg: "cscS", serverLeg: "cscC", keyed: true,
			client: func(_ *studio, nc net.Conn) {
				_ = tls.Client(nc, &tls.Config{ServerName: "example.com", MaxVersion: tls.VersionTLS13}).Handshake()
				_ = nc.Close()
			},
			server: func(s *studio, nc net.Conn) {
				_ = tls.Server(nc, s.cfg).Handshake()
				_, _ = io.Copy(io.Discard, nc)
				_ = nc.Close()
			},
		},
		{
			name: "the client does not speak TLS", clientLeg: "cS",
			client: func(_ *studio, nc net.Conn) {
				_, _ = nc.Write([]byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"))
				_, _ = io.Copy(io.Discard, nc)
			},
		},
		{
			name: "the server does not speak TLS", clientLeg: "csS", serverLeg: "csC",
			client: func(_ *studio, nc net.Conn) {
				_ = tls.Client(nc, &tls.Config{ServerName: "example.com"}).Handshake()
				_, _ = io.Copy(io.Discard, nc)
			},
			server: func(_ *studio, nc net.Conn) {
				_, _ = io.ReadFull(nc, make([]byte, 5))
				_, _ = nc.Write([]byte("SSH-2.0-OpenSSH_9.2\r\n"))
				_, _ = io.Copy(io.Discard, nc)
			},
		},
		{
			name: "the server hangs up", clientLeg: "csS", serverLeg: "cSC",
			client: func(_ *studio, nc net.Conn) {
				_ = tls.Client(nc, &tls.Config{ServerName: "example.com"}).Handshake()
				_, _ = io.Copy(io.Discard, nc)
			},
			server: func(_ *studio, nc net.Conn) {
				_ = nc.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, nc)
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newStudio(t, pcapng.Options{})
			var wg sync.WaitGroup
			if tc.server != nil {
				wg.Go(func() {
					nc, err := s.server.Accept()
					if err != nil {
						t.Error(err)
						return
					}
					_ = nc.SetDeadline(time.Now().Add(patience))
					tc.server(s, nc)
					_ = nc.Close()
				})
			}
			nc, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			_ = nc.SetDeadline(time.Now().Add(patience))
			tc.client(s, nc)
			s.await("the end", func(v *journal.View) bool { return v.Session != nil && v.Session.Closed })
			_ = nc.Close()
			wg.Wait()
			all := s.finish()
			client, server := all["session 1, client leg"], all["session 1, server leg"]
			if client == nil || client.Order != tc.clientLeg || client.Keyed != tc.keyed {
				t.Errorf("client leg: %v, want %s", client, tc.clientLeg)
			}
			if (server != nil) != (tc.serverLeg != "") || server != nil && server.Order != tc.serverLeg {
				t.Errorf("server leg: %v, want %q", server, tc.serverLeg)
			}
		})
	}
}

// TestRecordInjections: what was injected has packets of its own, with a note; so
// have the packets with answers that were not passed on.
func TestRecordInjections(t *testing.T) {
	s := newStudio(t, pcapng.Options{})
	c, sv, below := s.connect(tls.VersionTLS13, tls.VersionTLS13)
	preamble, settings := hello(t)
	exchange(t, c, sv, preamble)
	exchange(t, c, sv, settings)
	s.order(protocol.Server, false)
	if got := read(t, sv); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the server read %x", got)
	}
	exchange(t, c, sv, heartRequest) // the client's own
	write(t, sv, heartResponse)      // to the relay
	exchange(t, sv, c, heartResponse)
	s.order(protocol.Client, true)
	if got := read(t, c); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the client read %x", got)
	}
	write(t, c, heartResponse)
	exchange(t, c, sv, frame(t, protocol.PSH, 1, []byte("x")))
	s.stop()
	_, _ = io.Copy(io.Discard, c)
	_, _ = io.Copy(io.Discard, sv)
	all := s.finish()
	same(t, all, below)
	const record = 5 + protocol.HeaderLen + 1 + 16 // TLS 1.3, AES-GCM
	for name, c := range all {
		var texts []string
		for _, n := range c.Notes {
			texts = append(texts, n.Text)
			// A read may have more than the answer in it, a packet with a request
			// has not.
			if len(n.Bytes) < record || len(n.Bytes) > record && strings.HasPrefix(n.Text, "injected") {
				t.Errorf("%s: %d bytes of %s", name, len(n.Bytes), n.Text)
			}
		}
		if got := strings.Join(texts, ", "); got != "injected HeartRequest, absorbed HeartResponse" {
			t.Errorf("%s: notes %q", name, got)
		}
	}
}

// TestRecordOneLeg: the other is left out.
func TestRecordOneLeg(t *testing.T) {
	for skip, want := range map[protocol.Peer]string{
		protocol.Client: "session 1, server leg", protocol.Server: "session 1, client leg",
	} {
		var o pcapng.Options
		o.Skip[skip] = true
		s := newStudio(t, o)
		c, sv, _ := s.connect(tls.VersionTLS13, tls.VersionTLS13)
		preamble, settings := hello(t)
		exchange(t, c, sv, append(preamble, settings...))
		s.order(protocol.Server, false)
		_ = read(t, sv)
		write(t, sv, heartResponse)
		exchange(t, sv, c, frame(t, protocol.Waste, 0, nil))
		if all := s.finish(); len(all) != 1 || all[want] == nil {
			t.Errorf("without the %v's leg: %v", skip, all)
		}
	}
}
