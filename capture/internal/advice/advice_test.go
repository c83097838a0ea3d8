package advice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"testing"
	"time"

	"anytls-inspect/protocol"
)

func TestFor(t *testing.T) {
	tests := []struct {
		name string
		peer protocol.Peer
		err  error
		want string // a part of the advice; "": there is none
	}{
		{"an unknown CA", protocol.Server, x509.UnknownAuthorityError{}, "--server-ca FILE, or -k"},
		{"another name", protocol.Server, x509.HostnameError{Certificate: new(x509.Certificate)}, "--sni NAME, or -k"},
		{"an invalid certificate", protocol.Server, x509.CertificateInvalidError{Reason: x509.Expired}, "-k skips"},
		{"no TLS server", protocol.Server, tls.RecordHeaderError{}, "does not speak TLS"},
		{"nobody listens", protocol.Server, &net.OpError{Op: "dial", Err: syscall.ECONNREFUSED}, "is the server running there?"},
		{"no descriptors", protocol.Server, &net.OpError{Op: "dial", Err: syscall.EMFILE}, "out of file descriptors"},
		{"a silent server", protocol.Server, context.DeadlineExceeded, "does not answer"},
		{"a server that hangs up", protocol.Server, io.EOF, "another --sni"},
		{"a server's alert", protocol.Server, &net.OpError{Op: "remote error", Err: errors.New("tls: no application protocol")}, "ALPN"},
		{"a server that refuses a name", protocol.Server, &net.OpError{Op: "remote error", Err: errors.New("tls: unrecognized name")}, "likely it wants another --sni"},
		{"a dial that times out", protocol.Server, &net.OpError{Op: "dial", Err: context.DeadlineExceeded}, "--handshake-timeout"},
		{"a server's unknown error", protocol.Server, errors.New("something else"), ""},
		{"no TLS client", protocol.Client, tls.RecordHeaderError{}, "point its server address at the relay"},
		{"a client without trust", protocol.Client, Alert(unknownCA), "does not trust the relay's certificate: let it trust the relay's CA ('anytls-inspect ca --export FILE')"},
		{"a client that does not know the certificate", protocol.Client, Alert(certificateUnknown), "give --cert and --key"},
		{"nothing in common", protocol.Client, errors.New("tls: client offered only unsupported versions: [301]"), "TLS 1.2 and 1.3"},
		{"a client that waited for long", protocol.Client, ClientLeft(5 * time.Second), "the server did not answer in time"},
		{"a server that nobody waits for", protocol.Server, ErrNobodyWaits, "does not answer: check its address"},
		{"a server that stops amid its answer, and nobody waits for it", protocol.Server, &ServerError{Err: ErrNobodyWaits, First: []byte("\x16\x03\x03")}, "began its answer"},
		{"a server that stops amid its answer", protocol.Server, &ServerError{Err: context.DeadlineExceeded, First: []byte("\x16\x03\x03")}, "began its answer, and did not go on"},
		{"a client that did not wait", protocol.Client, ClientLeft(time.Millisecond), ""},
		{"a silent client", protocol.Client, context.DeadlineExceeded, "did not finish its handshake"},
		{"a client that hangs up", protocol.Client, syscall.ECONNRESET, "may not trust the relay's certificate"},
		{"a client's unknown error", protocol.Client, errors.New("something else"), ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got := For(tt.peer, fmt.Errorf("wrapped: %w", tt.err))
			if (got != "") != (tt.want != "") || !strings.Contains(got, tt.want) {
				t.Errorf("For(%v, %v) = %q, want advice that says %q", tt.peer, tt.err, got, tt.want)
			}
		})
	}
}

// TestServerError: what the server was shown, and where that was said, decide what to
// give it.
func TestServerError(t *testing.T) {
	alert := func(text string) error { return &net.OpError{Op: "remote error", Err: errors.New("tls: " + text)} }
	asked := func(given *tls.Certificate) *ClientCertificate {
		c := &ClientCertificate{Given: given}
		if got, err := c.Get(nil); err != nil || given != nil && got != given || given == nil && len(got.Certificate) > 0 {
			t.Errorf("the server is shown %v, %v", got, err)
		}
		return c
	}
	hostname := x509.HostnameError{Certificate: new(x509.Certificate)}
	for _, tt := range []struct {
		name string
		err  ServerError
		want string // the advice contains it
	}{
		{"no certificate", ServerError{Err: alert("certificate required"), Certificate: asked(nil)}, "give --client-cert FILE and --client-key FILE"},
		{"no certificate, TLS 1.2", ServerError{Err: alert("handshake failure"), Certificate: asked(nil)}, "give --client-cert FILE"},
		{"no certificate, keys", ServerError{Err: alert("certificate required"), Certificate: asked(nil), Keys: true}, "give client_cert and client_key"},
		{"another certificate", ServerError{Err: alert("unknown certificate authority"), Certificate: asked(new(tls.Certificate))}, "does not take the certificate of --client-cert FILE"},
		{"no certificate, and no alert", ServerError{Err: syscall.ECONNRESET, Certificate: asked(nil)}, "give --client-cert FILE"},
		{"a certificate, and no alert", ServerError{Err: io.EOF, SNI: "a.example", Certificate: asked(new(tls.Certificate))}, "it may want another --sni"},
		{"an alert of another kind", ServerError{Err: alert("no application protocol"), Certificate: asked(nil)}, "wants another ALPN"},
		{"no question for a certificate", ServerError{Err: alert("handshake failure"), Certificate: new(ClientCertificate)}, "refused the handshake"},
		{"a server that failed by itself", ServerError{Err: alert("internal error")}, "see its log"},
		{"no SNI, a name", ServerError{Err: io.EOF, Host: "example.com"}, "it may want --sni example.com (it was shown no name)"},
		{"no SNI, an address", ServerError{Err: io.EOF, Host: "192.0.2.1"}, "it may want --sni NAME (it was shown no name)"},
		{"an SNI", ServerError{Err: io.EOF, Host: "example.com", SNI: "a.example"}, "it may want another --sni, or be none of TLS"},
		{"an SNI, keys", ServerError{Err: hostname, SNI: "a.example", Keys: true}, `give sni = "NAME", or insecure = true`},
		{"no SNI, keys", ServerError{Err: hostname, Host: "example.com", Keys: true}, `give sni = "example.com", or insecure = true`},
		{"a guess", ServerError{Err: alert("unrecognized name"), SNI: "a.example", Guessed: true}, "likely it wants another --sni; where clients show it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			if got := For(protocol.Server, fmt.Errorf("wrapped: %w", &tt.err)); !strings.Contains(got, tt.want) {
				t.Errorf("the advice is %q, want %q", got, tt.want)
			}
			if tt.err.Error() != tt.err.Err.Error() {
				t.Errorf("the text is %q", tt.err.Error())
			}
		})
	}
}
