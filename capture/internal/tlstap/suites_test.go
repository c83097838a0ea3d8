package tlstap

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"slices"
	"strings"
	"testing"

	"anytls-inspect/capture/internal/keylog"
	"anytls-inspect/capture/internal/tlsrec"
	"anytls-inspect/capture/internal/tlstest"
)

// TestSuitesOfTLS12 has each suite that crypto/tls knows: with a supported one each
// record is opened, with another nothing passes for data.
func TestSuitesOfTLS12(t *testing.T) {
	opened := 0
	for _, suite := range slices.Concat(tls.CipherSuites(), tls.InsecureCipherSuites()) {
		if !slices.Contains(suite.SupportedVersions, tls.VersionTLS12) {
			continue
		}
		aead := strings.Contains(suite.Name, "GCM") || strings.Contains(suite.Name, "CHACHA20")
		if aead {
			opened++
		}
		t.Run(suite.Name, func(t *testing.T) {
			client, server := tlstest.Configs12(suite.ID)
			said := talk()
			tp := tlstest.Converse(t, client, server, said)
			got := play(t, tp, tp.Store(t).Lookup, whole)
			want := []string{"hello TLS 1.2 " + suite.Name + " sni=example.org"}
			if aead {
				want = slices.Concat(want, []string{"established"}, heard(said), orderly)
			} else {
				want = append(want, "< stopped: unsupported cipher suite: "+suite.Name,
					"> stopped: unsupported cipher suite: "+suite.Name)
				if err := got.findings[1].Err; !errors.Is(err, tlsrec.ErrSuite) {
					t.Errorf("stopped with %v, want ErrSuite", err)
				}
			}
			got.expect(t, strings.Join(want, "\n"))
			got.same(t, play(t, tp, tp.Store(t).Lookup, every(1)))
		})
	}
	if opened != 8 {
		t.Errorf("crypto/tls has %d suites with AEADs, want 8", opened)
	}
}

// TestHandshakes has the handshakes of crypto/tls that differ in more than the
// suite.
func TestHandshakes(t *testing.T) {
	set12 := func(client, server *tls.Config) {
		client.MaxVersion, client.MinVersion, server.MinVersion = tls.VersionTLS12, 0, 0
	}
	alpn := func(client, server *tls.Config) {
		client.NextProtos, server.NextProtos = []string{"h3", "h2"}, []string{"h2", "x"}
	}
	mutual := func(client, server *tls.Config) {
		client.Certificates, server.ClientAuth = []tls.Certificate{tlstest.RSACert()}, tls.RequireAnyClientCert
	}
	for _, test := range []struct {
		name string
		set  []func(client, server *tls.Config)
		want string
	}{
		{"1.3", nil, "hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org; established"},
		{
			"no SNI",
			[]func(client, server *tls.Config){func(client, _ *tls.Config) { client.ServerName = "" }},
			"hello TLS 1.3 TLS_AES_128_GCM_SHA256; established",
		},
		{"1.3 ALPN", []func(client, server *tls.Config){alpn}, "hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org; established alpn=h2"},
		{
			"1.2 ALPN",
			[]func(client, server *tls.Config){set12, alpn},
			"hello TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 sni=example.org; established alpn=h2",
		},
		{
			"1.3 client certificate",
			[]func(client, server *tls.Config){mutual},
			"hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org; established",
		},
		{
			"1.2 client certificate",
			[]func(client, server *tls.Config){set12, mutual},
			"hello TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 sni=example.org; established",
		},
		{"HelloRetryRequest", []func(client, server *tls.Config){func(client, server *tls.Config) {
			client.CurvePreferences = []tls.CurveID{tls.X25519, tls.CurveP256}
			server.CurvePreferences = []tls.CurveID{tls.CurveP256}
		}}, "hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org retried; established"},
		{"classic key share", []func(client, server *tls.Config){func(client, _ *tls.Config) {
			client.CurvePreferences = []tls.CurveID{tls.X25519}
		}}, "hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org; established"},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := tlstest.Configs13()
			for _, set := range test.set {
				set(client, server)
			}
			said := talk()
			tp := tlstest.Converse(t, client, server, said)
			got := play(t, tp, tp.Store(t).Lookup, whole)
			want := slices.Concat(strings.Split(test.want, "; "), heard(said), orderly)
			got.expect(t, strings.Join(want, "\n"))
			got.same(t, play(t, tp, tp.Store(t).Lookup, every(1)))
		})
	}
}

// TestResumption resumes by a PSK, from a NewSessionTicket.
func TestResumption(t *testing.T) {
	client, server := tlstest.Configs13()
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	said := talk()
	for _, resumed := range []string{"", " resumed"} {
		tp := tlstest.Converse(t, client.Clone(), server, said)
		got := play(t, tp, tp.Store(t).Lookup, whole)
		want := slices.Concat([]string{
			"hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org" + resumed, "established",
		}, heard(said), orderly)
		got.expect(t, strings.Join(want, "\n"))
		got.same(t, play(t, tp, tp.Store(t).Lookup, every(1)))
	}
}

// TestResumptionOfTLS12: crypto/tls logs no secret of a connection that resumes
// another one; its master secret is the other one's.
func TestResumptionOfTLS12(t *testing.T) {
	client, server := tlstest.Configs12(tls.TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
	client.ClientSessionCache = tls.NewLRUClientSessionCache(1)
	said := talk()
	first := tlstest.Converse(t, client.Clone(), server, said)
	second := tlstest.Converse(t, client.Clone(), server, said)
	const hello = "hello TLS 1.2 TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256 sni=example.org resumed"

	got := play(t, second, second.Store(t).Lookup, whole)
	got.expect(t, hello+`
		no key
		< stopped: no key for this session
		> stopped: no key for this session`)

	secrets := func(keylog.Random) (keylog.Secrets, bool) {
		var random keylog.Random
		copy(random[:], first.Stream(toServer)[tlsrec.HeaderLen+4+2:]) // ClientHello's, behind its version
		return first.Store(t).Lookup(random)
	}
	got = play(t, second, secrets, whole)
	got.expect(t, strings.Join(slices.Concat([]string{hello, "established"}, heard(said), orderly), "\n"))
	got.same(t, play(t, second, secrets, every(1)))
}

// TestOldVersions: nothing of TLS 1.0 and 1.1 passes for data.
func TestOldVersions(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS10, tls.VersionTLS11} {
		client, server := tlstest.Configs12(tls.TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA)
		client.MinVersion, client.MaxVersion, server.MinVersion = version, version, version
		tp := tlstest.Converse(t, client, server, talk())
		got := play(t, tp, tp.Store(t).Lookup, whole)
		name := tls.VersionName(version)
		got.expect(t, `hello `+name+` TLS_ECDHE_RSA_WITH_AES_128_CBC_SHA sni=example.org
			< stopped: unsupported TLS version: `+name+`
			> stopped: unsupported TLS version: `+name)
		if err := got.findings[1].Err; !errors.Is(err, ErrVersion) {
			t.Errorf("stopped with %v, want ErrVersion", err)
		}
	}
}

// TestFailedHandshakes: the alert says who refused, and why, and nothing is
// Established.
func TestFailedHandshakes(t *testing.T) {
	for _, test := range []struct {
		name string
		set  func(client, server *tls.Config)
		want string
	}{
		{
			"unknown authority, 1.3", func(client, _ *tls.Config) { client.RootCAs = x509.NewCertPool() },
			`hello TLS 1.3 TLS_AES_128_GCM_SHA256 sni=example.org
			> bad_certificate, closing first`,
		},
		{"unknown authority, 1.2", func(client, server *tls.Config) {
			client.RootCAs, client.MinVersion, client.MaxVersion, server.MinVersion = x509.NewCertPool(), 0, tls.VersionTLS12, 0
		}, `hello TLS 1.2 TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256 sni=example.org
			> bad_certificate, plain, closing first`},
		{
			"no common version", func(client, _ *tls.Config) { client.MinVersion, client.MaxVersion = 0, tls.VersionTLS12 },
			`< protocol_version, plain, closing first`,
		},
		{
			"no common protocol", func(client, server *tls.Config) { client.NextProtos, server.NextProtos = []string{"a"}, []string{"b"} },
			`< no_application_protocol, plain, closing first`,
		},
	} {
		t.Run(test.name, func(t *testing.T) {
			client, server := tlstest.Configs13()
			test.set(client, server)
			p := tlstest.Connect(t, client, server)
			done := make(chan error, 1)
			go func() { done <- errors.Join(p.Server.Handshake(), p.Server.Close()) }()
			near := p.Client.Handshake()
			p.Socket.Close()
			if far := <-done; near == nil || far == nil {
				t.Fatalf("the handshake did not fail on both sides: %v, %v", near, far)
			}
			tp := p.Tape()
			got := play(t, tp, tp.Store(t).Lookup, whole)
			got.expect(t, test.want)
			got.same(t, play(t, tp, tp.Store(t).Lookup, every(1)))
		})
	}
}
