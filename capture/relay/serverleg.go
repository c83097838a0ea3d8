package relay

import (
	"cmp"
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"net"
	"net/netip"
	"slices"

	"anytls-inspect/capture"
	"anytls-inspect/capture/internal/advice"
)

// A greeting is what the relay shows the server in TLS, as far as advice depends on it.
type greeting struct {
	sni         string // empty: none
	guessed     bool   // clients may show another one
	certificate *advice.ClientCertificate
	answer      *opening // what the server answers; nil: it was not reached
}

// greetingOf returns how the server is greeted where a client asks for a name; empty: for
// none.
func (r *Relay) greetingOf(sni string) (g greeting) {
	g.certificate = &advice.ClientCertificate{Given: r.cfg.ClientCertificate}
	if sni = cmp.Or(r.cfg.SNI, sni); net.ParseIP(sni) == nil {
		g.sni = sni // crypto/tls sends none for an IP address
	}
	return g
}

// serverError adds to the error of a connection to the server what the advice depends on.
func (r *Relay) serverError(g *greeting, err error) *advice.ServerError {
	e := &advice.ServerError{
		Err: err, SNI: g.sni, Host: hostOf(r.cfg.Server), Guessed: g.guessed, Certificate: g.certificate, Keys: r.cfg.FromFile,
	}
	if g.answer != nil {
		e.First = g.answer.first
	}
	return e
}

// connect opens a TCP connection to the server. How long that may take, ctx says.
func (r *Relay) connect(ctx context.Context) (*net.TCPConn, error) {
	dialer := net.Dialer{KeepAlive: -1} // setKeepAlive decides
	raw, err := dialer.DialContext(ctx, "tcp", r.cfg.Server)
	if err != nil {
		return nil, err
	}
	conn := raw.(*net.TCPConn)
	setKeepAlive(conn, r.cfg.KeepAlive)
	return conn, nil
}

// serverConfig returns how the relay greets the server. Name is what the server's
// certificate must be for; empty: it may be for any.
func (r *Relay) serverConfig(g *greeting, name string) *tls.Config {
	return &tls.Config{
		MinVersion:                  tls.VersionTLS12,
		ServerName:                  g.sni,
		GetClientCertificate:        g.certificate.Get,
		DynamicRecordSizingDisabled: true,
		// A client that sends no SNI must not be given one; but without a name
		// crypto/tls verifies nothing. So the relay verifies by itself.
		InsecureSkipVerify: true, //nolint:gosec // see VerifyConnection
		VerifyConnection: func(st tls.ConnectionState) error {
			if r.cfg.Insecure {
				return nil
			}
			return verify(st, r.cfg.Roots, name)
		},
	}
}

// errItself ends a chain of the relay's connections to itself, by way of this route or
// of others, which would go on until no file can be opened.
var errItself = errors.New("the server's address is that of the relay itself")

// itself tells whether a connection leads to a listener of this run.
func (r *Relay) itself(to net.Conn) bool {
	port := addrPort(to.RemoteAddr()).Port()
	remote, local := addrPort(to.RemoteAddr()).Addr().Unmap(), addrPort(to.LocalAddr()).Addr().Unmap()
	here := remote.IsLoopback() || remote == local
	return slices.ContainsFunc(r.cfg.Registry.Routes(), func(r capture.Route) bool {
		at, err := netip.ParseAddrPort(r.Listen)
		return err == nil && at.Port() == port && (at.Addr().Unmap() == remote || at.Addr().IsUnspecified() && here)
	})
}

// hostOf returns the host of host:port.
func hostOf(address string) string {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return address
	}
	return host
}

func verify(st tls.ConnectionState, roots *x509.CertPool, name string) error {
	if len(st.PeerCertificates) == 0 {
		return errors.New("the server has no certificate")
	}
	opts := x509.VerifyOptions{Roots: roots, DNSName: name, Intermediates: x509.NewCertPool()}
	for _, cert := range st.PeerCertificates[1:] {
		opts.Intermediates.AddCert(cert)
	}
	_, err := st.PeerCertificates[0].Verify(opts)
	return err
}
