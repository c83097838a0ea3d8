package advice

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"strings"
	"sync/atomic"
	"syscall"

	"anytls-inspect/capture"
)

// A ServerError is the error of a connection to a server, with what else the advice
// depends on. Its text is the error's.
type ServerError struct {
	Err error
	// SNI is the name that the server was shown; empty: none.
	SNI string
	// Host is the host of the server's address, a name or an IP address.
	Host string
	// Guessed says that clients may show another SNI than this connection did.
	Guessed bool
	// First is what the server sent first, as far as that was kept: empty, but not nil, where
	// it sent nothing. Nil: it is not known.
	First []byte
	// Certificate is what the server was shown where it asked for a certificate.
	Certificate *ClientCertificate
	// Keys says that a file of routes says how the server is reached: what is to be given
	// are its keys, and not flags.
	Keys bool
}

// Error implements [error].
func (e *ServerError) Error() string { return e.Err.Error() }

// Unwrap returns what went wrong, without what is known of the server.
func (e *ServerError) Unwrap() error { return e.Err }

// A ClientCertificate is what the client's side of TLS shows a server that asks for a
// certificate, and tells whether the server did. It is safe for concurrent use.
type ClientCertificate struct {
	Given *tls.Certificate // nil: there is none to show
	asked atomic.Bool
}

// Get is for [tls.Config]. It shows what was given, also where the server names other
// issuers: whether that will do is the server's to say.
func (c *ClientCertificate) Get(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
	c.asked.Store(true)
	if c.Given == nil {
		return new(tls.Certificate), nil // none
	}
	return c.Given, nil
}

// Asked tells whether the server asked for a certificate.
func (c *ClientCertificate) Asked() bool { return c != nil && c.asked.Load() }

// Refused tells whether a server that asked for a certificate has refused what it got:
// whether err is the TLS alert for that. Under TLS 1.3 it comes when the client's side of
// the handshake is over.
func (c *ClientCertificate) Refused(err error) bool {
	return c.Asked() && (received(err, aboutCertificate[:]...) || received(err, handshakeFailure))
}

// Missed tells whether a server that asked for a certificate, and got none, has gone away
// without an alert, or before it could be read.
func (c *ClientCertificate) Missed(err error) bool {
	return c.Asked() && c.Given == nil && isGone(err)
}

// isGone tells whether a peer has ended its connection, with a reset or without.
func isGone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) || errors.Is(err, syscall.ECONNRESET) || errors.Is(err, syscall.EPIPE)
}

// stalled says what to do about a server of which it is not true that it does not answer.
const stalled = "the server began its answer, and did not go on: see whether it still runs, and what on the path to it may hold back the rest"

// server says what to do about a connection to a server that failed, or about the
// handshake with it.
func server(err error) string {
	at := &ServerError{SNI: "unknown"}
	errors.As(err, &at)
	give := namesOf(at.Keys)
	var (
		unknown  x509.UnknownAuthorityError
		hostname x509.HostnameError
		invalid  x509.CertificateInvalidError
		noRoots  x509.SystemRootsError
		header   tls.RecordHeaderError
		noName   *net.DNSError
		opErr    *net.OpError
	)
	first := at.First
	if errors.As(err, &header) && first == nil {
		first = header.RecordHeader[:]
	}
	spoken := spokenByServer(first)
	switch {
	case at.Certificate.Refused(err) && at.Certificate.Given == nil, at.Certificate.Missed(err):
		return "the server asks for a client certificate: give " + give.certificate
	case at.Certificate.Refused(err):
		return "the server does not take the certificate of " + give.certificate
	case errors.As(err, &unknown):
		return "the certificate is not signed by a known CA: give " + give.roots + ", or " + give.insecure +
			" to skip verification (a stock anytls-go server needs " + give.insecure + ")"
	case errors.As(err, &hostname):
		return "the certificate is for another name: give " + give.name(at.suggestion()) + ", or " + give.insecure +
			" to skip verification" + at.doubt()
	case errors.As(err, &invalid):
		return "the certificate is not valid: " + give.insecure + " skips verification"
	case errors.As(err, &noRoots):
		return "this machine has no list of CAs: give " + give.roots + ", or " + give.insecure + " to skip verification"
	case spoken != "":
		return spoken + ": check its port"
	case errors.As(err, &header):
		return "that port does not speak TLS: check its address"
	case Descriptors(err) != "":
		return Descriptors(err)
	case errors.As(err, &noName) && noName.IsNotFound:
		return "there is no host by that name: check its address"
	case len(at.First) > 0 && errors.Is(err, ErrNobodyWaits):
		return stalled
	case len(at.First) > 0 && isTimeout(err):
		return stalled + " (--handshake-timeout says how long to wait)"
	case errors.Is(err, ErrNobodyWaits):
		return capture.ReasonNoAnswer + ": check its address and the path to it"
	case isTimeout(err):
		return capture.ReasonNoAnswer + ": check its address and the path to it (--handshake-timeout says how long to wait)"
	case errors.As(err, &opErr) && opErr.Op == "dial":
		return "is the server running there? check its address"
	case isGone(err):
		return "the server closed the connection during the handshake: it may want " + at.want(give) + at.orProxyHeader() + ", or be none of TLS" + at.doubt()
	case received(err):
		return at.refusal(err, give)
	case isUnmatched(err), sent(err, protocolVersion):
		return "the server speaks neither of TLS 1.2 and 1.3"
	case sent(err), strings.Contains(err.Error(), "unexpected handshake message"):
		return "what came from the server is not what TLS can make sense of: does a box between the two change it?"
	default:
		return ""
	}
}

// refusal says what to do about an alert.
func (e *ServerError) refusal(err error, give names) string {
	switch {
	case received(err, unrecognizedName) && e.SNI == "":
		return "the server refused, since it was shown no name: likely it wants " + give.name(e.suggestion()) + e.doubt()
	case received(err, unrecognizedName):
		return "the server refused the name that it was shown: likely it wants another " + give.sni + e.doubt()
	case received(err, internalError):
		return "the server, or what stands before it, failed: see its log"
	case received(err, protocolVersion):
		return "the server refused the handshake: it speaks neither of TLS 1.2 and 1.3"
	case received(err, noApplicationProtocol):
		return "the server refused the handshake: it wants another ALPN than the client's"
	default:
		return "the server refused the handshake: it may want " + e.want(give) + ", or another ALPN" + e.doubt()
	}
}

// orProxyHeader says what a server may miss that has closed the connection without a byte.
func (e *ServerError) orProxyHeader() string {
	if e.First == nil || len(e.First) > 0 {
		return ""
	}
	return ", or a PROXY protocol header before TLS, which the relay does not send"
}

// want says which SNI the server may want.
func (e *ServerError) want(give names) string {
	if e.SNI == "" {
		return give.name(e.suggestion()) + " (it was shown no name)"
	}
	return "another " + give.sni
}

// suggestion returns the name to show the server: that by which it is known, where it
// was shown none; else NAME.
func (e *ServerError) suggestion() string {
	if e.SNI != "" || e.Host == "" || net.ParseIP(e.Host) != nil {
		return "NAME"
	}
	return e.Host
}

// doubt says where the SNI is not the last word.
func (e *ServerError) doubt() string {
	if !e.Guessed {
		return ""
	}
	return "; where clients show it a name that it takes, all is well"
}

// names are what the user gives: flags, or the keys of a file of routes.
type names struct{ sni, insecure, roots, certificate string }

func namesOf(keys bool) names {
	if keys {
		return names{"sni", "insecure = true", "ca", "client_cert and client_key"}
	}
	return names{"--sni", "-k", "--server-ca FILE", "--client-cert FILE and --client-key FILE"}
}

// name is how an SNI is given.
func (n names) name(sni string) string {
	if n.sni == "sni" {
		return `sni = "` + sni + `"`
	}
	return n.sni + " " + sni
}
