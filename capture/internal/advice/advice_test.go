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
		{"a silent server", protocol.Server, context.DeadlineExceeded, "does not answer"},
		{"a server that hangs up", protocol.Server, io.EOF, "another --sni"},
		{"a server's alert", protocol.Server, &net.OpError{Op: "remote error", Err: errors.New("tls: no application protocol")}, "ALPN"},
		{"a session without a reason", protocol.Server, ErrNoReason, "wrong password, or not AnyTLS"},
		{"a server's unknown error", protocol.Server, errors.New("something else"), ""},
		{"no TLS client", protocol.Client, tls.RecordHeaderError{}, "point its server address at the relay"},
		{"a client without trust", protocol.Client, errors.New("remote error: tls: unknown certificate authority"), "'anytls-inspect ca'"},
		{"nothing in common", protocol.Client, errors.New("tls: client offered only unsupported versions: [301]"), "TLS 1.2 and 1.3"},
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
