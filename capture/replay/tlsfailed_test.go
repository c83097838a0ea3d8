package replay_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/gopacket/gopacket/layers"

	"anytls-inspect/capture"
	"anytls-inspect/protocol"
	"anytls-inspect/protocol/session"
)

// refusal returns the tape of a handshake that fails.
func refusal(t testing.TB, client, server *tls.Config) *tape {
	t.Helper()
	var (
		tp   tape
		mu   sync.Mutex
		keys bytes.Buffer
	)
	a, b := net.Pipe()
	client.ServerName, client.KeyLogWriter = "anytls.example", &keys
	server.Certificates = []tls.Certificate{certificate(t)}
	shaken := make(chan error, 1)
	go func() {
		defer b.Close()
		s := tls.Server(&tapedConn{b, protocol.ServerToClient, &mu, &tp}, server)
		err := s.Handshake()
		if err == nil {
			_, err = s.Read(make([]byte, 1))
		}
		shaken <- err
	}()
	c := tls.Client(&tapedConn{a, protocol.ClientToServer, &mu, &tp}, client)
	err := c.Handshake()
	if err == nil {
		_, err = c.Read(make([]byte, 1))
	}
	_ = a.Close()
	if other := <-shaken; err == nil || other == nil {
		t.Fatalf("the handshake does not fail: %v, %v", err, other)
	}
	tp.keys = keys.Bytes()
	return &tp
}

// TestTLSFailed: a handshake that an end of the connection refused, or left, is one that
// failed, with what the end said and what to do.
func TestTLSFailed(t *testing.T) {
	config := func(version uint16) *tls.Config { return &tls.Config{MinVersion: version, MaxVersion: version} }
	open := func(version uint16) *tls.Config {
		c := config(version)
		c.InsecureSkipVerify = true
		return c
	}
	wantsCertificate := config(tls.VersionTLS13)
	wantsCertificate.ClientAuth = tls.RequireAnyClientCert
	alpn := func(c *tls.Config, name string) *tls.Config {
		c.NextProtos = []string{name}
		return c
	}
	const (
		trust  = ": the client does not trust the server's certificate: let it trust the CA that issued it, give it the name that the certificate is for, or let it skip verification"
		common = ": client and server have no TLS version or cipher suite in common, or one wants of the other what it does not have"
		failed = "the TLS handshake did not finish; "
	)
	for _, tt := range []struct {
		name           string
		client, server *tls.Config
		keys           bool
		want           string
	}{
		{"no trust", config(tls.VersionTLS12), config(tls.VersionTLS12), false, "client: " + failed + "the client sent the TLS alert bad_certificate" + trust},
		{"no trust, with keys", config(tls.VersionTLS13), config(tls.VersionTLS13), true, "client: " + failed + "the client sent the TLS alert bad_certificate" + trust},
		{"no version in common", open(tls.VersionTLS13), config(tls.VersionTLS12), false, "server: " + failed + "the server sent the TLS alert protocol_version" + common},
		{
			"no ALPN in common", alpn(open(tls.VersionTLS13), "a"), alpn(config(tls.VersionTLS13), "b"), false,
			"server: " + failed + "the server sent the TLS alert no_application_protocol: client and server have no ALPN in common",
		},
		{"no certificate of the client", open(tls.VersionTLS13), wantsCertificate, true, "server: the server sent the TLS alert certificate_required: the server wants a certificate of the client, and another than it got"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			tp := refusal(t, tt.client, tt.server)
			if !tt.keys {
				tp.keys = nil
			}
			p := over(t, tp, segmentsOf(tp, 1460, 7))
			wants(t, p.closings(), "1 TLS failed, closed by "+tt.want)
			if n := decode(p).Totals().Diagnostics[session.CodeTLSFailed]; n != 1 {
				t.Errorf("%d diagnostics", n)
			}
			// In one direction, too, an alert is its sender's word.
			dir := peerOf(tt.want).Toward().Reverse()
			one := slices.DeleteFunc(segmentsOf(tp, 1460, 7), func(s segment) bool { return s.dir != dir })
			got := over(t, tp, one)
			want := "1 TLS failed, closed by " + tt.want
			if tt.keys { // the other Finished is not seen
				want = strings.Replace(want, ": the server sent", ": "+failed+"the server sent", 1)
			}
			wants(t, got.closings(), want)
		})
	}
	t.Run("an alert that can't be read", func(t *testing.T) {
		tp := refusal(t, config(tls.VersionTLS13), config(tls.VersionTLS13))
		tp.keys = nil
		if c := over(t, tp, segmentsOf(tp, 1460, 7)).closings(); len(c) != 1 || !strings.HasPrefix(c[0], "1 closed by client: no key for it: ") {
			t.Errorf("closings %q", c)
		}
	})
	t.Run("an alert behind the hellos that nothing protects", func(t *testing.T) {
		tp := tapeOf(t, versions(tls.VersionTLS13), smallTalk(t, 1, 100))
		tp.keys = nil
		c := connect(1460, 7)
		c.play(&tape{writes: tp.writes[:2]})
		c.send(up, []byte{21, 3, 3, 0, 2, 2, 48})
		c.fin()
		wants(t, over(t, tp, c.segments).closings(), "1 TLS failed, closed by client: "+failed+"the client sent the TLS alert unknown_ca"+trust)
	})
}

// peerOf returns the peer that a line begins with.
func peerOf(line string) protocol.Peer {
	if strings.HasPrefix(line, protocol.Server.String()) {
		return protocol.Server
	}
	return protocol.Client
}

// TestCutHandshake: an end that leaves in the middle of the handshake fails it where the
// capture shows both directions, and not where it may lack the rest.
func TestCutHandshake(t *testing.T) {
	tp := tapeOf(t, versions(tls.VersionTLS12), smallTalk(t, 2, 100))
	tp.keys = nil
	const lost = "the TLS handshake did not finish; "
	for _, tt := range []struct {
		name  string
		build func(c *tcp)
		want  string
	}{
		{
			"FIN of the client", func(c *tcp) { c.play(&tape{writes: tp.writes[:2]}); c.fin() },
			"1 TLS failed, closed by client: " + lost + "the client ended its TCP stream without close_notify; it may not trust the server's certificate, or have waited for too long",
		},
		{
			"FIN of the server", func(c *tcp) { c.play(&tape{writes: tp.writes[:1]}); c.add(down, "FA", nil); c.add(up, "FA", nil) },
			"1 TLS failed, closed by server: " + lost + "the server ended its TCP stream without close_notify; it may want another SNI, or be none of TLS",
		},
		{
			"RST of the client", func(c *tcp) { c.play(&tape{writes: tp.writes[:2]}); c.add(up, "R", nil) },
			"1 TLS failed, closed by client: " + lost + "the client reset its connection; it may not trust the server's certificate, or have waited for too long",
		},
		{"the capture ends", func(c *tcp) { c.play(&tape{writes: tp.writes[:2]}) }, "1 closed by capture: " + lost + "the capture ends"},
		{"one direction", func(c *tcp) {
			c.play(&tape{writes: tp.writes[:2]})
			c.fin()
			c.segments = slices.DeleteFunc(c.segments, func(s segment) bool { return s.dir == down })
		}, "1 closed by client: the capture has no data of the server's direction; capture where both directions pass; the client ended its TCP stream without close_notify"},
		{"the server's flight is missing", func(c *tcp) {
			c.play(&tape{writes: tp.writes[:1]})
			was := len(c.segments)
			c.add(down, "A", tp.writes[1].data)
			c.segments = slices.Delete(c.segments, was, was+1)
			c.add(up, "A", nil)
			c.add(up, "R", nil)
		}, "1 closed by client: the capture has no data of the server's direction; capture where both directions pass; the client reset its connection"},
		{"keys are missing", func(c *tcp) { c.play(tp); c.fin() }, "1 closed by client: no key for it: "},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := connect(1460, 7)
			tt.build(c)
			got := over(t, tp, c.segments).closings()
			if len(got) == 1 && strings.HasSuffix(tt.want, ": ") {
				got[0] = got[0][:min(len(got[0]), len(tt.want))]
			}
			wants(t, got, tt.want)
		})
	}
}

// TestTLSFailedOnLegs: TLS of a recorded leg fails with the leg's peer, whoever said so. Where
// the relay leaves, the other leg is why.
func TestTLSFailedOnLegs(t *testing.T) {
	tp := refusal(t, &tls.Config{MaxVersion: tls.VersionTLS12}, &tls.Config{MaxVersion: tls.VersionTLS12})
	refused := segmentsOf(tp, 1460, 1)
	cut := connect(1460, 1)
	cut.play(&tape{writes: tp.writes[:2]})
	cut.fin()
	const failed = "the TLS handshake did not finish; "
	for _, tt := range []struct {
		leg      capture.Leg
		segments []segment
		want     string // the beginning
	}{
		{capture.ClientLeg, refused, "1 TLS failed, closed by client: " + failed + "the client sent the TLS alert bad_certificate: the client does not trust the relay's certificate"},
		{capture.ServerLeg, refused, "1 TLS failed, closed by server: " + failed + "the relay sent the TLS alert bad_certificate: the relay does not trust the server's certificate"},
		{capture.ClientLeg, cut.segments, "1 TLS failed, closed by client: " + failed + "the client ended its TCP stream without close_notify; it may not trust the relay's certificate"},
		{capture.ServerLeg, cut.segments, "1 closed by client: " + failed + "the client ended its TCP stream without close_notify"},
	} {
		packets := packetsOf(t, ethernet(), routeOf(50000), tt.segments)
		got := file(t, ngFile(t, layers.LinkTypeEthernet, packets, nil, 0, tt.leg.InterfaceName()), nil).closings()
		if len(got) != 1 || !strings.HasPrefix(got[0], tt.want) {
			t.Errorf("%v leg: %q, want %q", tt.leg, got, tt.want)
		}
	}
}
