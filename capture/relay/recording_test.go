package relay_test

import (
	"bytes"
	"crypto/tls"
	"errors"
	"io"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/export/pcapng"
	"anytls-inspect/protocol"
)

// TestRecording: the bytes of both legs as they were on the wire, whatever the
// versions of TLS, much of it both ways at once, and a half-close.
func TestRecording(t *testing.T) {
	for _, client := range versions {
		for _, server := range versions {
			t.Run(tls.VersionName(client)+" to "+tls.VersionName(server), func(t *testing.T) {
				s := newRecordedRig(t, pcapng.Options{})
				c, sv, below := s.connect(client, server)
				preamble, settings := hello(t)
				exchange(t, c, sv, preamble)
				exchange(t, c, sv, settings)
				const size = 1 << 20
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
				s.await("the end", func(v *view) bool { return v.Session != nil && v.Session.Closed })
				all := s.finish()
				same(t, all, below)
				for name, c := range all {
					if !strings.HasSuffix(c.Order, "S") || strings.Count(c.Order, "C") != 1 || strings.Contains(c.Order, "R") {
						t.Errorf("%s ends with …%s", name, c.Order[max(0, len(c.Order)-10):])
					}
					if at := strings.Index(c.Order, "C"); !strings.Contains(c.Order[at:], "s") {
						t.Errorf("%s: nothing of the server after the client's end", name)
					}
					if len(c.Notes) != 1 || c.Notes[0].Text != "ended by client" {
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
		s := newRecordedRig(t, pcapng.Options{})
		c, sv, below := s.connect(tls.VersionTLS13, tls.VersionTLS13)
		preamble, settings := hello(t)
		exchange(t, c, sv, append(preamble, settings...))
		if err := errors.Join(below[from].SetLinger(0), below[from].Close()); err != nil {
			t.Fatal(err)
		}
		s.await("the end", func(v *view) bool { return v.Session != nil && v.Session.Closed })
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
		client, server func(*recordedRig, net.Conn)
		clientLeg      string // the order of its packets
		serverLeg      string
		keyed          bool // the client's leg
	}{
		{
			name: "the client does not trust the relay", clientLeg: "cscS", serverLeg: "cscC", keyed: true,
			client: func(_ *recordedRig, nc net.Conn) {
				_ = tls.Client(nc, &tls.Config{ServerName: "example.com", MaxVersion: tls.VersionTLS13}).Handshake()
				_ = nc.Close()
			},
			server: func(s *recordedRig, nc net.Conn) {
				_ = tls.Server(nc, s.cfg).Handshake()
				_, _ = io.Copy(io.Discard, nc)
				_ = nc.Close()
			},
		},
		{
			name: "the client does not speak TLS", clientLeg: "cS",
			client: func(_ *recordedRig, nc net.Conn) {
				_, _ = nc.Write([]byte("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n"))
				_, _ = io.Copy(io.Discard, nc)
			},
		},
		{
			name: "the server does not speak TLS", clientLeg: "csS", serverLeg: "csC",
			client: func(_ *recordedRig, nc net.Conn) {
				_ = tls.Client(nc, &tls.Config{ServerName: "example.com"}).Handshake()
				_, _ = io.Copy(io.Discard, nc)
			},
			server: func(_ *recordedRig, nc net.Conn) {
				_, _ = io.ReadFull(nc, make([]byte, 5))
				_, _ = nc.Write([]byte("SSH-2.0-OpenSSH_9.2\r\n"))
				_, _ = io.Copy(io.Discard, nc)
			},
		},
		{
			name: "the server hangs up", clientLeg: "cS", serverLeg: "cSC",
			client: func(_ *recordedRig, nc net.Conn) {
				_ = tls.Client(nc, &tls.Config{ServerName: "example.com"}).Handshake()
				_, _ = io.Copy(io.Discard, nc)
			},
			server: func(_ *recordedRig, nc net.Conn) {
				_ = nc.(*net.TCPConn).CloseWrite()
				_, _ = io.Copy(io.Discard, nc)
			},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			s := newRecordedRig(t, pcapng.Options{})
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
			s.await("the end", func(v *view) bool { return v.Session != nil && v.Session.Closed })
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
	s := newRecordedRig(t, pcapng.Options{})
	c, sv, below := s.connect(tls.VersionTLS13, tls.VersionTLS13)
	preamble, settings := hello(t)
	exchange(t, c, sv, preamble)
	exchange(t, c, sv, settings)
	s.order(protocol.Server, capture.WhenUnpadded)
	if got := read(t, sv); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the server read %x", got)
	}
	exchange(t, c, sv, heartRequest) // the client's own
	write(t, sv, heartResponse)      // to the relay
	exchange(t, sv, c, heartResponse)
	s.order(protocol.Server, capture.WhenUnpadded)
	if got := read(t, sv); !bytes.Equal(got, heartRequest) {
		t.Fatalf("the server read %x", got)
	}
	exchange(t, sv, c, frame(t, protocol.PSH, 1, make([]byte, 1000))) // while an answer is due
	write(t, sv, heartResponse)
	exchange(t, sv, c, frame(t, protocol.PSH, 1, nil))
	s.order(protocol.Client, capture.WhenPossible)
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
			if _, ok := capture.ParseEndNote(n.Text); ok {
				continue
			}
			// A read may have more than the answer in it, a packet with a request
			// has not.
			if len(n.Bytes) < record || len(n.Bytes) > record && strings.HasPrefix(n.Text, "injected") {
				t.Errorf("%s: %d bytes of %s", name, len(n.Bytes), n.Text)
			}
		}
		want := "injected HeartRequest, absorbed HeartResponse"
		if name == "session 1, server leg" {
			want += ", " + want
		}
		if got := strings.Join(texts, ", "); got != want+", ended by relay" {
			t.Errorf("%s: notes %q", name, got)
		}
	}
	// What was held back for its note comes before what came of it.
	var large []string
	for _, p := range s.packets {
		if n := len(p.TCP.Payload); n > 1000 && n < 1100 {
			large = append(large, p.Interface)
		}
	}
	if !slices.Equal(large, []string{"server leg", "client leg"}) {
		t.Errorf("the PSH of 1000 bytes: on %q", large)
	}
}

// TestRecordOneLeg: the other is left out.
func TestRecordOneLeg(t *testing.T) {
	for skip, want := range map[protocol.Peer]string{
		protocol.Client: "session 1, server leg", protocol.Server: "session 1, client leg",
	} {
		var o pcapng.Options
		o.Skip[skip] = true
		s := newRecordedRig(t, o)
		c, sv, _ := s.connect(tls.VersionTLS13, tls.VersionTLS13)
		preamble, settings := hello(t)
		exchange(t, c, sv, append(preamble, settings...))
		s.order(protocol.Server, capture.WhenUnpadded)
		_ = read(t, sv)
		write(t, sv, heartResponse)
		exchange(t, sv, c, frame(t, protocol.Waste, 0, nil))
		if all := s.finish(); len(all) != 1 || all[want] == nil {
			t.Errorf("without the %v's leg: %v", skip, all)
		}
	}
}
