package traffic

import (
	"context"
	"crypto/x509"
	"fmt"
	"net"
	"net/url"
	"sync/atomic"

	"golang.org/x/net/proxy"
)

// loopback is where our own target is.
const loopback = "127.0.0.1"

// A Proxy sends requests through a SOCKS inbound. Each has a connection, and so a stream, of its
// own.
type Proxy struct {
	socks  string
	limits limits
	dialer proxy.ContextDialer
	roots  *x509.CertPool // for https; nil: the system's

	target *Target // our own; nil: a URL of others
	sent   atomic.Uint64

	url     *url.URL // of others; nil: our own target
	answers answers
	faults  faults
}

// To returns a Proxy to a target of our own.
func To(socks string, t *Target) (*Proxy, error) {
	p, err := through(socks)
	if err != nil {
		return nil, err
	}
	p.target = t
	return p, nil
}

// ToURL returns a Proxy to a URL of others, http or https. Certificates are verified with the
// system's roots. An answer that sends elsewhere is an answer.
func ToURL(socks, address string) (*Proxy, error) {
	u, err := url.Parse(address)
	if err != nil {
		return nil, err
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" {
		return nil, fmt.Errorf("%q is not a URL such as https://example.com/", address)
	}
	p, err := through(socks)
	if err != nil {
		return nil, err
	}
	p.url = u
	return p, nil
}

// through returns a Proxy without a target.
func through(socks string) (*Proxy, error) {
	if _, _, err := net.SplitHostPort(socks); err != nil {
		return nil, fmt.Errorf("the address of a SOCKS inbound is HOST:PORT: %w", err)
	}
	dialer, err := proxy.SOCKS5("tcp", socks, nil, inbound{})
	if err != nil {
		return nil, err
	}
	return &Proxy{socks: socks, limits: usual(), dialer: dialer.(proxy.ContextDialer)}, nil
}

// Own tells whether the target is our own: only then it has a mirror, and all kinds of targets.
func (p *Proxy) Own() bool { return p.target != nil }

// Dial connects to an address through the SOCKS inbound, which resolves names. The error is in words
// for readers of a report.
func (p *Proxy) Dial(ctx context.Context, network, addr string) (net.Conn, error) {
	conn, err := p.dialer.DialContext(ctx, network, addr)
	if err != nil {
		return nil, inboundFailed(err)
	}
	return conn, nil
}
