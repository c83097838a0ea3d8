package relay_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"anytls-inspect/capture"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol/session"
)

// TestSNIAndALPN: the server sees what the client sent, and the client what the
// server chose.
func TestSNIAndALPN(t *testing.T) {
	for _, tc := range []struct {
		name           string
		sni            string // of the client
		override       string // --sni
		offered        []string
		supported      []string // by the server
		wantSNI, chose string
	}{
		{name: "passed on", sni: "a.example", offered: []string{"h2", "http/1.1"}, supported: []string{"http/1.1"}, wantSNI: "a.example", chose: "http/1.1"},
		{name: "the server chooses none", sni: "a.example", offered: []string{"h2"}, wantSNI: "a.example"},
		{name: "none sent", sni: "127.0.0.1"},
		{name: "another name for the server", sni: "a.example", override: "b.example", wantSNI: "b.example"},
		{name: "none for the server", sni: "a.example", override: "127.0.0.1"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, options{
				relay:  func(c *relay.Config) { c.SNI = tc.override },
				server: func(c *tls.Config) { c.NextProtos = tc.supported },
			})
			client, server := r.dial(func(c *tls.Config) { c.ServerName, c.NextProtos = tc.sni, tc.offered })
			if got := server.ConnectionState().ServerName; got != tc.wantSNI {
				t.Errorf("the server saw the SNI %q, want %q", got, tc.wantSNI)
			}
			if got := client.ConnectionState().NegotiatedProtocol; got != tc.chose {
				t.Errorf("the client got the ALPN %q, want %q", got, tc.chose)
			}
			if tc.chose != "" && server.ConnectionState().NegotiatedProtocol != tc.chose {
				t.Errorf("the server chose %q", server.ConnectionState().NegotiatedProtocol)
			}
			v := r.await("the handshake", func(v *view) bool { return v.Session != nil && v.Session.TLS != nil })
			want := capture.TLS{Version: "TLS 1.3", Cipher: v.Session.TLS.Cipher, ALPN: tc.chose}
			if tc.sni != "127.0.0.1" {
				want.SNI = tc.sni
			}
			if diff := cmp.Diff(want, *v.Session.TLS); diff != "" {
				t.Errorf("the journal says of TLS (-want +got):\n%s", diff)
			}
		})
	}
}

// TestHandshakeFailures: each says which leg, why, and what to do.
func TestHandshakeFailures(t *testing.T) {
	for _, tc := range []struct {
		name    string
		options options
		client  func(*tls.Config)
		by      session.Closer
		want    []string // parts of the reason
	}{
		{
			name:    "the server's CA is not known",
			options: options{relay: func(c *relay.Config) { c.Roots = nil }},
			by:      session.ClosedByServer, want: []string{"server leg", "certificate", "--server-ca", "-k"},
		},
		{
			name:    "the server's certificate is for another name",
			options: options{server: onlyFor("other.example")},
			by:      session.ClosedByServer, want: []string{"server leg", "other.example", "--sni", "-k"},
		},
		{
			name:    "nothing listens there",
			options: options{relay: func(c *relay.Config) { c.Server = "127.0.0.1:1" }},
			by:      session.ClosedByServer, want: []string{"server leg", "refused", "running there"},
		},
		{
			name: "the server speaks old TLS only",
			options: options{server: func(c *tls.Config) {
				c.MinVersion, c.MaxVersion = tls.VersionTLS10, tls.VersionTLS11
			}},
			by: session.ClosedByServer, want: []string{"server leg", "protocol version", "refused", "1.2 and 1.3"},
		},
		{
			name:   "the client does not trust the relay",
			client: func(c *tls.Config) { c.RootCAs = nil },
			by:     session.ClosedByClient, want: []string{"client leg", "anytls-inspect ca", "--cert"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, tc.options)
			cfg := &tls.Config{RootCAs: r.ca.Pool(), ServerName: "example.com"}
			if tc.client != nil {
				tc.client(cfg)
			}
			if c, err := tls.Dial("tcp", r.addr, cfg); err == nil {
				// TLS 1.3: the client hears of it only when it reads.
				_ = c.SetDeadline(time.Now().Add(patience))
				_, err = c.Read(make([]byte, 1))
				if err == nil {
					t.Error("the client's handshake succeeded")
				}
				_ = c.Close()
			}
			v := r.await("the end of the session", func(v *view) bool { return v.Session != nil && v.Session.Closed })
			for _, part := range tc.want {
				if !strings.Contains(v.Session.Reason, part) {
					t.Errorf("the reason %q does not say %q", v.Session.Reason, part)
				}
			}
			if got := v.Session.State.ClosedBy; got != tc.by {
				t.Errorf("closed by %v, want %v", got, tc.by)
			}
		})
	}
}

// TestClientsOfRSA: a client that knows RSA only, or no key exchange but RSA's, works
// through the relay, and verifies it; one that knows more is not given less for that.
func TestClientsOfRSA(t *testing.T) {
	r := newRig(t, options{})
	for _, tc := range []struct {
		name  string
		offer []uint16
		want  uint16
	}{
		{"ECDHE with RSA", []uint16{tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256}, tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256},
		{"RSA key exchange", []uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256}, tls.TLS_RSA_WITH_AES_128_GCM_SHA256},
		{"RSA key exchange with CBC", []uint16{tls.TLS_RSA_WITH_AES_256_CBC_SHA}, tls.TLS_RSA_WITH_AES_256_CBC_SHA},
		{
			"both",
			[]uint16{tls.TLS_RSA_WITH_AES_128_GCM_SHA256, tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA},
			tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA,
		},
		{
			"ECDSA too",
			[]uint16{tls.TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384, tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256},
			tls.TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			client, server := r.dial(func(c *tls.Config) { c.MaxVersion, c.CipherSuites = tls.VersionTLS12, tc.offer })
			if got := client.ConnectionState().CipherSuite; got != tc.want {
				t.Errorf("the suite is %s, want %s", tls.CipherSuiteName(got), tls.CipherSuiteName(tc.want))
			}
			write(t, client, []byte("hello"))
			if got := string(read(t, server)); got != "hello" {
				t.Errorf("the server got %q", got)
			}
		})
	}
}

// TestSuitesThatAreBroken: what crypto/tls does not do, or should not, fails the
// handshake, and the reason says so.
func TestSuitesThatAreBroken(t *testing.T) {
	r := newRig(t, options{})
	c, err := tls.Dial("tcp", r.addr, &tls.Config{
		RootCAs: r.ca.Pool(), ServerName: "example.com", MaxVersion: tls.VersionTLS12,
		CipherSuites: []uint16{tls.TLS_RSA_WITH_3DES_EDE_CBC_SHA},
	})
	if err == nil {
		t.Errorf("the handshake succeeded with %s", tls.CipherSuiteName(c.ConnectionState().CipherSuite))
		_ = c.Close()
	}
	v := r.await("the end of the session", func(v *view) bool { return v.Session != nil && v.Session.Closed })
	if want := "no TLS version or cipher suite in common"; !strings.Contains(v.Session.Reason, want) {
		t.Errorf("the reason is %q", v.Session.Reason)
	}
}

// onlyFor gives the server a certificate for one name.
func onlyFor(name string) func(*tls.Config) {
	return func(c *tls.Config) {
		issue := c.GetCertificate
		c.GetCertificate = func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return issue(&tls.ClientHelloInfo{ServerName: name})
		}
	}
}

// TestServerThatIsTheRelay: a relay that is its own server does not connect to
// itself again and again.
func TestServerThatIsTheRelay(t *testing.T) {
	ln := listen(t)
	r := newRig(t, options{
		relay: func(c *relay.Config) { c.Server = ln.Addr().String() },
		listen: func(other net.Listener) net.Listener {
			_ = other.Close()
			return ln
		},
	})
	if c, err := tls.Dial("tcp", ln.Addr().String(), &tls.Config{RootCAs: r.ca.Pool(), ServerName: "example.com"}); err == nil {
		t.Error("the client's handshake succeeded")
		_ = c.Close()
	}
	r.await("the end of the session", func(v *view) bool {
		return v.Session != nil && v.Session.Closed && strings.Contains(v.Session.Reason, "the relay itself")
	})
}

// TestClientThatIsNotTLS: plain bytes on the port are named as such.
func TestClientThatIsNotTLS(t *testing.T) {
	r := newRig(t, options{})
	c, err := net.Dial("tcp", r.addr)
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = c.Close() }()
	write(t, c, []byte("GET / HTTP/1.1\r\n\r\n"))
	v := r.await("the end of the session", func(v *view) bool { return v.Session != nil && v.Session.Closed })
	if want := "that is HTTP"; !strings.Contains(v.Session.Reason, want) {
		t.Errorf("the reason is %q", v.Session.Reason)
	}
}

// TestKeyLog: the secrets of both legs are logged.
func TestKeyLog(t *testing.T) {
	var log bytes.Buffer
	r := newRig(t, options{relay: func(c *relay.Config) { c.KeyLog = &log }})
	client, server := r.dial(nil)
	write(t, client, []byte("hello"))
	_ = read(t, server)
	r.stop()
	<-r.done
	if n := strings.Count(log.String(), "CLIENT_TRAFFIC_SECRET_0 "); n != 2 {
		t.Errorf("%d client traffic secrets, want one for each leg, in:\n%s", n, log.String())
	}
}
