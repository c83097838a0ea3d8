package relay_test

import (
	"bytes"
	"crypto/tls"
	"net"
	"strings"
	"testing"
	"time"

	"anytls-inspect/capture"
	"anytls-inspect/capture/ca"
	"anytls-inspect/capture/journal"
	"anytls-inspect/capture/relay"
	"anytls-inspect/protocol/session"
)

// leaf returns a certificate for a name, of an authority of its own.
func leaf(t *testing.T, name string) *tls.Certificate {
	t.Helper()
	authority, err := ca.Ephemeral()
	if err != nil {
		t.Fatal(err)
	}
	cert, err := authority.Certificate(&tls.ClientHelloInfo{ServerName: name})
	if err != nil {
		t.Fatal(err)
	}
	return cert
}

// named makes the server's address a name.
func named(c *relay.Config) {
	_, port, _ := net.SplitHostPort(c.Server)
	c.Server = net.JoinHostPort("localhost", port)
}

// wantsName makes the server refuse, as web servers do, who shows it no name.
func wantsName(c *tls.Config) {
	c.GetConfigForClient = func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if hello.ServerName == "" {
			return new(tls.Config), nil // without a certificate: unrecognized_name
		}
		return nil, nil
	}
}

// asks makes the server ask for a certificate.
func asks(kind tls.ClientAuthType, version uint16) func(*tls.Config) {
	return func(c *tls.Config) { c.ClientAuth, c.MaxVersion = kind, version }
}

// failure returns how the session of a client with this SNI ends.
func (r *rig) failure(sni string) string {
	r.t.Helper()
	c, err := tls.Dial("tcp", r.addr, &tls.Config{RootCAs: r.ca.Pool(), ServerName: sni})
	if err == nil {
		// TLS 1.3: the client hears of it only when it reads.
		_ = c.SetDeadline(time.Now().Add(patience))
		if _, err := c.Read(make([]byte, 1)); err == nil {
			r.t.Error("the session stands")
		}
		_ = c.Close()
	}
	v := r.await("the end of the session", func(v *view) bool { return v.Session != nil && v.Session.Closed })
	if got := v.Session.State.ClosedBy; got != session.ClosedByServer {
		r.t.Errorf("closed by %v", got)
	}
	return v.Session.Reason
}

// TestClientCertificate: a server that asks for a certificate gets the given one, in
// whichever version of TLS.
func TestClientCertificate(t *testing.T) {
	given := leaf(t, "client.example")
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) {
			r := newRig(t, options{
				server: asks(tls.RequireAnyClientCert, version),
				relay:  func(c *relay.Config) { c.ClientCertificate = given },
			})
			client, server := r.dial(nil)
			if got := server.ConnectionState().PeerCertificates; len(got) == 0 || !bytes.Equal(got[0].Raw, given.Certificate[0]) {
				t.Errorf("the server got %d certificates", len(got))
			}
			write(t, client, []byte("hello"))
			if got := read(t, server); string(got) != "hello" {
				t.Errorf("the server read %q", got)
			}
		})
	}
}

// TestServerAdvice: where it is what the server was shown that it does not take, the
// reason says what to give, and names the keys of a file where a file is what says it.
// Under TLS 1.3 a server refuses the client's certificate behind the handshake.
func TestServerAdvice(t *testing.T) {
	given := leaf(t, "client.example")
	for _, tc := range []struct {
		name   string
		sni    string // of the client
		server func(*tls.Config)
		relay  func(*relay.Config)
		want   []string
		not    string
	}{
		{
			name: "no certificate, TLS 1.2", sni: "example.com", server: asks(tls.RequireAnyClientCert, tls.VersionTLS12),
			want: []string{"server leg: ", "asks for a client certificate: give --client-cert FILE and --client-key FILE"},
		},
		{
			name: "no certificate, TLS 1.3", sni: "example.com", server: asks(tls.RequireAnyClientCert, tls.VersionTLS13),
			want: []string{"server leg: ", "certificate required", "asks for a client certificate: give --client-cert FILE and --client-key FILE"},
		},
		{
			name: "no certificate, a file", sni: "example.com", server: asks(tls.RequireAnyClientCert, tls.VersionTLS13),
			relay: func(c *relay.Config) { c.FromFile = true },
			want:  []string{"give client_cert and client_key"}, not: "--",
		},
		{
			name: "another certificate, TLS 1.2", sni: "example.com", server: asks(tls.RequireAndVerifyClientCert, tls.VersionTLS12),
			relay: func(c *relay.Config) { c.ClientCertificate = given },
			want:  []string{"the server does not take the certificate of --client-cert FILE"},
		},
		{
			name: "another certificate, TLS 1.3", sni: "example.com", server: asks(tls.RequireAndVerifyClientCert, tls.VersionTLS13),
			relay: func(c *relay.Config) { c.ClientCertificate = given },
			want:  []string{"the server does not take the certificate of --client-cert FILE"},
		},
		{
			name: "no SNI, a name", sni: "127.0.0.1", server: wantsName, relay: named,
			want: []string{"unrecognized name", "since it was shown no name: likely it wants --sni localhost"}, not: "clients show it",
		},
		{
			name: "no SNI, a name in a file", sni: "127.0.0.1", server: wantsName,
			relay: func(c *relay.Config) {
				named(c)
				c.FromFile = true
			},
			want: []string{`likely it wants sni = "localhost"`},
		},
		{
			name: "no SNI, an address", sni: "127.0.0.1", server: wantsName,
			want: []string{"since it was shown no name: likely it wants --sni NAME"},
		},
		{
			name: "no SNI, a certificate for another name", sni: "127.0.0.1", server: onlyFor("other.example"), relay: named,
			want: []string{"other.example", "give --sni localhost, or -k"},
		},
		{
			name: "an unknown CA, a file", sni: "example.com",
			relay: func(c *relay.Config) { c.Roots, c.FromFile = nil, true },
			want:  []string{"give ca, or insecure = true to skip verification"},
		},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, options{server: tc.server, relay: tc.relay})
			got := r.failure(tc.sni)
			for _, part := range tc.want {
				if !strings.Contains(got, part) {
					t.Errorf("the reason %q does not say %q", got, part)
				}
			}
			if tc.not != "" && strings.Contains(got, tc.not) {
				t.Errorf("the reason %q says %q", got, tc.not)
			}
		})
	}
}

// TestAnotherService: where a server that was not shown its name answers as another
// service, the finding names --sni, and not where it was shown one.
func TestAnotherService(t *testing.T) {
	for _, tc := range []struct {
		name, sni, override string
		want                string
	}{
		{"no name", "127.0.0.1", "", `the server does not speak AnyTLS: it answered with "HTTP/1.1 400 Bad Request"; it was shown no SNI, by which it may choose what answers: give --sni localhost`},
		{"a name by the client", "example.com", "", `the server does not speak AnyTLS: it answered with "HTTP/1.1 400 Bad Request"`},
		{"a name by the relay", "127.0.0.1", "example.com", `the server does not speak AnyTLS: it answered with "HTTP/1.1 400 Bad Request"`},
		{"none by the relay", "example.com", "127.0.0.1", `the server does not speak AnyTLS: it answered with "HTTP/1.1 400 Bad Request"; it was shown no SNI, by which it may choose what answers: give --sni localhost`},
	} {
		t.Run(tc.name, func(t *testing.T) {
			r := newRig(t, options{relay: func(c *relay.Config) {
				named(c)
				c.SNI, c.Insecure = tc.override, true
			}})
			client, server := r.dial(func(c *tls.Config) { c.ServerName = tc.sni })
			preamble, _ := hello(t)
			write(t, client, preamble)
			_ = read(t, server)
			write(t, server, []byte("HTTP/1.1 400 Bad Request\r\n\r\n"))
			var got string
			r.await("the finding", func(*view) bool {
				for _, e := range journal.Look(r.journal, journal.AskDiagnostics{Window: journal.Window{Limit: 9}}).Rows {
					if d, ok := e.Notice.(session.Diagnostic); ok && d.Code == session.CodeNotAnyTLS {
						got = d.Text
					}
				}
				return got != ""
			})
			if got != tc.want {
				t.Errorf("the finding is %q, want %q", got, tc.want)
			}
		})
	}
}

// TestServerTLS: the event of both handshakes tells what was agreed on on each leg.
func TestServerTLS(t *testing.T) {
	established := make(chan capture.Event, 1)
	r := newRig(t, options{
		server: func(c *tls.Config) { c.MaxVersion = tls.VersionTLS12 },
		relay:  func(c *relay.Config) { c.SNI = "b.example" },
		sink: func(next capture.Sink) capture.Sink {
			return sinkOf(func(e *capture.Event) {
				if e.Kind == capture.Established {
					established <- *e
				}
				next.Record(e)
			})
		},
	})
	r.dial(func(c *tls.Config) { c.ServerName = "a.example" })
	e := <-established
	if e.TLS.SNI != "a.example" || e.TLS.Version != "TLS 1.3" || e.ServerTLS.SNI != "b.example" || e.ServerTLS.Version != "TLS 1.2" {
		t.Errorf("client's leg %+v, server's leg %+v", *e.TLS, *e.ServerTLS)
	}
}

type sinkOf func(*capture.Event)

func (f sinkOf) Record(e *capture.Event) { f(e) }
