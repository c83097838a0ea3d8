// Package advice says what to do when a TLS connection could not be made. The
// errors of crypto/tls say what went wrong; people want to know which flag helps.
package advice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"strings"
	"syscall"
)

// Server says what to do about a failed connection or handshake with a server;
// empty where nothing is known.
func Server(err error) string {
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		header   tls.RecordHeaderError
		opErr    *net.OpError
	)
	switch {
	case errors.As(err, &unknown):
		return "the certificate is not signed by a known CA: give --server-ca FILE, or -k to skip verification (a stock anytls-go server needs -k)"
	case errors.As(err, &hostname):
		return "the certificate is for another name: give --sni NAME, or -k to skip verification"
	case errors.As(err, &invalid):
		return "the certificate is not valid: -k skips verification"
	case errors.As(err, &header):
		return "that port does not speak TLS: check its address"
	case errors.As(err, &opErr) && opErr.Op == "dial":
		return "is the server running there? check its address"
	case isTimeout(err):
		return "the server does not answer: check its address and the path to it"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the server closed the connection during the handshake: it may want another --sni, or be none of TLS"
	case errors.As(err, &opErr) && opErr.Op == "remote error": // a TLS alert
		return "the server refused the handshake: it may want another --sni or ALPN, or a TLS version other than 1.2 and 1.3"
	default:
		return ""
	}
}

// Client says what to do about a failed handshake with a client of the relay;
// empty where nothing is known.
func Client(err error) string {
	var header tls.RecordHeaderError
	text := err.Error()
	switch {
	case errors.As(err, &header):
		return "the client does not speak TLS here: point its server address at the relay, with TLS on"
	case strings.Contains(text, "unknown certificate authority"), strings.Contains(text, "bad certificate"),
		strings.Contains(text, "certificate unknown"):
		return "the client does not trust the relay's certificate: see 'anytls-inspect ca', give --cert and --key, or let the client skip verification"
	case strings.Contains(text, "no cipher suite"), strings.Contains(text, "unsupported versions"):
		return "client and relay have no TLS version or cipher suite in common: the relay speaks TLS 1.2 and 1.3"
	case isTimeout(err):
		return "the client did not finish its handshake"
	case errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, syscall.ECONNRESET):
		return "the client closed the connection during the handshake; it may not trust the relay's certificate: see 'anytls-inspect ca'"
	default:
		return ""
	}
}

func isTimeout(err error) bool {
	var netErr net.Error
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) ||
		errors.As(err, &netErr) && netErr.Timeout()
}
